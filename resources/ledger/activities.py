"""Tasks and notes that were planned or made beside records, one per event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from pipeline.planning.plans import ACTIVITIES
from pipeline.planning.states import UNSETTLED
from resources.ledger.part import Part
from resources.ledger.store import loads
from resources.ledger.writes import intents, readings

if TYPE_CHECKING:
    from sqlalchemy import Row

BEGUN = ("confirmed", *UNSETTLED)
"""States after which an event is not asked for once more: made, or perhaps made."""


class Activities(Part):
    """What hangs at records, as the ledger knows it."""

    def begun_activities(self, vendor: str) -> set[tuple[str, str]]:
        """Return (operation, reference) of every task and note that was made, or may have been."""
        mine = (intents.c.vendor == vendor) & intents.c.operation.in_(ACTIVITIES) & intents.c.state.in_(BEGUN)
        with self.store.read() as connection:
            rows = connection.execute(select(intents.c.operation, intents.c.payload).where(mine)).all()
        return {(row.operation, loads(row.payload)["reference"]) for row in rows}

    def activities(self, vendor: str) -> list[dict[str, Any]]:
        """Return every task and note toward a vendor as rows of its `__activities` table, oldest first."""
        told = select(intents, readings.c.fields.label("read")).outerjoin(
            readings, readings.c.intent_id == intents.c.intent_id
        )
        mine = (intents.c.vendor == vendor) & intents.c.operation.in_(ACTIVITIES)
        with self.store.read() as connection:
            rows = connection.execute(told.where(mine).order_by(intents.c.planned_at, intents.c.intent_id)).all()
        return [_shown(row) for row in rows]


def _shown(row: Row[Any]) -> dict[str, Any]:
    payload = loads(row.payload)
    landed = [landed for _, _, landed in (loads(row.read) or {}).values()]
    names = ("intent_id", "run_id", "plan_hash", "person_key", "object", "record_id", "state")
    return {name: getattr(row, name) for name in names} | {
        "kind": row.operation.removeprefix("add_"),
        "reference": payload["reference"],
        "activity_id": row.landed_id,
        "is_in_doubt": row.state in UNSETTLED,
        "sent_at": row.sent_at,
        "settled_at": row.settled_at,
        "landed": landed[0] if landed else None,
        "vendor_code": row.vendor_code,
        "vendor_message": row.vendor_message,
    }
