"""Feeds: how a raw table is fetched, landed and rebuilt.

A day is always rebuilt from all of its landing; today also fetches first. A past day replays landing and
never calls, or pays, a vendor; only of feeds that tell a past day for nothing (messages, appointments) is one
fetched of which nothing was landed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from assets.absences import absence
from assets.boundary import Counts, Stage, table_asset
from assets.raw.cursors import began, cursor_name, move_cursor, read_cursor, settled, utc_text
from pipeline.errors import AWAY
from pipeline.feeds import FEEDS, Feed, Record, split

if TYPE_CHECKING:
    import dagster as dg

    from pipeline.errors import Away
    from resources.landing import Landed
    from resources.session import Session

AT_ONCE = 5_000
"""Records of one answer that are held in memory: a page of a bulk read has up to 200,000."""
OF_THE_PAGE = frozenset({"began_at", "kinds", "repeated"})
"""What was noted about a whole answer, to read it again: not repeated in each of its rows."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to land: its bytes as received and what was asked."""

    content: bytes
    context: Mapping[str, Any]


Fetch = Callable[[Stage, datetime | None], Iterator[Page]]
Window = Callable[[Stage, datetime, datetime], Iterator[Page]]
"""Fetches what happened between two moments, for nothing: history that can be had later, too."""
Records = Callable[["Landed"], Iterable[Record]]


def raw_asset(
    table: str,
    fetch: Fetch | None,
    *,
    meaning: str,
    moved_by: str | None = None,
    records: Records | None = None,
    window: Window | None = None,
    deps: tuple[str, ...] = (),
    priority: int = 10,
    is_prompt: bool = False,
) -> dg.AssetsDefinition:
    """Make the asset of one feed. `moved_by` is the record's time stamp that moves the cursor (dotless key).

    `is_prompt`: the vendor's list shows a change as soon as it is stamped (see `read_cursor`).
    `records` takes a landed answer apart, where it is not a list as the feed describes it. With `window` a past
    day of which nothing was landed is fetched once; it never moves the cursor.
    """
    feed = FEEDS[table]

    def body(stage: Stage) -> Counts:
        fetched = 0
        began_at = stage.now()
        if fetch is not None and stage.day == stage.now().date():
            try:
                for number, page in enumerate(fetch(stage, read_cursor(stage, feed, is_prompt=is_prompt))):
                    told = {**page.context, "began_at": began_at.isoformat()}
                    keep(stage, feed, replace(page, context=told), name=f"{number:05d}")
                    fetched += 1
            except AWAY as error:
                # The cursor stays: what was not read this time is read the next time.
                stopped = interruption(stage, feed, error)
                return {"fetched_pages": fetched, **stopped, **rebuild(stage, feed, records=records)}
        elif window is not None and is_blank(stage, feed):
            begin = datetime.combine(stage.day, time(), UTC)
            for number, page in enumerate(window(stage, begin, begin + timedelta(days=1))):
                keep(stage, feed, page, name=f"{number:05d}")
                fetched += 1
            if not fetched:
                # That there was nothing is kept, too: the day is not asked for again.
                keep(stage, feed, Page(json.dumps({feed.records_at: []}).encode(), {}), name="nothing")
            return {"fetched_pages": fetched, **rebuild(stage, feed, records=records)}
        return {"fetched_pages": fetched, **rebuild(stage, feed, moved_by=moved_by, records=records)}

    body.__doc__ = meaning
    return table_asset(table, deps=deps, kinds=(feed.vendor, "duckdb"), priority=priority, is_partitioned=True)(body)


def is_blank(stage: Stage, feed: Feed) -> bool:
    """Tell whether a day is over and nothing of it was landed."""
    return stage.day < stage.now().date() and next(stage.landing.read(feed.vendor, feed.kind, stage.day), None) is None


def interruption(stage: Stage, feed: Feed, error: Away) -> Counts:
    """Let the day go on without the rest of a feed, where an older reading is complete: opt-outs still pass.

    Raises:
        QuotaExhausted, VendorError: nothing was ever planned toward this vendor: there is no older reading to stand on.
    """
    if stage.ledger.latest_plan(feed.vendor) is None:
        raise error
    stage.opened.interrupted.setdefault(feed.vendor, error)
    return absence(error, f"{feed.vendor} could not be read to its end, so that only opt-outs are sent: {error}")


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
    records: Records | None = None,
) -> Counts:
    """Write the rows of a day anew from its landing, and move the cursor, in one transaction.

    A page of a long fetch shows what was there when it was read, but records of the pages before it may have
    changed since the fetch began: the cursor stays behind by as long as the fetch had taken until then.
    """
    with stage.warehouse.open() as session, session.transaction():
        session.execute(f"DELETE FROM {feed.table} WHERE landed_on = ?", [stage.day])
        landed = stage.landing.read(feed.vendor, feed.kind, stage.day)
        return take_in(stage, feed, session, landed, moved_by=moved_by, records=records)


def take_in(
    stage: Stage,
    feed: Feed,
    session: Session,
    pages: Iterable[Landed],
    *,
    moved_by: str | None = None,
    records: Records | None = None,
) -> Counts:
    """Add the rows of landed pages, and move the cursor; inside a transaction."""
    taken, rows, newest, read_at = 0, 0, "", stage.now()
    waiting: list[dict[str, Any]] = []
    for landed in pages:
        told = iter(records(landed) if records else split(feed, landed.content, place=landed.ref))
        while found := list(islice(told, AT_ONCE)):
            # Answers with a handful of records are written together: each write costs as much as hundreds of rows.
            waiting += [raw_row(stage, landed, record) for record in found]
            if len(waiting) >= AT_ONCE:
                rows += session.insert(feed.table, waiting)
                waiting = []
            if moved_by:
                moments = [utc_text(r.payload[moved_by]) for r in found if r.payload.get(moved_by)]
                moved = settled(max(moments, default=""), landed)
                if moved and moved >= newest:
                    newest, read_at = moved, began(landed)
        taken += 1
    rows += session.insert(feed.table, waiting)
    if newest:
        move_cursor(session, cursor_name(stage, feed), newest, read_at)
    return {"landed": taken, "rows_of_day": rows}


def raw_row(stage: Stage, landed: Landed, record: Record) -> dict[str, Any]:
    """Return one row of a raw table."""
    asked = {name: value for name, value in landed.context.items() if name not in OF_THE_PAGE}
    return {
        "landed_on": stage.day,
        "landing_ref": landed.ref,
        "position": record.position,
        "record_id": record.record_id,
        "fetched_at": landed.fetched_at,
        "context": json.dumps({**asked, **record.context}, ensure_ascii=False),
        "payload": json.dumps(record.payload, ensure_ascii=False),
    }


def items(kind: str, found: list[dict[str, Any]], **context: str) -> Page:
    """Return a list of metadata records as a page."""
    return Page(json.dumps({"items": found}, ensure_ascii=False).encode(), {"kind": kind, **context})
