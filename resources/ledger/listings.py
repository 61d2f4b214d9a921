"""The ledger as rows of the published tables, for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, select

from resources.ledger.masking import masked
from resources.ledger.part import Part
from resources.ledger.rows import read_rows
from resources.ledger.store import loads
from resources.ledger.writes import intents, plan_rows, plans, readbacks

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "planned": "planned",
    "claimed": "unknown",
    "sent": "unknown",
    "confirmed": "confirmed",
    "rejected": "rejected",
    "superseded": "held",
}
"""State of an intent → the word in `reports.changes`."""


class Listings(Part):
    """Rows shaped like the tables of the catalogue."""

    def plan_rows(self, plan_hash: str) -> list[dict[str, Any]]:
        """Return a plan as rows of `crm.zoho__plan` or `outreach.ghl__plan`."""
        with self.store.read() as connection:
            rows = read_rows(connection, plan_hash)
        return [_picked(row, _PLAN) for row in rows]

    def intents(self, vendor: str, run_id: str | None = None) -> list[dict[str, Any]]:
        """Return every intent toward a vendor (of one run) as rows of its `__writes` table."""
        query = select(intents).where(intents.c.vendor == vendor).order_by(intents.c.planned_at, intents.c.intent_id)
        if run_id is not None:
            query = query.where(intents.c.run_id == run_id)
        return [
            _picked(row, _WRITES)
            | {
                "is_in_doubt": row.state in {"claimed", "sent"},
                "record_id": row.landed_id or row.record_id,
                "payload": row.payload,
            }
            for row in self._all(query)
        ]

    def rejects(self, vendor: str) -> list[dict[str, Any]]:
        """Return refused writes as rows of `crm.zoho__rejects`."""
        mine = (intents.c.vendor == vendor) & (intents.c.state == "rejected") & (intents.c.operation != "enrich")
        rows = self._all(select(intents).where(mine).order_by(intents.c.settled_at, intents.c.intent_id))
        return [_picked(row, _REJECTS) | {"rejected_at": row.settled_at} for row in rows]

    def readback(self, vendor: str) -> list[dict[str, Any]]:
        """Return every field read back as rows of the vendor's `__readback` table."""
        told = select(readbacks, intents.c.plan_hash, intents.c.vendor, intents.c.person_key)
        query = told.join(intents, intents.c.intent_id == readbacks.c.intent_id).where(intents.c.vendor == vendor)
        return [
            _picked(row, _READBACK) for row in self._all(query.order_by(readbacks.c.read_at, readbacks.c.intent_id))
        ]

    def conversions(self, vendor: str) -> list[dict[str, Any]]:
        """Return the conversions as rows of `crm.zoho__conversions`."""
        mine = (intents.c.vendor == vendor) & (intents.c.operation == "convert")
        rows = self._all(select(intents).where(mine).order_by(intents.c.planned_at, intents.c.intent_id))
        return [_conversion(row) for row in rows]

    def changes(self, *, workspace: str | None = None) -> list[dict[str, Any]]:
        """Return every planned row of every plan as rows of `reports.changes`, values masked."""
        told = (
            select(plan_rows, plans.c.run_id.label("planned_by"), plans.c.approved_by, plans.c.created_at)
            .add_columns(intents.c.run_id.label("sent_by"), intents.c.state, intents.c.sent_at)
            .add_columns(intents.c.settled_at, intents.c.vendor_code, intents.c.vendor_message)
            .add_columns(intents.c.landed_id, readbacks.c.landed)
            .join(plans, plans.c.plan_hash == plan_rows.c.plan_hash)
            .outerjoin(intents, intents.c.intent_id == plan_rows.c.intent_id)
            .outerjoin(
                readbacks,
                (readbacks.c.intent_id == plan_rows.c.intent_id) & (readbacks.c.field == plan_rows.c.field),
            )
            .order_by(plans.c.saved_no, plan_rows.c.row_no)
        )
        return [_change(row) | {"workspace": workspace} for row in self._all(told)]

    def writes(self, vendor: str, run_id: str | None = None) -> dict[str, int]:
        """Return counts for the summary of a run: planned, confirmed, rejected, in_doubt."""
        counts = dict.fromkeys(("planned", "confirmed", "rejected", "in_doubt"), 0)
        for row in self.intents(vendor, run_id):
            state = "in_doubt" if row["is_in_doubt"] else row["state"]
            if state in counts and row["operation"] != "enrich":
                counts[state] += 1
        return counts

    def _all(self, query: Select[Any]) -> list[Row[Any]]:
        with self.store.read() as connection:
            return list(connection.execute(query).all())


_PLAN = (
    *("plan_hash", "row_no", "lane", "vendor", "object", "record_id", "person_key", "action", "field"),
    *("old_value", "new_value", "policy", "reason"),
)
_WRITES = (
    *("intent_id", "run_id", "plan_hash", "vendor", "object", "person_key", "operation", "state"),
    *("claimed_at", "sent_at", "settled_at", "vendor_code", "vendor_message"),
)
_REJECTS = (
    *("intent_id", "plan_hash", "object", "record_id", "person_key", "operation"),
    *("vendor_code", "vendor_message", "answer", "payload"),
)
_READBACK = (
    *("intent_id", "plan_hash", "vendor", "object", "record_id", "person_key", "field"),
    *("sent_value", "stored_value", "landed", "read_at"),
)
_CHANGE = (
    *("plan_hash", "approved_by", "vendor", "object", "person_key", "action", "field", "policy", "reason"),
    *("sent_at", "settled_at", "vendor_code", "vendor_message", "landed"),
)


def _picked(row: Row[Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _conversion(row: Row[Any]) -> dict[str, Any]:
    related = loads(row.related) or {}
    return {
        "person_key": row.person_key,
        "lead_id": row.record_id,
        "contact_id": row.landed_id,
        "account_id": related.get("Accounts"),
        "deal_id": related.get("Deals"),
        "state": row.state,
        "is_key_carried": row.is_key_carried,
        "settled_at": row.settled_at,
    }


def _change(row: Row[Any]) -> dict[str, Any]:
    held = row.action in {"skip", "hold"}
    return _picked(row, _CHANGE) | {
        "run_id": row.sent_by or row.planned_by,
        "planned_at": row.created_at,
        "record_id": row.landed_id or row.record_id,
        "old_value": masked(row.old_value),
        "new_value": masked(row.new_value),
        "state": "held" if held else WORDS.get(row.state or "planned", "planned"),
        "value_source": None,
        "undone_by_run": None,
    }
