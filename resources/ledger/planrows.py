"""Questions about the rows of a plan that need not read all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from resources.ledger.part import Part
from resources.ledger.rows import BATCH, plan_rows_of, read_records, rows_of_records
from resources.ledger.store import batched
from resources.ledger.writes import plan_records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pipeline.models import PlanRow


class PlanRows(Part):
    """The rows of the plans of every vendor."""

    def planned_actions(self, plan_hash: str) -> dict[tuple[str, str], int]:
        """Return (lane, action) → records of a plan, without reading its rows."""
        told = select(plan_records.c.lane, plan_records.c.action, func.count())
        query = told.where(plan_records.c.plan_hash == plan_hash).group_by(plan_records.c.lane, plan_records.c.action)
        with self.store.read() as connection:
            return {(lane, action): number for lane, action, number in connection.execute(query)}

    def rows_about(self, plan_hash: str, record_ids: Collection[str]) -> Iterator[PlanRow]:
        """Yield the rows of a plan that are about some of the vendor's records."""
        if record_ids:
            with self.store.read() as connection:
                yield from (row for _, row in rows_of_records(connection, plan_hash, frozenset(record_ids)))

    def row_parts(self, plan_hash: str, *, actions: Sequence[str] | None = None) -> Iterator[list[PlanRow]]:
        """Yield the rows of a plan (of some actions), some thousand records at a time; one record's come together."""
        with self.store.read() as connection:
            for records in batched(read_records(connection, plan_hash, actions=actions), BATCH):
                yield [row for record in records for _, row in plan_rows_of(record)]
