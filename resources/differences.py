"""Which rows of a table a copied database file lacks, and which it has that the warehouse no longer does.

Rows are told apart by their hashes, as fingerprints are. Looking at all rows of both and writing the few that moved
costs a third of writing them all: a day on which one person in a hundred changed moves rows of every part of a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.fingerprints import part_of, select
from resources.session import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from resources.session import Session


def note_moved(session: Session, name: str, parts: Sequence[str]) -> int:
    """Note the hashes of rows of some parts that the file `published` and the warehouse do not hold equally often.

    Returns how many different rows these are: one that changed is two, as it was and as it is.
    """
    both = f"""
        SELECT hash(r) AS hash, TRUE AS is_theirs FROM ({_of(f"FROM published.{quoted(name)}", name)}) AS r
        UNION ALL SELECT hash(r), FALSE FROM ({_of(select(name), name)}) AS r
    """
    session.execute(
        f"CREATE OR REPLACE TEMP TABLE {_noted(name)} AS "
        "SELECT hash, count(*) FILTER (is_theirs) AS theirs, count(*) FILTER (NOT is_theirs) AS ours "
        f"FROM ({both}) GROUP BY hash HAVING theirs <> ours",
        {"parts": list(parts)},
    )
    return int(session.value(f"SELECT count(*) FROM {_noted(name)}"))


def take_out(session: Session, name: str) -> None:
    """Delete the noted rows from the table in the file."""
    if session.value(f"SELECT sum(theirs) FROM {_noted(name)}"):
        table = f"published.{quoted(name)}"
        gone = f"SELECT rowid FROM {table} AS r WHERE hash(r) IN (SELECT hash FROM {_noted(name)} WHERE theirs > 0)"
        session.execute(f"DELETE FROM {table} WHERE rowid IN ({gone})")


def put_in(session: Session, name: str) -> None:
    """Write the noted rows from the warehouse into the table in the file."""
    if session.value(f"SELECT sum(ours) FROM {_noted(name)}"):
        rows = f"FROM ({select(name)}) AS r WHERE hash(r) IN (SELECT hash FROM {_noted(name)} WHERE ours > 0)"
        session.execute(f"INSERT INTO published.{quoted(name)} {rows}")


def forget(session: Session, names: Iterable[str]) -> None:
    """Drop the notes on tables, where there are any."""
    for name in names:
        session.execute(f"DROP TABLE IF EXISTS {_noted(name)}")


def _of(rows: str, name: str) -> str:
    return f"SELECT * FROM ({rows}) WHERE {part_of(name)} IN (SELECT unnest($parts))"


def _noted(name: str) -> str:
    return f'temp."moved {name}"'
