"""What the ledger holds about one person: every write with its fields, and every key the person had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from pipeline.identity.keys import follow
from resources.ledger.part import Part
from resources.ledger.rows import fields_of
from resources.ledger.schema import redirects
from resources.ledger.store import loads
from resources.ledger.writes import intents, plan_records, plans, readings, records

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Row

VENDORS = ("zoho", "ghl")
_WRITE = (
    *("intent_id", "vendor", "object", "operation", "state", "attempt", "lane", "plan_hash", "run_id"),
    *("planned_at", "sent_at", "settled_at", "read_at", "vendor_code", "vendor_message", "approved_by"),
)


class Stories(Part):
    """One person at a time, by the indexes: a ledger of millions of writes is not read through."""

    def old_keys(self, key: str) -> dict[str, Any]:
        """Return old key → when it was merged, of every key that this one stands for today."""
        with self.store.read() as connection:
            moved = connection.execute(select(redirects).where(redirects.c.kind == "people")).all()
        after = {row.old_key: row.new_key for row in moved}
        return {row.old_key: row.merged_at for row in moved if follow(row.old_key, after) == key}

    def writes(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """Return every write to a vendor for some keys, the latest first, each with its `fields`.

        A field: `field`, `old`, `new`, `policy`, `reason`, and after the read-back `stored` and `landed`.
        """
        told = (
            select(intents, plan_records.c.fields, plans.c.approved_by, readings.c.fields.label("read"))
            .outerjoin(
                plan_records,
                and_(plan_records.c.intent_id == intents.c.intent_id, plan_records.c.plan_hash == intents.c.plan_hash),
            )
            .outerjoin(plans, plans.c.plan_hash == intents.c.plan_hash)
            .outerjoin(readings, readings.c.intent_id == intents.c.intent_id)
            .where(intents.c.vendor.in_(VENDORS), intents.c.person_key.in_(keys))
            .order_by(intents.c.planned_at.desc(), intents.c.intent_id)
        )
        with self.store.read() as connection:
            return [_write(row) for row in connection.execute(told)]

    def plan_moments(self, plan_hashes: Collection[str]) -> dict[str, Any]:
        """Return plan hash → when it was made."""
        query = select(plans.c.plan_hash, plans.c.created_at).where(plans.c.plan_hash.in_(plan_hashes))
        with self.store.read() as connection:
            return {row.plan_hash: row.created_at for row in connection.execute(query)}

    def holder(self, record_id: str) -> list[str]:
        """Return the keys that the id map knows a vendor's record by: also one that was not mirrored yet."""
        query = select(records.c.person_key).where(records.c.record_id == record_id).distinct()
        with self.store.read() as connection:
            return sorted(connection.execute(query).scalars())


def _write(row: Row[Any]) -> dict[str, Any]:
    read = loads(row.read) or {}
    if row.fields is None:
        fields = [
            {"field": name, "old": None, "new": value, "policy": None, "reason": ""}
            for name, value in (loads(row.payload) or {}).items()
        ]
    else:
        fields = [
            {
                "field": item.field,
                "old": item.old_value,
                "new": item.new_value,
                "policy": item.policy,
                "reason": item.reason,
            }
            for item in fields_of(row.fields)
        ]
    for item in fields:
        _, stored, landed = read.get(item["field"]) or (None, None, None)
        item.update(stored=stored, landed=landed)
    told = {name: getattr(row, name) for name in _WRITE}
    return told | {"record_id": row.landed_id or row.record_id, "fields": fields}
