"""Rows of a plan, in and out of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, select

from pipeline.models import Action, Lane, PlanRow
from resources.ledger.store import dumps, loads
from resources.ledger.writes import plan_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row


def read_rows(connection: Connection, plan_hash: str) -> Sequence[Row[Any]]:
    """Return the stored rows of a plan in their order."""
    query = select(plan_rows).where(plan_rows.c.plan_hash == plan_hash).order_by(plan_rows.c.row_no)
    return connection.execute(query).all()


def as_plan_row(row: Row[Any]) -> PlanRow:
    """Return a stored row as the plan row it was made of."""
    return PlanRow(
        lane=cast("Lane", row.lane),
        vendor=row.vendor,
        object=row.object,
        record_id=row.record_id,
        person_key=row.person_key,
        action=cast("Action", row.action),
        field=row.field,
        old_value=loads(row.old_value),
        new_value=loads(row.new_value),
        policy=row.policy,
        reason=row.reason,
    )


def stored_rows(plan_hash: str, rows: Sequence[PlanRow], based: Sequence[int]) -> list[dict[str, Any]]:
    """Return the rows of a plan as they are stored, each with the base revision of its record."""
    return [
        {
            "plan_hash": plan_hash,
            "row_no": number,
            "lane": row.lane,
            "vendor": row.vendor,
            "object": row.object,
            "record_id": row.record_id,
            "person_key": row.person_key,
            "action": row.action,
            "field": row.field,
            "old_value": dumps(row.old_value),
            "new_value": dumps(row.new_value),
            "policy": row.policy,
            "reason": row.reason,
            "base_revision": base,
            "intent_id": None,
        }
        for number, (row, base) in enumerate(zip(rows, based, strict=True))
    ]
