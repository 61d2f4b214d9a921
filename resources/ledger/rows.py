"""Rows of a plan, in and out of the ledger: kept per record and action, because a plan has millions of fields."""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, select

from pipeline.models import Action, Json, Lane, PlanRow
from pipeline.planning.plans import ACTIONABLE
from resources.ledger.store import loads
from resources.ledger.writes import plan_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Row

BATCH = 2000
"""Records in memory at once while a plan is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredField:
    """One row of a plan as stored within its record."""

    row_no: int
    field: str | None
    old_value: Json
    new_value: Json
    policy: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """What a plan does to one record."""

    record_no: int
    lane: Lane
    vendor: str
    object: str
    record_id: str | None
    person_key: str
    action: Action
    base_revision: int
    intent_id: str | None
    fields: tuple[StoredField, ...]


def read_records(
    connection: Connection, plan_hash: str, *, actions: Sequence[str] | None = None
) -> Iterator[StoredRecord]:
    """Yield the stored records of a plan (of some actions) in their order."""
    query = select(plan_records).where(plan_records.c.plan_hash == plan_hash)
    query = query.where(plan_records.c.action.in_(actions)) if actions is not None else query
    ordered = query.order_by(plan_records.c.record_no)
    for row in connection.execute(ordered, execution_options={"yield_per": BATCH}):
        yield as_record(row)


def unlinked(connection: Connection, plan_hash: str) -> Iterator[list[Row[Any]]]:
    """Yield the records that have no intent yet, in batches; the table may be written between two of them."""
    last = -1
    while True:
        mine = (plan_records.c.plan_hash == plan_hash) & (plan_records.c.record_no > last)
        query = select(plan_records).where(mine, plan_records.c.intent_id.is_(None))
        query = query.where(plan_records.c.action.in_(sorted(ACTIONABLE)))
        rows = connection.execute(query.order_by(plan_records.c.record_no).limit(BATCH)).all()
        if not rows:
            return
        last = rows[-1].record_no
        yield list(rows)


def new_values(row: Row[Any]) -> list[tuple[str | None, Json]]:
    """Return the fields of a stored record and what they shall become."""
    return [(field, new) for _, field, _, new, _, _ in loads(row.fields)]


def as_record(row: Row[Any]) -> StoredRecord:
    """Return a stored record."""
    return StoredRecord(
        record_no=row.record_no,
        lane=cast("Lane", row.lane),
        vendor=row.vendor,
        object=row.object,
        record_id=row.record_id,
        person_key=row.person_key,
        action=cast("Action", row.action),
        base_revision=row.base_revision,
        intent_id=row.intent_id,
        fields=fields_of(row.fields),
    )


def fields_of(text: str) -> tuple[StoredField, ...]:
    """Return the rows within a stored record."""
    return tuple(
        StoredField(
            row_no=number,
            # The same few words in every record: kept once.
            field=intern(field) if field is not None else None,
            old_value=old,
            new_value=new,
            policy=intern(policy) if policy is not None else None,
            reason=intern(reason),
        )
        for number, field, old, new, policy, reason in loads(text)
    )


def plan_rows_of(record: StoredRecord) -> list[tuple[int, PlanRow]]:
    """Return the plan rows that a record was made of, with their numbers."""
    return [
        (
            field.row_no,
            PlanRow(
                lane=record.lane,
                vendor=record.vendor,
                object=record.object,
                record_id=record.record_id,
                person_key=record.person_key,
                action=record.action,
                field=field.field,
                old_value=field.old_value,
                new_value=field.new_value,
                policy=field.policy,
                reason=field.reason,
            ),
        )
        for field in record.fields
    ]


def read_rows(connection: Connection, plan_hash: str) -> list[tuple[int, PlanRow]]:
    """Return the rows of a plan in their order, with their numbers."""
    numbered = [pair for record in read_records(connection, plan_hash) for pair in plan_rows_of(record)]
    return sorted(numbered, key=lambda pair: pair[0])


def rows_of_records(
    connection: Connection, plan_hash: str, record_ids: frozenset[str]
) -> Iterator[tuple[int, PlanRow]]:
    """Yield the rows of a plan, with their numbers, that are about some of the vendor's records."""
    query = select(plan_records).where(plan_records.c.plan_hash == plan_hash, plan_records.c.record_id.is_not(None))
    for row in connection.execute(query.order_by(plan_records.c.record_no), execution_options={"yield_per": BATCH}):
        if row.record_id in record_ids:
            yield from plan_rows_of(as_record(row))
