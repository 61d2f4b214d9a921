"""A plan as intents: rows grouped into one write per record and operation, named by their content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, get_args

from pipeline.models import Intent, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.models import Action, Json, Lane, PlanRow

OPERATIONS: tuple[Operation, ...] = (
    *("set_optout", "unenrol", "insert", "update", "remove_tags", "add_tags", "convert"),
    *("add_note", "add_task", "enrol", "delete"),
)
"""The order of writing: tags need the record that an insert makes; a conversion ends the lead; what hangs at a
record comes when the record is where it will stay; what a second record has is elsewhere before it goes."""

ACTIVITIES: frozenset[str] = frozenset({"add_task", "add_note"})
"""Operations that make something new beside a record: no vendor offers a key that keeps them from doubling."""

ENROLMENTS: frozenset[str] = frozenset({"enrol", "unenrol"})
"""Operations about workflows: no vendor tells who is in one."""

REFERENCED = ACTIVITIES | ENROLMENTS
"""Operations that are named by their reference alone, several of which may be about one record."""

LANES: tuple[Lane, ...] = ("optout", "normal")

ACTIONABLE = frozenset(get_args(Operation))

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Target(Protocol):
    """What a plan row, and a record of a stored plan, say about where they go."""

    @property
    def lane(self) -> Lane:
        """Return the lane."""
        ...

    @property
    def vendor(self) -> str:
        """Return the vendor."""
        ...

    @property
    def object(self) -> str:
        """Return the vendor's object."""
        ...

    @property
    def record_id(self) -> str | None:
        """Return the record, None for one that is to be made."""
        ...

    @property
    def person_key(self) -> str:
        """Return our key."""
        ...

    @property
    def action(self) -> Action:
        """Return what is done."""
        ...


@dataclass(frozen=True, slots=True)
class Grouped:
    """One intent and the numbers of the plan rows it carries out."""

    intent: Intent
    row_numbers: tuple[int, ...]


def canonical(value: Json) -> str:
    """Return a JSON value as the one text that hashes are made of."""
    return _ENCODER.encode(value)


def digest(*parts: Json) -> str:
    """Return 32 hex digits that name the parts."""
    return hashlib.sha256(canonical(list(parts)).encode()).hexdigest()[:32]


def by_record(rows: Sequence[PlanRow]) -> list[list[int]]:
    """Return the numbers of the rows of each record and action, in the order of their first rows."""
    members: dict[tuple[str, ...], list[int]] = {}
    for number, row in enumerate(rows):
        # Each event has a task of its own; all else that happens to a record is one write.
        apart = row.field or "" if row.action in REFERENCED else ""
        key = (row.lane, row.object, row.record_id or "", row.person_key, row.action, apart)
        members.setdefault(key, []).append(number)
    return list(members.values())


def told(rows: Sequence[PlanRow], numbers: Sequence[int], revision: int) -> str:
    """Return the name of what a plan does to one record, whatever the order of its rows."""
    first = rows[numbers[0]]
    fields = [_field(rows[number]) for number in numbers]
    names = [field[0] or "" for field in fields]
    fields.sort(key=(lambda field: field[0] or "") if len(set(names)) == len(names) else canonical)
    where = [first.lane, first.object, first.record_id, first.person_key, first.action]
    return digest(*where, revision, fields)


def content_hash(vendor: str, names: Iterable[str], rules_version: str) -> str:
    """Return the name of what a plan would do, whatever day it was made on.

    `names` are its records as `told`, each with its base revision: the same change after a confirmed write of
    the same record is another plan. Their order does not matter.
    """
    return digest(vendor, rules_version, sorted(names))


def intent_id(intent: Intent) -> str:
    """Return the name of an intent: vendor, object, key, record, operation, base revision and payload.

    A task, a note or an enrolment is named by the event alone: whatever its text, record or person have become
    meanwhile, it is
    the same write, and one that was confirmed is never made again.
    """
    if intent.operation in REFERENCED:
        return digest(intent.vendor, intent.operation, intent.payload["reference"], intent.attempt)
    told = [intent.vendor, intent.object, intent.person_key, intent.record_id, intent.operation, intent.lane]
    return digest(*told, intent.base_revision, dict(intent.payload), intent.attempt)


def group(rows: Sequence[PlanRow], revisions: Sequence[int], plan_hash: str) -> list[Grouped]:
    """Return the intents of the actionable rows, in the order of writing. Skips and holds have none."""
    found = []
    for numbers in by_record(rows):
        first = rows[numbers[0]]
        if first.action in ACTIONABLE:
            values = [(rows[number].field, rows[number].new_value) for number in numbers]
            intent = intent_of(first, values, base_revision=revisions[numbers[0]], plan_hash=plan_hash)
            found.append(Grouped(intent, tuple(numbers)))
    return sorted(found, key=lambda item: order(item.intent))


def intent_of(
    record: Target, values: Sequence[tuple[str | None, Json]], *, base_revision: int, plan_hash: str
) -> Intent:
    """Return the intent of one record and action; `values` are its fields and what they shall become."""
    intent = Intent(
        intent_id="",
        vendor=record.vendor,
        object=record.object,
        person_key=record.person_key,
        record_id=record.record_id,
        operation=record.action,  # type: ignore[arg-type]  # the caller chose actions that are operations
        payload=_payload(record.action, values),
        lane=record.lane,
        base_revision=base_revision,
        plan_hash=plan_hash,
    )
    return replace(intent, intent_id=intent_id(intent))


def order(intent: Intent) -> tuple[int, int]:
    """Return the place of an intent in the order of writing: opt-outs first, then by operation."""
    rank = OPERATIONS.index(intent.operation) if intent.operation in OPERATIONS else len(OPERATIONS)
    return (LANES.index(intent.lane), rank)


def named(intent: Intent, **changes: Json) -> Intent:
    """Return an intent with changes, under the name that its content gives it."""
    told: Mapping[str, Json] = {slot: getattr(intent, slot) for slot in Intent.__slots__}
    changed = Intent(**{**told, **changes})
    return Intent(**{**told, **changes, "intent_id": intent_id(changed)})


def _payload(action: str, values: Sequence[tuple[str | None, Json]]) -> dict[str, Json]:
    if action in {"add_tags", "remove_tags"}:
        return {"tags": sorted({tag for _, tags in values for tag in tags or ()})}
    if action in {"convert", "delete", *REFERENCED}:
        return dict(values[0][1] or {})
    return {field: value for field, value in values if field is not None}


def _field(row: PlanRow) -> list[Json]:
    return [row.field, row.old_value, row.new_value, row.policy, row.reason]
