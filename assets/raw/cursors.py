"""Cursors: up to when a feed was read. They move in the transaction that writes the rows, and never back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assets.boundary import Stage
    from pipeline.feeds import Feed
    from resources.landing import Landed

OVERLAP = timedelta(minutes=10)
LOOKED = "@watch"
"""Ends the name of the cursor up to which watch runs have read a feed."""


def read_cursor(stage: Stage, feed: Feed, *, is_prompt: bool = False) -> datetime | None:
    """Return from when a feed must be read again: its cursor less an overlap, None at the first time.

    Of a prompt feed the overlap ends when the vendor was asked, not at the newest record: what lay longer behind
    than that is known. Otherwise the last of many changes would be read again day by day until there is a newer one.
    """
    names = [feed.table, f"{feed.table}{LOOKED}"] if stage.is_watch else [feed.table]
    with stage.warehouse.open() as session:
        rows = session.rows("SELECT feed, cursor, moved_at FROM raw.cursors WHERE feed IN (SELECT unnest(?))", [names])
    if all(row["feed"] != feed.table for row in rows):
        return None
    latest = max(rows, key=lambda row: str(row["cursor"]))
    newest, overlap = datetime.fromisoformat(latest["cursor"]), OVERLAP / stage.opened.settings.time_scale
    if not is_prompt:
        return newest - overlap
    read_at: datetime = latest["moved_at"].astimezone(UTC)
    return min(newest, max(newest, read_at) - overlap)


def cursor_name(stage: Stage, feed: Feed) -> str:
    """Return which cursor of a feed a run moves.

    A watch run reads the mirror on, but plans nothing new: the cursor of the day stays where the waiting plan saw
    the records, so that its applier still asks for everything that changed since.
    """
    return f"{feed.table}{LOOKED}" if stage.is_watch else feed.table


def move_cursor(session: Any, name: str, newest: str, read_at: datetime) -> None:
    """Move a cursor forward, never back; `read_at`: when the reading began that gave its newest record."""
    found = session.rows("SELECT cursor, moved_at FROM raw.cursors WHERE feed = ?", [name])
    if not found or (newest, read_at) > (found[0]["cursor"], found[0]["moved_at"]):
        session.execute("DELETE FROM raw.cursors WHERE feed = ?", [name])
        session.execute("INSERT INTO raw.cursors VALUES (?, ?, ?)", [name, newest, read_at])


def began(landed: Landed) -> datetime:
    """Return when the fetch began that a page belongs to."""
    told = landed.context.get("began_at")
    return landed.fetched_at if told is None else datetime.fromisoformat(told)


def settled(newest: str, landed: Landed) -> str:
    """Return up to when a page tells everything, given its newest record (comparable UTC text, or empty)."""
    began_at = landed.context.get("began_at")
    if not newest or began_at is None:
        return newest
    took = landed.fetched_at - datetime.fromisoformat(began_at)
    return utc_text((datetime.fromisoformat(newest) - max(took, timedelta())).isoformat())


def utc_text(value: object) -> str:
    """Return a vendor's time stamp (ISO text or epoch milliseconds) as comparable UTC text."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000, UTC).isoformat()
    moment = datetime.fromisoformat(str(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
