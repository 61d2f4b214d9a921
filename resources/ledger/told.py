"""Writes that no plan asked for: opt-outs that were given, and told, while something else was sent or read back.

They have no plan of their own: a newer plan would close the one that is being sent. What stood there before and why
they were made is kept beside them, as for the rows of a plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, literal, select

from pipeline.planning.plans import REFERENCED
from resources.ledger.part import Part
from resources.ledger.rows import StoredField, fields_of
from resources.ledger.store import chunks, dumps, loads, many
from resources.ledger.writes import intents, plan_records, readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Row, Select

    from pipeline.models import Json, PlanRow
    from pipeline.planning.plans import Grouped

NO_PLAN = ""
"""Plan hash of an intent that no plan asked for."""
REASON = "given while something else was sent or read back"
"""Where nothing more was kept."""


class Told(Part):
    """Why writes without a plan were made."""

    def remember(self, rows: Sequence[PlanRow], found: Sequence[Grouped]) -> None:
        """Keep the rows of intents that no plan asks for; those that are kept already stay as they are."""
        with self.store.write() as connection:
            mine = plan_records.c.plan_hash == NO_PLAN
            known: set[str | None] = set()
            for part in chunks([item.intent.intent_id for item in found]):
                query = select(plan_records.c.intent_id).where(mine, plan_records.c.intent_id.in_(part))
                known.update(connection.execute(query).scalars())
            last = connection.execute(select(func.max(plan_records.c.record_no)).where(mine)).scalar()
            fresh = {item.intent.intent_id: item for item in found if item.intent.intent_id not in known}
            records = [
                _record(number, rows, item)
                for number, item in enumerate(fresh.values(), 0 if last is None else last + 1)
            ]
            many(connection, plan_records.insert(), records)


def without_plan() -> ColumnElement[bool]:
    """Return the condition for intents toward a CRM or an outreach platform that no plan asked for."""
    return (intents.c.plan_hash == NO_PLAN) & (intents.c.operation != "enrich")


def told_changes() -> Select[Any]:
    """Return the query for such intents, with the columns that `Changes` reads of the records of plans."""
    same = [
        intents.c[name] for name in ("vendor", "object", "person_key", "record_id", "state", "landed_id", "payload")
    ]
    outcome = [intents.c[name] for name in ("sent_at", "settled_at", "vendor_code", "vendor_message")]
    query = select(*same, *outcome, intents.c.operation.label("action"), intents.c.planned_at.label("created_at"))
    query = query.add_columns(intents.c.run_id.label("planned_by"), intents.c.run_id.label("sent_by"))
    query = query.add_columns(literal(None).label("approved_by"), literal(None).label("plan_hash"))
    query = query.add_columns(literal(None).label("sent_under"), intents.c.left_out)
    query = query.add_columns(plan_records.c.fields, readings.c.fields.label("readings"))
    kept = and_(plan_records.c.plan_hash == NO_PLAN, plan_records.c.intent_id == intents.c.intent_id)
    query = query.outerjoin(plan_records, kept).outerjoin(readings, readings.c.intent_id == intents.c.intent_id)
    return query.where(without_plan()).order_by(intents.c.planned_at, intents.c.intent_id)


def fields_told(row: Row[Any]) -> tuple[StoredField, ...]:
    """Return the fields of a record of a plan, or of what `told_changes` found."""
    if row.fields is not None:
        return fields_of(row.fields)
    payload: dict[str, Json] = loads(row.payload) or {}
    # Of an earlier version, or tried again under another name.
    whole = row.action in REFERENCED
    values = {payload.get("reference"): payload} if whole else payload
    return tuple(
        StoredField(row_no=number, field=name, old_value=None, new_value=value, policy=None, reason=REASON)
        for number, (name, value) in enumerate(values.items())
    )


def _record(number: int, rows: Sequence[PlanRow], found: Grouped) -> dict[str, Any]:
    intent = found.intent
    told = [rows[place] for place in found.row_numbers]
    fields = [
        [place, row.field, row.old_value, row.new_value, row.policy, row.reason] for place, row in enumerate(told)
    ]
    where = {name: getattr(intent, name) for name in ("lane", "vendor", "object", "record_id", "person_key")}
    return where | {
        "plan_hash": NO_PLAN,
        "record_no": number,
        "action": intent.operation,
        "base_revision": intent.base_revision,
        "intent_id": intent.intent_id,
        "fields": dumps(fields),
    }
