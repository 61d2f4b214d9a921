"""Where planned values come from, kept with each change: told when a plan is new, because records move on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from assets.targets import TARGETS
from pipeline.origins import field_columns
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assets.boundary import Stage
    from resources.session import Session

AT_ONCE = 50_000
"""Rows whose sources are looked for together: all of a large plan's do not fit in memory, few would cost more."""
FORGET = "DROP TABLE IF EXISTS known_sources"
KNOWN = """
CREATE TEMP TABLE known_sources AS
SELECT plan_hash, object, person_key, action, field, value_source
FROM reports.changes
WHERE value_source IS NOT NULL
"""
STANDING = """
SELECT DISTINCT plan_hash FROM crm.zoho__plan
UNION
SELECT DISTINCT plan_hash FROM outreach.ghl__plan
"""


def sourced(
    stage: Stage, session: Session, moved: Sequence[str] | None, batches: Iterable[Sequence[Mapping[str, object]]]
) -> Iterator[pa.Table]:
    """Return batches of rows of `reports.changes` with the sources of their values: those known already, else anew.

    What is known is put aside at once: the rows may be deleted before the first batch is taken.

    Args:
        stage: the stage.
        session: the warehouse.
        moved: the plans whose rows are replaced; None: all of them.
        batches: the rows; those of one record come together.
    """
    session.execute(FORGET)
    of_moved = "" if moved is None else "AND plan_hash IN (SELECT unnest(?))"
    session.execute(f"{KNOWN} {of_moved}", None if moved is None else [list(moved)])
    session.register("standing_plans", session.arrow(STANDING))
    session.register("field_columns", field_columns([target.mapping(stage) for target in TARGETS.values()]))
    return _told(session, batches)


def _told(session: Session, batches: Iterable[Sequence[Mapping[str, object]]]) -> Iterator[pa.Table]:
    for part in _joined(session, batches):
        yield session.through(statement("reports/value_sources"), part)
    session.execute(FORGET)


def _joined(session: Session, batches: Iterable[Sequence[Mapping[str, object]]]) -> Iterator[pa.Table]:
    parts: list[pa.Table] = []
    for rows in batches:
        parts.append(session.frame("reports.changes", rows))
        if sum(part.num_rows for part in parts) >= AT_ONCE:
            yield pa.concat_tables(parts)
            parts = []
    if parts:
        yield pa.concat_tables(parts)
