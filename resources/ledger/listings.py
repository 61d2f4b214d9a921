"""The ledger as rows of the published tables, for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from pipeline.planning.plans import ACTIVITIES, ENROLMENTS
from pipeline.planning.states import UNSETTLED
from resources.ledger.masking import mask
from resources.ledger.part import Part
from resources.ledger.rows import BATCH, read_records
from resources.ledger.store import chunks, dumps, loads
from resources.ledger.told import NO_PLAN, fields_told, told_changes, without_plan
from resources.ledger.writes import intents, plan_records, plans, readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pipeline.models import Json
    from resources.ledger.rows import StoredRecord

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
        query = query.where(_touched(since)) if since is not None else query
        for part in self._batches(query):
            yield [
                _picked(row, _WRITES)
                | {
                    "is_in_doubt": row.state in {"claimed", "sent"},
                    "record_id": _home(row, row.operation),
                    "payload": row.payload,
                }
                for row in part
            ]

    def rejects(self, vendor: str) -> list[dict[str, Any]]:
        """Return refused writes as rows of `crm.zoho__rejects`."""
        mine = (intents.c.vendor == vendor) & (intents.c.state == "rejected") & (intents.c.operation != "enrich")
        rows = self._all(select(intents).where(mine).order_by(intents.c.settled_at, intents.c.intent_id))
        return [_picked(row, _REJECTS) | {"rejected_at": row.settled_at} for row in rows]

    def readback(self, vendor: str, *, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return every field read back as rows of the vendor's `__readback` table."""
        return [row for part in self.readback_batches(vendor, since=since) for row in part]

    def readback_batches(self, vendor: str, *, since: datetime | None = None) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of `readback` in batches; those of one write come together."""
        told = select(readings, intents.c.plan_hash, intents.c.vendor, intents.c.person_key)
        query = told.join(intents, intents.c.intent_id == readings.c.intent_id).where(intents.c.vendor == vendor)
        query = query.where(readings.c.read_at >= since) if since is not None else query
        for part in self._batches(query.order_by(readings.c.read_at, readings.c.intent_id)):
            yield [told for row in part for told in _read(row)]

    def conversions(self, vendor: str) -> list[dict[str, Any]]:
        """Return the conversions as rows of `crm.zoho__conversions`."""
        mine = (intents.c.vendor == vendor) & (intents.c.operation == "convert")
        rows = self._all(select(intents).where(mine).order_by(intents.c.planned_at, intents.c.intent_id))
        return [_conversion(row) for row in rows]

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
            .add_columns(intents.c.plan_hash.label("sent_under"))
            .join(plans, plans.c.plan_hash == plan_records.c.plan_hash)
            .outerjoin(intents, intents.c.intent_id == plan_records.c.intent_id)
            .outerjoin(readings, readings.c.intent_id == plan_records.c.intent_id)
        )
        with self.store.read() as connection:
            order = connection.execute(select(plans.c.plan_hash).order_by(plans.c.saved_no)).scalars().all()
        chosen = [name for name in (*order, NO_PLAN) if of is None or name in set(of)]
        for plan_hash in chosen:
            planned = told.where(plan_records.c.plan_hash == plan_hash).order_by(plan_records.c.record_no)
            for part in self._batches(planned if plan_hash != NO_PLAN else told_changes()):
                yield [change | {"workspace": workspace} for row in part for change in _changes(row)]

    def changed_plans(self, since: datetime) -> list[str]:
        """Return the plans, `NO_PLAN` included, of which a row in `changes` may have changed at or after a moment."""
        with self.store.read() as connection:
            found = set(connection.execute(select(plans.c.plan_hash).where(plans.c.saved_at >= since)).scalars())
            found |= set(connection.execute(select(plans.c.plan_hash).where(plans.c.approved_at >= since)).scalars())
            names = connection.execute(select(intents.c.intent_id).where(_touched(since))).scalars().all()
            for part in chunks(names):
                query = select(plan_records.c.plan_hash).where(plan_records.c.intent_id.in_(part)).distinct()
                found.update(connection.execute(query).scalars())
            if connection.execute(select(intents.c.intent_id).where(without_plan(), _touched(since)).limit(1)).first():
                found.add(NO_PLAN)
        return sorted(found)

    def writes(self, vendor: str, run_id: str | None = None) -> dict[str, int]:
        """Return counts for the summary of a run: planned, confirmed, rejected, in_doubt."""
        counts = dict.fromkeys(("planned", "confirmed", "rejected", "in_doubt"), 0)
        told = select(intents.c.state, func.count()).where(intents.c.vendor == vendor, intents.c.operation != "enrich")
        query = told.where(intents.c.run_id == run_id) if run_id is not None else told
        for found, number in map(tuple, self._all(query.group_by(intents.c.state))):
            state = "in_doubt" if found in UNSETTLED else found
            if state in counts:
                counts[state] += number
        return counts

    def _batches(self, query: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
        with self.store.read() as connection:
            yield from connection.execute(query, execution_options={"yield_per": BATCH}).partitions()

    def _all(self, query: Select[Any]) -> list[Row[Any]]:
        with self.store.read() as connection:
            return list(connection.execute(query).all())


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
_OUTCOME = ("sent_at", "settled_at", "vendor_code", "vendor_message")
_CHANGE = ("plan_hash", "approved_by", "vendor", "object", "person_key", "action", *_OUTCOME)


def _picked(row: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _home(row: Row[Any], operation: str) -> str | None:
    """Return the person's record: what a task or note hangs at, not the task itself."""
    record: str | None = row.record_id if operation in ACTIVITIES else row.landed_id or row.record_id
    return record


def _touched(since: datetime) -> ColumnElement[bool]:
    moved = [column >= since for column in (intents.c.planned_at, intents.c.settled_at, intents.c.read_at)]
    # A write that was taken for sent and is planned again moves none of these.
    return or_(*moved, intents.c.state.in_((*UNSETTLED, "planned")))


def _planned(record: StoredRecord, plan_hash: str) -> list[dict[str, Any]]:
    same = {"plan_hash": plan_hash} | _picked(record, _RECORD)
    return [
        same
        | {"row_no": item.row_no, "field": item.field, "policy": item.policy, "reason": item.reason}
        | {"old_value": dumps(item.old_value), "new_value": dumps(item.new_value)}
        for item in record.fields
    ]


def _read(row: Row[Any]) -> list[dict[str, Any]]:
    same = _picked(row, _READBACK)
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


def _changes(row: Row[Any]) -> list[dict[str, Any]]:
    # Wanted by this plan, too, and written by another.
    is_elsewhere = row.state == "confirmed" and row.sent_under not in {row.plan_hash, None}
    held = row.action in {"skip", "hold"} or is_elsewhere
    told = _picked(row, _CHANGE) | {
        "run_id": row.planned_by if is_elsewhere else row.sent_by or row.planned_by,
        "planned_at": row.created_at,
        "record_id": _home(row, row.action),
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
    return [
        told
        | {"field": field.field, "policy": field.policy, "reason": field.reason, "landed": landed.get(field.field)}
        | {"old_value": _hidden(field.old_value), "new_value": _hidden(field.new_value)}
        for field in fields
    ]


def _hidden(value: Json) -> str | None:
    return None if value is None else dumps(mask(value))
