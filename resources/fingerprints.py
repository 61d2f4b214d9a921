"""Fingerprints of published tables: what tells whether the rows that a file holds are those of the warehouse.

Looking at every row costs a twentieth of writing it. A table of plans is told apart by plan: of a table that grows
by a plan a day, only the rows of plans that changed need to be looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import md5
from typing import TYPE_CHECKING, Any

import duckdb

from pipeline import catalogue
from pipeline.dictionary import MOMENT, meaning_of
from resources.session import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from resources.session import Session

PART = "plan_hash"
"""Column by whose values the rows of a table are told apart, where a table has it."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells the rows and columns of a table from others.

    `layout`: statement, meanings and version of DuckDB, whose hashes differ from version to version.
    `parts`: value of its column `PART` (empty text: none) → rows and the sum of their hashes.
    """

    layout: str
    parts: Mapping[str, tuple[int, int]]

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return sum(rows for rows, _ in self.parts.values())

    @property
    def text(self) -> str:
        """Return the fingerprint of the whole table in one line."""
        return f"{self.layout} {self.rows} {sum(hashes for _, hashes in self.parts.values())}"

    def moved_since(self, before: Fingerprint) -> list[str]:
        """Return the parts that changed, came or went since an earlier fingerprint of the same layout."""
        return sorted(part for part in {*self.parts, *before.parts} if self.parts.get(part) != before.parts.get(part))


def fingerprint(session: Session, name: str) -> Fingerprint:
    """Return the fingerprint of a table of the warehouse."""
    told = select(name)
    layout = md5("\n".join([told, *meanings(name)]).encode(), usedforsecurity=False).hexdigest()
    found = session.rows(
        f"SELECT {part_of(name)} AS part, count(*) AS rows, sum(hash(r)::HUGEINT) AS hashes "
        f"FROM ({told}) AS r GROUP BY part"
    )
    parts = {str(row["part"]): (int(row["rows"]), int(row["hashes"])) for row in found}
    return Fingerprint(f"{duckdb.__version__} {layout}", parts)


def part_of(name: str) -> str:
    """Return the expression for the part that a row of a table belongs to."""
    has_parts = any(column.name == PART for column in catalogue.table(name).columns)
    return f"coalesce({PART}, '')" if has_parts else "''"


def meanings(name: str) -> Sequence[str]:
    """Return what a table and each of its columns mean, in order."""
    table = catalogue.table(name)
    return [f"One row per {table.row}.", *(meaning_of(name, column.name) for column in table.columns)]


def select(name: str) -> str:
    """Return the SELECT that gives a table as it is published: moments without zone, in UTC."""
    # AT TIME ZONE asks the calendar for every value: it costs as much as hashing all else of a row three times over.
    columns = (
        f'make_timestamp(epoch_us("{column.name}")) AS "{column.name}"' if column.type == MOMENT else f'"{column.name}"'
        for column in catalogue.table(name).columns
    )
    return f"SELECT {', '.join(columns)} FROM {quoted(name)}"


def as_json(found: Mapping[str, Fingerprint]) -> dict[str, Any]:
    """Return fingerprints by table as JSON can hold them."""
    return {
        name: {"layout": one.layout, "parts": {k: list(v) for k, v in one.parts.items()}} for name, one in found.items()
    }


def from_json(told: Mapping[str, Any]) -> dict[str, Fingerprint]:
    """Return fingerprints by table from what `as_json` gave.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is something else.
    """
    return {
        name: Fingerprint(one["layout"], {k: (int(rows), int(hashes)) for k, (rows, hashes) in one["parts"].items()})
        for name, one in told.items()
    }
