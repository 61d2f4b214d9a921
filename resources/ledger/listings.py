"""The ledger as rows of the published tables, for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, exists, func, select

from pipeline.planning.states import UNSETTLED
from resources.ledger.columns import home_of, picked, touched
from resources.ledger.part import Part
from resources.ledger.rows import read_records
from resources.ledger.store import dumps, loads
from resources.ledger.writes import intents, plans, readings, records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.models import Operation
    from resources.ledger.rows import StoredRecord


@dataclass(frozen=True, slots=True)
class Refusal:
    """A write that a vendor refused, without what it was about."""

    operation: Operation
    object: str
    code: str | None
    message: str | None


ROWS_AT_ONCE = 20_000
"""Rows of a batch: few enough to be light, many enough for one insert to be worth its while."""


class Listings(Part):
    """Rows shaped like the tables of the catalogue.

    `since` gives only what was touched at or after a moment, so that a table can be brought up to date.
    """

    def plan_rows(self, plan_hash: str) -> list[dict[str, Any]]:
        """Return a plan as rows of `crm.zoho__plan` or `outreach.ghl__plan`."""
        found = [row for part in self.plan_row_batches(plan_hash) for row in part]
        return sorted(found, key=lambda row: int(row["row_no"]))

    def plan_row_batches(self, plan_hash: str) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of `plan_rows` record by record, in batches; `row_no` tells their order in the plan."""
        with self.store.read() as connection:
            part: list[dict[str, Any]] = []
            for record in read_records(connection, plan_hash):
                part += _planned(record, plan_hash)
                if len(part) >= ROWS_AT_ONCE:
                    yield part
                    part = []
            yield part

    def intents(self, vendor: str, run_id: str | None = None, *, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return every intent toward a vendor (of one run) as rows of its `__writes` table."""
        return [row for part in self.intent_batches(vendor, run_id, since=since) for row in part]

    def intent_batches(
        self, vendor: str, run_id: str | None = None, *, since: datetime | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of `intents` in batches."""
        told = select(intents, plans.c.as_of).outerjoin(plans, plans.c.plan_hash == intents.c.plan_hash)
        query = told.where(intents.c.vendor == vendor).order_by(intents.c.planned_at, intents.c.intent_id)
        query = query.where(intents.c.run_id == run_id) if run_id is not None else query
        query = query.where(touched(since)) if since is not None else query
        for part in self.read_batches(query):
            yield [
                picked(row, _WRITES)
                | {
                    "is_in_doubt": row.state in {"claimed", "sent"},
                    "record_id": home_of(row, row.operation),
                    "payload": row.payload,
                }
                for row in part
            ]

    def rejects(self, vendor: str) -> list[dict[str, Any]]:
        """Return refused writes as rows of `crm.zoho__rejects`."""
        mine = (intents.c.vendor == vendor) & (intents.c.state == "rejected") & (intents.c.operation != "enrich")
        rows = self.read_all(select(intents).where(mine).order_by(intents.c.settled_at, intents.c.intent_id))
        return [picked(row, _REJECTS) | {"rejected_at": row.settled_at} for row in rows]

    def refusals(self, vendor: str, *, since: datetime) -> list[Refusal]:
        """Return the writes that a vendor refused since a moment, without those that recognised a person's record."""
        place = (records.c.vendor, records.c.person_key, records.c.object, records.c.record_id)
        named = (intents.c.vendor, intents.c.person_key, intents.c.landed_object, intents.c.landed_id)
        is_recognised = (intents.c.operation == "insert") & exists().where(
            *(mine == theirs for mine, theirs in zip(place, named, strict=True))
        )
        query = select(intents.c.operation, intents.c.object, intents.c.vendor_code, intents.c.vendor_message).where(
            intents.c.vendor == vendor, intents.c.state == "rejected", intents.c.settled_at >= since, ~is_recognised
        )
        rows = self.read_all(query.order_by(intents.c.settled_at, intents.c.intent_id))
        return [Refusal(row.operation, row.object, row.vendor_code, row.vendor_message) for row in rows]

    def readback(self, vendor: str, *, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return every field read back as rows of the vendor's `__readback` table."""
        return [row for part in self.readback_batches(vendor, since=since) for row in part]

    def readback_batches(self, vendor: str, *, since: datetime | None = None) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of `readback` in batches; those of one write come together."""
        told = select(readings, intents.c.plan_hash, intents.c.vendor, intents.c.person_key)
        query = told.join(intents, intents.c.intent_id == readings.c.intent_id).where(intents.c.vendor == vendor)
        query = query.where(readings.c.read_at >= since) if since is not None else query
        for part in self.read_batches(query.order_by(readings.c.read_at, readings.c.intent_id)):
            yield [told for row in part for told in _read(row)]

    def conversions(self, vendor: str) -> list[dict[str, Any]]:
        """Return the conversions as rows of `crm.zoho__conversions`."""
        mine = (intents.c.vendor == vendor) & (intents.c.operation == "convert")
        rows = self.read_all(select(intents).where(mine).order_by(intents.c.planned_at, intents.c.intent_id))
        return [_conversion(row) for row in rows]

    def writes(self, vendor: str, run_id: str | None = None) -> dict[str, int]:
        """Return counts for the summary of a run: planned, confirmed, rejected, in_doubt."""
        counts = dict.fromkeys(("planned", "confirmed", "rejected", "in_doubt"), 0)
        told = select(intents.c.state, func.count()).where(intents.c.vendor == vendor, intents.c.operation != "enrich")
        query = told.where(intents.c.run_id == run_id) if run_id is not None else told
        for found, number in map(tuple, self.read_all(query.group_by(intents.c.state))):
            state = "in_doubt" if found in UNSETTLED else found
            if state in counts:
                counts[state] += number
        return counts


_WRITES = (
    *("intent_id", "run_id", "plan_hash", "vendor", "object", "person_key", "operation", "state"),
    *("claimed_at", "sent_at", "settled_at", "vendor_code", "vendor_message", "as_of"),
)
_REJECTS = (
    *("intent_id", "plan_hash", "object", "record_id", "person_key", "operation"),
    *("vendor_code", "vendor_message", "answer", "payload"),
)
_READBACK = ("intent_id", "plan_hash", "vendor", "object", "record_id", "person_key", "read_at")
_RECORD = ("lane", "vendor", "object", "record_id", "person_key", "action")


def _planned(record: StoredRecord, plan_hash: str) -> list[dict[str, Any]]:
    same = {"plan_hash": plan_hash} | picked(record, _RECORD)
    return [
        same
        | {"row_no": item.row_no, "field": item.field, "policy": item.policy, "reason": item.reason}
        | {"old_value": dumps(item.old_value), "new_value": dumps(item.new_value)}
        for item in record.fields
    ]


def _read(row: Row[Any]) -> list[dict[str, Any]]:
    same = picked(row, _READBACK)
    return [
        same | {"field": name, "sent_value": dumps(sent), "stored_value": dumps(stored), "landed": landed}
        for name, (sent, stored, landed) in loads(row.fields).items()
    ]


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
