"""A plan as intents: rows grouped into one write per record and operation, named by their content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from pipeline.models import Intent, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import Json, Lane, PlanRow

OPERATIONS: tuple[Operation, ...] = ("set_optout", "insert", "update", "remove_tags", "add_tags", "convert")
"""The order of writing: tags need the record that an insert makes; a conversion ends the lead."""

LANES: tuple[Lane, ...] = ("optout", "normal")


@dataclass(frozen=True, slots=True)
class Grouped:
    """One intent and the numbers of the plan rows it carries out."""

    intent: Intent
    row_numbers: tuple[int, ...]


def canonical(value: Json) -> str:
    """Return a JSON value as the one text that hashes are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(*parts: Json) -> str:
    """Return 32 hex digits that name the parts."""
    return hashlib.sha256(canonical(list(parts)).encode()).hexdigest()[:32]


def content_hash(vendor: str, rows: Sequence[PlanRow], rules_version: str, revisions: Sequence[int]) -> str:
    """Return the name of what a plan would do, whatever day it was made on.

    `revisions` are the base revisions of the rows, in their order: the same change after a confirmed write of
    the same record is another plan. The order of rows does not matter.
    """
    told = sorted(canonical([*_told(row), revision]) for row, revision in zip(rows, revisions, strict=True))
    return digest(vendor, rules_version, told)


def intent_id(intent: Intent) -> str:
    """Return the name of an intent: vendor, object, key, record, operation, base revision and payload."""
    told = [intent.vendor, intent.object, intent.person_key, intent.record_id, intent.operation, intent.lane]
    return digest(*told, intent.base_revision, dict(intent.payload), intent.attempt)


def group(rows: Sequence[PlanRow], revisions: Sequence[int], plan_hash: str) -> list[Grouped]:
    """Return the intents of the actionable rows, in the order of writing. Skips and holds have none."""
    members: dict[tuple[str, ...], list[int]] = {}
    for number, row in enumerate(rows):
        if row.action in get_args(Operation):
            key = (row.lane, row.object, row.record_id or "", row.person_key, row.action)
            members.setdefault(key, []).append(number)
    found = [
        _intent([rows[number] for number in numbers], numbers, revisions, plan_hash) for numbers in members.values()
    ]
    return sorted(found, key=lambda item: order(item.intent))


def order(intent: Intent) -> tuple[int, int]:
    """Return the place of an intent in the order of writing: opt-outs first, then by operation."""
    rank = OPERATIONS.index(intent.operation) if intent.operation in OPERATIONS else len(OPERATIONS)
    return (LANES.index(intent.lane), rank)


def _intent(rows: Sequence[PlanRow], numbers: Sequence[int], revisions: Sequence[int], plan_hash: str) -> Grouped:
    first = rows[0]
    intent = Intent(
        intent_id="",
        vendor=first.vendor,
        object=first.object,
        person_key=first.person_key,
        record_id=first.record_id,
        operation=first.action,  # type: ignore[arg-type]  # the caller grouped operations only
        payload=_payload(rows),
        lane=first.lane,
        base_revision=revisions[numbers[0]],
        plan_hash=plan_hash,
    )
    return Grouped(named(intent), tuple(numbers))


def named(intent: Intent, **changes: Json) -> Intent:
    """Return an intent with changes, under the name that its content gives it."""
    told: Mapping[str, Json] = {slot: getattr(intent, slot) for slot in Intent.__slots__}
    changed = Intent(**{**told, **changes})
    return Intent(**{**told, **changes, "intent_id": intent_id(changed)})


def _payload(rows: Sequence[PlanRow]) -> dict[str, Json]:
    action = rows[0].action
    if action in {"add_tags", "remove_tags"}:
        return {"tags": sorted({tag for row in rows for tag in row.new_value or ()})}
    if action == "convert":
        return dict(rows[0].new_value or {})
    return {row.field: row.new_value for row in rows if row.field is not None}


def _told(row: PlanRow) -> list[Json]:
    where = [row.lane, row.object, row.record_id, row.person_key, row.action, row.field]
    return [*where, row.old_value, row.new_value, row.policy, row.reason]
