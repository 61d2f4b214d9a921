"""Checks as data: one SELECT file per check under `pipeline/sql/checks/`, which returns the offending rows.

The file is named `<layer>.<table>__<what>.sql`; its first line is `-- Fails when ...`. Every check blocks: no
later stage of a run starts on rows that failed it. Values that depend on the run are bound as `$as_of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipeline import sql


@dataclass(frozen=True, slots=True)
class Check:
    """One check: the table it guards, what it looks for, and the SELECT of the offending rows."""

    table: str
    what: str
    meaning: str
    select: str

    @property
    def name(self) -> str:
        """Return `<layer>.<table>__<what>`, the name in verdicts and messages."""
        return f"{self.table}__{self.what}"


@cache
def checks() -> tuple[Check, ...]:
    """Return every shipped check, sorted by name."""
    return tuple(_check(name) for name in sql.names("checks"))


def _check(name: str) -> Check:
    # A table's own name may hold a double underscore (zoho__plan): `what` is the part after the last one.
    table, _, what = name.rpartition("__")
    text = sql.statement(f"checks/{name}")
    return Check(table=table, what=what, meaning=text.splitlines()[0].removeprefix("-- "), select=text)
