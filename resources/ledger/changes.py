"""The ledger as rows of `reports.changes`: every planned row of every plan, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from pipeline.planning.plans import ENROLMENTS
from resources.ledger.columns import home_of, picked, touched
from resources.ledger.masking import mask
from resources.ledger.part import Part
from resources.ledger.store import chunks, dumps, loads
from resources.ledger.told import NO_PLAN, fields_told, told_changes, without_plan
from resources.ledger.writes import intents, plan_records, plans, readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pipeline.models import Json

WORDS: Mapping[str, str] = {
    "planned": "planned",
    "claimed": "unknown",
    "sent": "unknown",
    "confirmed": "confirmed",
    "rejected": "rejected",
    "lost": "unknown",
    "superseded": "held",
}
"""State of an intent → the word in `reports.changes`."""

_OUTCOME = ("sent_at", "settled_at", "vendor_code", "vendor_message")
_CHANGE = ("plan_hash", "approved_by", "vendor", "object", "person_key", "action", *_OUTCOME)


class Changes(Part):
    """What was planned and what became of it, for `reports.changes`."""

    def changes(self, *, workspace: str | None = None, of: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Return every planned row of every plan (of some plans) as rows of `reports.changes`, values masked.

        What no plan asked for comes as that of the plan `NO_PLAN`, and has no plan hash. A write that several plans
        asked for is told of the one that it was sent under: of the others it is held.
        """
        return [row for part in self.change_batches(workspace=workspace, of=of) for row in part]

    def change_batches(
        self, *, workspace: str | None = None, of: Sequence[str] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of `changes` in batches: those of a large plan do not fit in memory together."""
        told = (
            select(plan_records, plans.c.run_id.label("planned_by"), plans.c.approved_by, plans.c.created_at)
            .add_columns(intents.c.run_id.label("sent_by"), intents.c.state, intents.c.sent_at)
            .add_columns(intents.c.settled_at, intents.c.vendor_code, intents.c.vendor_message)
            .add_columns(intents.c.landed_id, readings.c.fields.label("readings"))
            .add_columns(intents.c.plan_hash.label("sent_under"), intents.c.left_out)
            .join(plans, plans.c.plan_hash == plan_records.c.plan_hash)
            .outerjoin(intents, intents.c.intent_id == plan_records.c.intent_id)
            .outerjoin(readings, readings.c.intent_id == plan_records.c.intent_id)
        )
        with self.store.read() as connection:
            order = connection.execute(select(plans.c.plan_hash).order_by(plans.c.saved_no)).scalars().all()
        chosen = [name for name in (*order, NO_PLAN) if of is None or name in set(of)]
        for plan_hash in chosen:
            planned = told.where(plan_records.c.plan_hash == plan_hash).order_by(plan_records.c.record_no)
            for part in self.read_batches(planned if plan_hash != NO_PLAN else told_changes()):
                yield [change | {"workspace": workspace} for row in part for change in _changes(row)]

    def changed_plans(self, since: datetime) -> list[str]:
        """Return the plans, `NO_PLAN` included, of which a row in `changes` may have changed at or after a moment."""
        with self.store.read() as connection:
            found = set(connection.execute(select(plans.c.plan_hash).where(plans.c.saved_at >= since)).scalars())
            found |= set(connection.execute(select(plans.c.plan_hash).where(plans.c.approved_at >= since)).scalars())
            names = connection.execute(select(intents.c.intent_id).where(touched(since))).scalars().all()
            for part in chunks(names):
                query = select(plan_records.c.plan_hash).where(plan_records.c.intent_id.in_(part)).distinct()
                found.update(connection.execute(query).scalars())
            if connection.execute(select(intents.c.intent_id).where(without_plan(), touched(since)).limit(1)).first():
                found.add(NO_PLAN)
        return sorted(found)


def _changes(row: Row[Any]) -> list[dict[str, Any]]:
    # Wanted by this plan, too, and written by another.
    is_elsewhere = row.state == "confirmed" and row.sent_under not in {row.plan_hash, None}
    held = row.action in {"skip", "hold"} or is_elsewhere
    told = picked(row, _CHANGE) | {
        "run_id": row.planned_by if is_elsewhere else row.sent_by or row.planned_by,
        "planned_at": row.created_at,
        "record_id": home_of(row, row.action),
        "state": "held" if held else WORDS.get(row.state or "planned", "planned"),
        "value_source": None,
        "undone_by_run": None,
    }
    fields = fields_told(row)
    landed = {name: reading[2] for name, reading in loads(row.readings or "{}").items()}
    if row.action in ENROLMENTS and row.state == "confirmed":
        landed = {field.field: "unverifiable" for field in fields}
    if is_elsewhere:
        told, landed = told | dict.fromkeys(_OUTCOME), {}
    left_out = set(loads(row.left_out or "[]")) if not is_elsewhere else set()
    return [
        told
        | {"field": field.field, "policy": field.policy, "reason": field.reason, "landed": landed.get(field.field)}
        | {"old_value": _hidden(field.old_value), "new_value": _hidden(field.new_value)}
        | ({"state": "held", "reason": row.vendor_message} if field.field in left_out else {})
        for field in fields
    ]


def _hidden(value: Json) -> str | None:
    return None if value is None else dumps(mask(value))
