"""Where planned values come from, kept with each change: told when a plan is new, because records move on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from assets.targets import TARGETS
from pipeline.origins import field_columns
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assets.boundary import Stage
    from resources.warehouse import Session

SPOT = ("plan_hash", "object", "person_key", "action", "field")
SAME = " AND ".join(f"changes.{name} IS NOT DISTINCT FROM told.{name}" for name in SPOT)
KNOWN = f"""
SELECT DISTINCT ON ({", ".join(SPOT)}) {", ".join(SPOT)}, value_source
FROM reports.changes
WHERE value_source IS NOT NULL
"""
TELL = f"""
UPDATE reports.changes SET value_source = told.value_source
FROM told
WHERE changes.value_source IS NULL AND told.value_source IS NOT NULL AND {SAME}
"""


@contextmanager
def sources_kept(stage: Stage, session: Session, moved: Sequence[str] | None) -> Iterator[None]:
    """Keep what is known about the sources of values while rows of `changes` are replaced, then tell what is new.

    `moved`: the plans whose rows are replaced; None: all of them.
    """
    of_moved = "" if moved is None else "AND plan_hash IN (SELECT unnest(?))"
    known = session.arrow(f"{KNOWN} {of_moved}", None if moved is None else [list(moved)])
    yield
    session.register("told", known)
    session.execute(TELL)
    session.register("field_columns", field_columns([target.mapping(stage) for target in TARGETS.values()]))
    session.register("told", session.arrow(statement("reports/value_sources")))
    session.execute(TELL)
