"""Feeds: how a raw table is fetched, landed and rebuilt.

A day is always rebuilt from all of its landing; today also fetches first. A past day replays landing and
never calls, or pays, a vendor. Cursors move in the transaction that writes the rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from assets.boundary import Counts, Stage, table_asset
from pipeline.feeds import FEEDS, Feed, Record, split

if TYPE_CHECKING:
    import dagster as dg

    from resources.landing import Landed

OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to land: its bytes as received and what was asked."""

    content: bytes
    context: Mapping[str, Any]


Fetch = Callable[[Stage, datetime | None], Iterator[Page]]


def raw_asset(
    table: str,
    fetch: Fetch | None,
    *,
    meaning: str,
    moved_by: str | None = None,
    deps: tuple[str, ...] = (),
    priority: int = 10,
) -> dg.AssetsDefinition:
    """Make the asset of one feed. `moved_by` is the record's time stamp that moves the cursor (dotless key)."""
    feed = FEEDS[table]

    def body(stage: Stage) -> Counts:
        fetched = 0
        if fetch is not None and stage.day == stage.now().date():
            for number, page in enumerate(fetch(stage, read_cursor(stage, feed))):
                keep(stage, feed, page, name=f"{number:05d}")
                fetched += 1
        return {"fetched_pages": fetched, **rebuild(stage, feed, moved_by=moved_by)}

    body.__doc__ = meaning
    return table_asset(table, deps=deps, kinds=(feed.vendor, "duckdb"), priority=priority, is_partitioned=True)(body)


def keep(stage: Stage, feed: Feed, page: Page, *, name: str) -> str:
    """Land one page of a feed; return its reference."""
    return stage.landing.keep(
        feed.vendor,
        feed.kind,
        day=stage.day,
        name=name,
        content=page.content,
        fetched_at=stage.now(),
        context=page.context,
    )


def rebuild(
    stage: Stage,
    feed: Feed,
    *,
    moved_by: str | None = None,
    records: Callable[[Landed], list[Record]] | None = None,
) -> Counts:
    """Write the rows of a day anew from its landing, and move the cursor, in one transaction."""
    pages, rows, newest = 0, 0, ""
    with stage.warehouse.open() as session, session.transaction():
        session.execute(f"DELETE FROM {feed.table} WHERE landed_on = ?", [stage.day])
        for landed in stage.landing.read(feed.vendor, feed.kind, stage.day):
            found = records(landed) if records else split(feed, landed.content, place=landed.ref)
            rows += session.insert(feed.table, [raw_row(stage, landed, record) for record in found])
            pages += 1
            if moved_by:
                newest = max([newest, *(utc_text(r.payload[moved_by]) for r in found if r.payload.get(moved_by))])
        if newest:
            move_cursor(session, feed, newest, stage.now())
    return {"landed": pages, "rows_of_day": rows}


def raw_row(stage: Stage, landed: Landed, record: Record) -> dict[str, Any]:
    """Return one row of a raw table."""
    return {
        "landed_on": stage.day,
        "landing_ref": landed.ref,
        "position": record.position,
        "record_id": record.record_id,
        "fetched_at": landed.fetched_at,
        "context": json.dumps({**landed.context, **record.context}, ensure_ascii=False),
        "payload": json.dumps(record.payload, ensure_ascii=False),
    }


def read_cursor(stage: Stage, feed: Feed) -> datetime | None:
    """Return from when a feed must be read again: its cursor less an overlap, None at the first time."""
    with stage.warehouse.open() as session:
        text = session.value("SELECT cursor FROM raw.cursors WHERE feed = ?", [feed.table])
    if text is None:
        return None
    return datetime.fromisoformat(text) - OVERLAP / stage.opened.settings.time_scale


def move_cursor(session: Any, feed: Feed, newest: str, now: datetime) -> None:
    """Move a cursor forward, never back."""
    known = session.value("SELECT cursor FROM raw.cursors WHERE feed = ?", [feed.table])
    if known is None or newest > known:
        session.execute("DELETE FROM raw.cursors WHERE feed = ?", [feed.table])
        session.execute("INSERT INTO raw.cursors VALUES (?, ?, ?)", [feed.table, newest, now])


def utc_text(value: object) -> str:
    """Return a vendor's time stamp (ISO text or epoch milliseconds) as comparable UTC text."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000, UTC).isoformat()
    moment = datetime.fromisoformat(str(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def items(kind: str, found: list[dict[str, Any]], **context: str) -> Page:
    """Return a list of metadata records as a page."""
    return Page(json.dumps({"items": found}, ensure_ascii=False).encode(), {"kind": kind, **context})
