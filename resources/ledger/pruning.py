"""Pruning: values of people leave the ledger by age; what was decided, and how it ended, stays for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, or_, select, update

from pipeline.planning.plans import ENROLMENTS
from resources.ledger.masking import mask, masked
from resources.ledger.part import Part
from resources.ledger.rows import BATCH
from resources.ledger.store import chunks, dumps, loads
from resources.ledger.told import NO_PLAN
from resources.ledger.writes import intents, plan_records, plans, readings

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

SETTLED = ("confirmed", "rejected", "superseded")


class Pruning(Part):
    """Masking of old values. Base values stay: merges need them as long as the record lives."""

    def prune(self, before: datetime) -> int:
        """Mask the values of plans, settled intents and readings older than a moment; return masked records of plans.

        The latest plan of a vendor is left alone, and so is an intent that is not settled and read back.
        """
        with self.store.write() as connection:
            told = connection.execute(select(plans).order_by(plans.c.saved_no)).all()
            latest = {plan.vendor: plan.plan_hash for plan in told}
            aged = [plan.plan_hash for plan in told if plan.saved_at < before]
            was_read = or_(intents.c.state != "confirmed", intents.c.read_at.is_not(None))
            is_over = (intents.c.settled_at < before) & intents.c.state.in_(SETTLED) & was_read
            # An enrolment is remembered for ever, and holds nothing about anybody but our key.
            kept = is_over & intents.c.operation.not_in(("enrich", *ENROLMENTS))
            _mask(connection, intents, ("payload", "answer"), kept)
            _mask(connection, readings, ("fields",), readings.c.read_at < before, _masked_reading)
            over = select(intents.c.intent_id).where(kept, intents.c.plan_hash == NO_PLAN)
            unplanned = (plan_records.c.plan_hash == NO_PLAN) & plan_records.c.intent_id.in_(over)
            _mask(connection, plan_records, ("fields",), unplanned, _masked_record)
            return sum(
                _mask(connection, plan_records, ("fields",), plan_records.c.plan_hash == name, _masked_record)
                for name in aged
                if name not in latest.values()
            )


def _mask(
    connection: Connection,
    table: Table,
    names: tuple[str, ...],
    where: ColumnElement[bool],
    hide: Callable[[str], str | None] = masked,
) -> int:
    """Mask columns of JSON text; return how many rows held something to mask."""
    key = [column.name for column in table.primary_key]
    here = update(table)
    for name in key:
        here = here.where(table.c[name] == bindparam(f"_{name}"))
    change = here.values({name: bindparam(f"_{name}") for name in names})
    total, found = (
        0,
        connection.execute(select(*(table.c[name] for name in (*key, *names))).where(where)).mappings().all(),
    )
    for part in chunks(found, BATCH):
        changed: list[dict[str, Any]] = []
        for row in part:
            hidden = {name: hide(row[name]) if row[name] not in {None, "null"} else row[name] for name in names}
            if any(hidden[name] != row[name] for name in names):
                changed.append({f"_{name}": row[name] for name in key} | {f"_{name}": hidden[name] for name in names})
        if changed:
            connection.execute(change, changed)
        total += len(changed)
    return total


def _masked_record(text: str) -> str:
    """Mask the values of a stored record of a plan; what the fields are, and why, stays."""
    return dumps(
        [[number, name, mask(old), mask(new), policy, reason] for number, name, old, new, policy, reason in loads(text)]
    )


def _masked_reading(text: str) -> str:
    """Mask the values of a reading; how they landed stays."""
    told = {name: [mask(sent), mask(stored), landed] for name, (sent, stored, landed) in loads(text).items()}
    return dumps(told)
