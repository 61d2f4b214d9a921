"""What was taken back is not written again by the next plan. Pure.

A field stays as the undo left it until our value for it changes; a tag, and either before that, until somebody
releases what was taken back (`leadflow undo RUN --release`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.planning.undo import REVERSE, same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pipeline.mapping import VendorMapping
    from pipeline.models import Json, PlanRow

TakenSpot = tuple[str, str, str, str]
"""(object, record id, field, tag; "" where it is no tag)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an undo took away from one field or tag: not to be written again. `action` is what the undo did."""

    undone: str
    settled_at: datetime
    action: str
    values: tuple[Json, ...]


def respected(rows: Sequence[PlanRow], taken: Mapping[TakenSpot, Taken], mapping: VendorMapping) -> list[PlanRow]:
    """Return a plan's rows without what was taken back before; each such row becomes a skip that says so."""
    if not taken:
        return list(rows)
    found = [told for row in rows for told in _respected(row, taken, mapping)]
    moving = {
        (row.object, row.record_id)
        for row in found
        if row.action == "convert" or (row.action == "update" and not _rides(row, mapping))
    }
    # What never was the only reason to write a record is not made one by leaving out the rest.
    return [
        row
        for row in found
        if row.action != "update" or (row.object, row.record_id) in moving or not _rides(row, mapping)
    ]


def _respected(row: PlanRow, taken: Mapping[TakenSpot, Taken], mapping: VendorMapping) -> list[PlanRow]:
    if row.lane != "normal" or row.record_id is None or row.field is None:
        return [row]
    if row.action in REVERSE:
        spots = {tag: (row.object, row.record_id, row.field, str(tag).casefold()) for tag in row.new_value or ()}
        left = [tag for tag, spot in spots.items() if spot in taken and taken[spot].action == REVERSE[row.action]]
        kept = [tag for tag in spots if tag not in left]
        told = [replace(row, new_value=kept)] if kept else []
        return [*told, *(_left(row, [tag], taken[spots[tag]]) for tag in left)]
    found = taken.get((row.object, row.record_id, row.field, ""))
    if row.action != "update" or found is None:
        return [row]
    kind = mapping.kind(row.object, row.field)
    if not any(same(kind, row.new_value, value) for value in found.values):
        return [row]
    return [_left(row, row.new_value, found)]


def _left(row: PlanRow, value: Json, taken: Taken) -> PlanRow:
    until = "until it is released" if row.action in REVERSE else "until our value changes or it is released"
    reason = f"run {taken.undone[:8]} was taken back on {taken.settled_at:%Y-%m-%d}: left {until}"
    return replace(row, action="skip", new_value=value, reason=reason)


def _rides(row: PlanRow, mapping: VendorMapping) -> bool:
    target = mapping.objects.get(row.object)
    rule = target.fields.get(row.field or "") if target is not None else None
    return rule is not None and rule.rides_along
