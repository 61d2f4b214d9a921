"""Distinct values out of a staging table, their normal forms back in as views: each value is read once.

A normal form depends on nothing but the value and our code, so `staging.spellings` keeps them from day to day under
the version of the code that read them. Of values that are no longer there nothing is kept.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.spelling import SPELLINGS, spelled
from pipeline.sql import statement
from resources import sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resources.session import Session

ROWS = {
    "staging.leads": "staging.sightings WHERE reject_reason IS NULL",
    "staging.companies": "staging.sightings WHERE reject_reason IS NULL",
    "staging.crm_people": "staging.records WHERE object <> 'Accounts'",
    "staging.crm_companies": "staging.records WHERE object = 'Accounts'",
}
"""Table → the rows that its SELECT normalises values of."""
JOIN = re.compile(r"JOIN (spelled_\w+) AS (\w+) ON \w+\.(\w+) = \2\.value")
READ_AT_ONCE = 20_000
"""Values whose normal forms are held in memory at a time."""

KEPT = "staging.spellings"
THESE = "target = $target AND spelling = $spelling"
WANTED = (
    "CREATE OR REPLACE TEMP TABLE wanted_values AS SELECT DISTINCT {column} AS value FROM {rows} AND value IS NOT NULL"
)
FORGET = f"""
DELETE FROM {KEPT}
WHERE {THESE} AND (version <> $version OR value NOT IN (SELECT value FROM wanted_values))
"""
FRESH = f"SELECT value FROM wanted_values ANTI JOIN (SELECT value FROM {KEPT} WHERE {THESE}) USING (value)"
DONE = "DROP TABLE wanted_values"


def code() -> str:
    """Return the version of what reads a value."""
    return sources.fingerprint("pipeline")


@cache
def joined(target: str) -> Mapping[str, str]:
    """Return the views that the SELECT of a table joins: view → the column whose values it looks up."""
    return {view: column for view, _, column in JOIN.findall(statement(target.replace(".", "/")))}


def register_spellings(session: Session, target: str, *, version: str | None = None) -> int:
    """Make the `spelled_*` views that the SELECT of a table joins readable, while the session lives.

    Return how many values were read, because they were not known. `version`: of what reads them, default our code's.
    """
    read = 0
    for view, column in joined(target).items():
        these = {"target": target, "spelling": view}
        with session.transaction():
            session.execute(WANTED.format(column=column, rows=ROWS[target]))
            session.execute(FORGET, {**these, "version": version or code()})
            fresh = session.arrow(FRESH, these).column("value")
            for start in range(0, len(fresh), READ_AT_ONCE):
                found = spelled(view, fresh.slice(start, READ_AT_ONCE).to_pylist())
                session.insert(KEPT, _kept(found, {**these, "version": version or code()}))
            session.execute(DONE)
        cells = (
            f"cells[{place}]::{kind} AS {name}" for place, (name, kind) in enumerate(SPELLINGS[view].columns.items(), 1)
        )
        known = f"SELECT value, {', '.join(cells)} FROM {KEPT} WHERE target = '{target}' AND spelling = '{view}'"
        session.define(view, known)
        read += len(fresh)
    return read


def _kept(found: pa.Table, told: Mapping[str, str]) -> pa.Table:
    for name, text in told.items():
        found = found.append_column(name, pa.repeat(text, found.num_rows))
    return found
