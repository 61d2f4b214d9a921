"""What landed: every written field, read back and compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, select, update

from resources.ledger.bases import Base, keep
from resources.ledger.moves import as_intent, read
from resources.ledger.part import Part
from resources.ledger.rows import BATCH, fields_of
from resources.ledger.store import chunks, dumps, loads, upsert
from resources.ledger.writes import intents, plan_records, readings

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from pipeline.models import Intent, Json, Landed
    from resources.ledger.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One written field as found afterwards."""

    intent_id: str
    object: str
    record_id: str | None
    field: str
    sent: Json
    stored: Json
    landed: Landed


@dataclass(slots=True)
class Unread:
    """Written records of one object that wait to be read back: record id → intents in the order of writing.

    `fields`: everything that was written to one of them, `has_tags`: also tags; `since`: when the first of these
    writes was sent.
    """

    since: datetime
    records: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    has_tags: bool = False


class Readbacks(Part):
    """The read-back of confirmed intents."""

    def unread_records(self, vendor: str, operations: Collection[str]) -> dict[str, Unread]:
        """Return object → what waits to be read back of some operations, where the vendor named the record."""
        told = select(intents.c.intent_id, intents.c.operation, intents.c.payload, intents.c.sent_at)
        told = told.add_columns(intents.c.landed_object, intents.c.landed_id)
        query = told.where(_waiting(vendor), intents.c.operation.in_(operations), intents.c.landed_id.is_not(None))
        found: dict[str, Unread] = {}
        with self.store.read() as connection:
            ordered = query.order_by(intents.c.settled_at, intents.c.intent_id)
            for row in connection.execute(ordered, execution_options={"yield_per": BATCH}):
                sent = row.sent_at or self.now()
                place = found.setdefault(row.landed_object, Unread(sent))
                place.since = min(place.since, sent)
                place.records[row.landed_id] = (*place.records.get(row.landed_id, ()), row.intent_id)
                if row.operation in {"add_tags", "remove_tags"}:
                    place.has_tags = True
                else:
                    place.fields.update(loads(row.payload))
        return found

    def intents_named(self, names: Sequence[str]) -> dict[str, Intent]:
        """Return intents by id as they stand; those that do not exist are absent."""
        with self.store.read() as connection:
            return {name: as_intent(row) for name, row in read(connection, names).items()}

    def unread_count(self, vendor: str) -> int:
        """Return how many confirmed intents were not read back yet."""
        with self.store.read() as connection:
            return int(
                connection.execute(select(func.count()).select_from(intents).where(_waiting(vendor))).scalar_one()
            )

    def unread(self, vendor: str) -> list[Intent]:
        """Return confirmed intents that were not read back yet, oldest first."""
        query = select(intents).where(_waiting(vendor))
        with self.store.read() as connection:
            rows = connection.execute(query.order_by(intents.c.settled_at, intents.c.intent_id)).all()
        return [as_intent(row) for row in rows]

    def landed_in(self, names: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return intent id → (object, record id) that the vendor named when it confirmed the intent."""
        found: dict[str, tuple[str, str]] = {}
        with self.store.read() as connection:
            for part in chunks(names):
                query = select(intents).where(intents.c.intent_id.in_(part), intents.c.landed_id.is_not(None))
                found.update({row.intent_id: (row.landed_object, row.landed_id) for row in connection.execute(query)})
        return found

    def old_values(self, names: Sequence[str]) -> dict[str, dict[str, Json]]:
        """Return intent id → field → what the record held when the write was planned."""
        found: dict[str, dict[str, Json]] = {}
        told = select(plan_records.c.intent_id, plan_records.c.fields)
        # An intent may be in several plans: the one that it was sent under counts.
        sent = (intents.c.intent_id == plan_records.c.intent_id) & (intents.c.plan_hash == plan_records.c.plan_hash)
        with self.store.read() as connection:
            for part in chunks(names):
                for row in connection.execute(told.join(intents, sent).where(plan_records.c.intent_id.in_(part))):
                    fields = fields_of(row.fields)
                    found[row.intent_id] = {item.field: item.old_value for item in fields if item.field is not None}
        return found

    def record_readbacks(self, read: Sequence[Intent], found: Sequence[Reading], based: Sequence[Base]) -> None:
        """Record one round of reading in one transaction.

        Args:
            read: the intents that were read.
            found: their fields.
            based: new base values.
        """
        now = self.now()
        rows: dict[str, dict[str, Any]] = {}
        fields: dict[str, dict[str, Json]] = {}
        for reading in found:
            told = {"object": reading.object, "record_id": reading.record_id, "read_at": now}
            rows[reading.intent_id] = {"intent_id": reading.intent_id, **told}
            landed = [reading.sent, reading.stored, reading.landed]
            fields.setdefault(reading.intent_id, {})[reading.field] = landed
        with self.store.write() as connection:
            upsert(connection, readings, [row | {"fields": dumps(fields[name])} for name, row in rows.items()])
            if read:
                keep(connection, read[0].vendor, based, self)
            for part in chunks([intent.intent_id for intent in read]):
                connection.execute(update(intents).where(intents.c.intent_id.in_(part)).values(read_at=now))

    def mark_carried(self, vendor: str, person_keys: Sequence[str], is_carried: bool) -> None:
        """Record whether the records that conversions made hold our keys."""
        if not person_keys:
            return
        mine = (intents.c.vendor == vendor) & (intents.c.operation == "convert") & (intents.c.state == "confirmed")
        with self.store.write() as connection:
            for part in chunks(sorted(set(person_keys))):
                here = update(intents).where(mine, intents.c.person_key.in_(part))
                connection.execute(here.values(is_key_carried=is_carried))

    def landed_counts(self, plan_hash: str) -> dict[str, int]:
        """Return how the written fields of one plan landed: class → count."""
        counts: Counter[str] = Counter()
        query = select(readings.c.fields).join(intents, intents.c.intent_id == readings.c.intent_id)
        with self.store.read() as connection:
            for text in connection.execute(query.where(intents.c.plan_hash == plan_hash)).scalars():
                counts.update(landed for _, _, landed in loads(text).values())
        return dict(counts)


def _waiting(vendor: str) -> ColumnElement[bool]:
    mine = (intents.c.vendor == vendor) & (intents.c.state == "confirmed") & intents.c.read_at.is_(None)
    return mine & (intents.c.operation != "enrich")


def landed_by_person(store: Store, plan_hash: str, people: Sequence[str]) -> dict[str, set[str]]:
    """Return person key → how what a plan wrote to the person landed; `unanswered` where nobody can say.

    Deletions are left out: they wait for the answer.
    """
    found: dict[str, set[str]] = {}
    told = select(intents.c.person_key, intents.c.state, readings.c.fields)
    told = told.outerjoin(readings, readings.c.intent_id == intents.c.intent_id)
    with store.read() as connection:
        for part in chunks(people):
            mine = (intents.c.plan_hash == plan_hash) & intents.c.person_key.in_(part)
            for row in connection.execute(told.where(mine, intents.c.operation != "delete")):
                words = {landed for _, _, landed in loads(row.fields or "{}").values()}
                is_known = row.state == "confirmed" and row.fields is not None
                found.setdefault(row.person_key, set()).update(words if is_known else {"unanswered"})
    return found
