"""CSV lines that were read on an earlier day: as long as a file's raw rows and our code are the same, so are they.

What staging.sightings holds of a landed file is noted in `raw.cursors`, as `<landing file>@staging.sightings`: the
version of the code, how many lines, and the sum of their hashes. The notes are deleted before the table is replaced
and written after it: a run that dies in between leaves none, and everything is read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.lines import csv_lines
from pipeline.sql import statement
from resources import sources

if TYPE_CHECKING:
    from datetime import datetime

    from resources.session import Session

TABLE = "staging.sightings"
LINES_AT_ONCE = 5_000
"""CSV lines that are taken apart at a time."""
LINES = """
SELECT landing_ref, position, fetched_at, context, payload
FROM raw.salesnav__people
WHERE landing_ref NOT IN (SELECT unnest($carried))
"""
FILES = """
SELECT landing_ref, count(*) AS lines, sum(hash(position, fetched_at, context, payload)::HUGEINT) AS hashes
FROM raw.salesnav__people
GROUP BY landing_ref
"""
HELD = f"SELECT landing_ref, count(*) AS lines FROM {TABLE} WHERE source <> 'apollo' GROUP BY landing_ref"
KNOWN = f"SELECT split_part(feed, '@', 1) AS landing_ref, cursor FROM raw.cursors WHERE feed LIKE '%@{TABLE}'"
FORGET = f"DELETE FROM raw.cursors WHERE feed LIKE '%@{TABLE}'"


def code() -> str:
    """Return the version of what makes a sighting of a line."""
    return sources.fingerprint("pipeline", "assets/sighted.py")


def refill(session: Session, *, version: str, now: datetime) -> int:
    """Fill staging.sightings; return how many lines were read, and not carried over."""
    files = session.rows(FILES)
    notes = {row["landing_ref"]: f"{version} {row['lines']} {row['hashes']}" for row in files}
    lines = {row["landing_ref"]: row["lines"] for row in files}
    known = {row["landing_ref"]: row["cursor"] for row in session.rows(KNOWN)}
    held = {row["landing_ref"]: row["lines"] for row in session.rows(HELD)}
    carried = [ref for ref, told in notes.items() if known.get(ref) == told and held.get(ref) == lines[ref]]
    fresh = [csv_lines(part) for part in session.batches(LINES, {"carried": carried}, size=LINES_AT_ONCE)]
    session.register("csv_lines", pa.concat_tables(fresh) if fresh else csv_lines([]))
    session.register("carried_files", pa.table({"landing_ref": pa.array(carried, pa.string())}))
    session.execute(FORGET)
    session.replace(TABLE, statement("staging/sightings"))
    with session.transaction():
        for ref, told in notes.items():
            session.execute("INSERT INTO raw.cursors VALUES (?, ?, ?)", [f"{ref}@{TABLE}", told, now])
    return sum(part.num_rows for part in fresh)
