"""Up to where tables tell what the vendors hold, so that whoever asks what changed since begins there.

`leadflow run --select raw` reads the mirrors on and builds nothing from them: their cursors are then ahead of the
tables that a waiting plan was made of. Each table on the way to a plan therefore notes how far the mirrors had been
read when it was built, after its rows: a run that dies in between leaves an older note, which only asks for more.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assets.boundary import Stage
    from resources.session import Session

WATERMARKS = "watermarks"
"""In the summary of a plan: feed → up to where the tables behind it tell what the vendor holds."""

BEHIND_PLANS = ["staging.crm_people", "qualify.holds"]
"""What plans are made of: records as they stand, and who must not be written to."""

FORGET = "DELETE FROM raw.cursors WHERE split_part(feed, '@', 2) = ?"
INHERIT = """
INSERT INTO raw.cursors
SELECT split_part(feed, '@', 1) || '@' || $table, cursor, moved_at
FROM raw.cursors
WHERE feed LIKE 'raw.%' AND split_part(feed, '@', 2) = $source
"""
READ_TO = """
SELECT split_part(feed, '@', 1) AS feed, min(cursor) AS cursor
FROM raw.cursors
WHERE list_contains(?, split_part(feed, '@', 2))
GROUP BY 1
"""


def note(session: Session, table: str, *, built_from: str = "") -> None:
    """Note that a table tells as much as the one it was just built from; without one, as much as the feeds do."""
    with session.transaction():
        session.execute(FORGET, [table])
        session.execute(INHERIT, {"table": table, "source": built_from})


def read_to(stage: Stage) -> dict[str, str]:
    """Return feed → up to where everything that a plan is made of tells what the vendors hold."""
    with stage.warehouse.open() as session:
        return {row["feed"]: row["cursor"] for row in session.rows(READ_TO, [BEHIND_PLANS])}


def since(session: Session, feed: str, watermarks: Mapping[str, str]) -> datetime | None:
    """Return from when a vendor is to be asked what changed; None when its feed was never read.

    A plan that an earlier version of leadflow made has no watermarks: the feed's own cursor is all there is.
    """
    text = watermarks.get(feed) or session.value("SELECT cursor FROM raw.cursors WHERE feed = ?", [feed])
    return datetime.fromisoformat(text) if text else None
