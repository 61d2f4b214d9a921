"""Checks as data: one SELECT file per check under `pipeline/sql/checks/`, which returns the offending rows.

The file is named `<layer>.<table>__<what>.sql`; its first line is `-- Fails when ...`. Every check blocks: no
later stage of a run starts on rows that failed it. `$as_of` is bound to the business day, any other `$name` to a
number of `rules/identity.yaml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipeline import sql
from pipeline.identity import guards

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_BOUND = re.compile(r"\$([a-z_]+)")


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


def values(check: Check, *, as_of: date, texts: Mapping[str, str]) -> dict[str, object] | None:
    """Return what to bind in a check, None when it binds nothing.

    Raises:
        ConfigurationError: the rule file is missing or wrong.
    """
    names = set(_BOUND.findall(check.select))
    if not names:
        return None
    known: dict[str, object] = {"as_of": as_of}
    if names - set(known):
        known |= guards.bound(texts)
    return {name: known[name] for name in names}


@cache
def checks() -> tuple[Check, ...]:
    """Return every shipped check, sorted by name."""
    return tuple(_check(name) for name in sql.names("checks"))


def _check(name: str) -> Check:
    # A table's own name may hold a double underscore (zoho__plan): `what` is the part after the last one.
    table, _, what = name.rpartition("__")
    text = sql.statement(f"checks/{name}")
    return Check(table=table, what=what, meaning=text.splitlines()[0].removeprefix("-- "), select=text)
