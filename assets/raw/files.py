"""Landed files that were taken apart before: a file never changes once it lies there, so its rows stand.

What stands of a file is noted in `raw.cursors`, as `<landing file>@<raw table>`, in the transaction that writes the
rows: the version of the code, the hash of the file as it lies, and how many rows it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.raw.feeds import take_in
from resources import sources

if TYPE_CHECKING:
    from assets.boundary import Counts, Stage
    from assets.raw.feeds import Records
    from pipeline.feeds import Feed
    from resources.session import Session

CODE = ("pipeline", "resources/landing.py", "resources/salesnav.py", "resources/csvlines.py", "resources/csvtext.py")
"""What takes a file apart, beside the assets."""
OF_DAY = "starts_with(feed, $folder) AND ends_with(feed, '@' || $table)"
NOTES = f"SELECT split_part(feed, '@', 1) AS landing_ref, cursor FROM raw.cursors WHERE {OF_DAY}"
FORGET = f"DELETE FROM raw.cursors WHERE {OF_DAY}"


def rebuild_files(stage: Stage, feed: Feed, *, records: Records, version: str | None = None) -> Counts:
    """Make the rows of a day those of its landed files, in one transaction; read only what does not stand yet.

    `version`: of what takes a file apart, default our code's.
    """
    code = version or sources.fingerprint(*CODE, "assets/raw")
    digests = stage.landing.digests(feed.vendor, feed.kind, stage.day)
    told = {"folder": f"{feed.vendor}/{feed.kind}/{stage.day}/", "table": feed.table}
    with stage.warehouse.open() as session, session.transaction():
        known = {row["landing_ref"]: row["cursor"] for row in session.rows(NOTES, told)}
        lines = rows_of(session, feed, stage)
        standing = [ref for ref, digest in digests.items() if known.get(ref) == f"{code} {digest} {lines.get(ref, 0)}"]
        session.execute(
            f"DELETE FROM {feed.table} WHERE landed_on = ? AND NOT list_contains(?, landing_ref)", [stage.day, standing]
        )
        fresh = [ref for ref in digests if ref not in standing]
        take_in(stage, feed, session, map(stage.landing.get, fresh), records=records)
        lines = rows_of(session, feed, stage)
        session.execute(FORGET, told)
        for ref, digest in digests.items():
            note = [f"{ref}@{feed.table}", f"{code} {digest} {lines.get(ref, 0)}", stage.now()]
            session.execute("INSERT INTO raw.cursors VALUES (?, ?, ?)", note)
    return {"landed": len(digests), "rows_of_day": sum(lines.values()), "files_read": len(fresh)}


def rows_of(session: Session, feed: Feed, stage: Stage) -> dict[str, int]:
    """Return how many rows each file of the day has."""
    query = f"SELECT landing_ref, count(*) AS lines FROM {feed.table} WHERE landed_on = ? GROUP BY landing_ref"
    return {row["landing_ref"]: row["lines"] for row in session.rows(query, [stage.day])}
