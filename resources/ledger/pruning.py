"""Pruning: values of people leave the ledger by age; what was decided, and how it ended, stays for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, or_, select, update

from resources.ledger.masking import masked
from resources.ledger.part import Part
from resources.ledger.writes import intents, plan_rows, plans, readbacks

if TYPE_CHECKING:
    from datetime import datetime

SETTLED = ("confirmed", "rejected", "superseded")


class Pruning(Part):
    """Masking of old values. Base values stay: merges need them as long as the record lives."""

    def prune(self, before: datetime) -> int:
        """Mask the values of plans, settled intents and readings older than a moment; return masked plan rows.

        The latest plan of a vendor is left alone, and so is an intent that is not settled and read back.
        """
        self.store.known_rows.clear()
        with self.store.write() as connection:
            told = connection.execute(select(plans).order_by(plans.c.saved_no)).all()
            latest = {plan.vendor: plan.plan_hash for plan in told}
            aged = [plan.plan_hash for plan in told if plan.saved_at < before]
            was_read = or_(intents.c.state != "confirmed", intents.c.read_at.is_not(None))
            is_over = (intents.c.settled_at < before) & intents.c.state.in_(SETTLED) & was_read
            kept = is_over & (intents.c.operation != "enrich")
            _mask(connection, intents, ("payload", "answer"), kept)
            _mask(connection, readbacks, ("sent_value", "stored_value"), readbacks.c.read_at < before)
            return sum(
                _mask(connection, plan_rows, ("old_value", "new_value"), plan_rows.c.plan_hash == name)
                for name in aged
                if name not in latest.values()
            )


def _mask(connection: Connection, table: Table, names: tuple[str, ...], where: ColumnElement[bool]) -> int:
    """Mask columns of JSON text; return how many rows held something to mask."""
    key = [column.name for column in table.primary_key]
    changed: list[dict[str, Any]] = []
    for row in connection.execute(select(table).where(where)).mappings():
        hidden = {name: masked(row[name]) if row[name] not in {None, "null"} else row[name] for name in names}
        if any(hidden[name] != row[name] for name in names):
            changed.append({f"_{name}": row[name] for name in key} | {f"_{name}": hidden[name] for name in names})
    if changed:
        here = update(table)
        for name in key:
            here = here.where(table.c[name] == bindparam(f"_{name}"))
        connection.execute(here.values({name: bindparam(f"_{name}") for name in names}), changed)
    return len(changed)
