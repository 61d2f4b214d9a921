"""A plan in numbers: records by action and object, fields, and the reasons of what is held or left."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from pipeline.planning.plans import REFERENCED
from pipeline.planview.masks import mask_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models import PlanRow

WRITES = (
    *("set_optout", "unenrol", "delete", "convert", "update", "remove_tags", "add_tags", "insert"),
    *("add_task", "add_note", "enrol"),
)
"""The order in which records are listed: what touches existing ones comes before new ones."""

_NAMED = re.compile(r"^duplicate of \S+$")


def actions(rows: Sequence[PlanRow]) -> dict[str, dict[str, int]]:
    """Return action → object → records; a skipped field is not a skipped record."""
    seen = {
        (row.action, row.object, row.record_id, row.person_key)
        for row in rows
        if not (row.action == "skip" and row.field is not None)
    }
    counts: dict[str, dict[str, int]] = {}
    order = [*WRITES, "hold", "skip"]
    for action, kind, *_ in sorted(seen, key=lambda item: (order.index(item[0]), item[1])):
        counts.setdefault(action, {}).setdefault(kind, 0)
        counts[action][kind] += 1
    return counts


def fields(rows: Sequence[PlanRow]) -> dict[str, dict[str, int]]:
    """Return object → field → existing records in which it changes, most first."""
    beside = {"insert", "delete", *REFERENCED}
    changed = Counter(
        (row.object, row.field) for row in rows if row.field and row.action in WRITES and row.action not in beside
    )
    found: dict[str, dict[str, int]] = {}
    for (kind, name), count in sorted(changed.items(), key=lambda item: (-item[1], item[0])):
        found.setdefault(kind, {})[name] = count
    return found


def workflows(rows: Sequence[PlanRow]) -> list[str]:
    """Return which workflows a plan starts, and for how many people."""
    told = Counter(str(row.new_value["name"]) for row in rows if row.action == "enrol")
    return [f"workflow {name!r} for {number:,} people" for name, number in sorted(told.items())]


def reasons(rows: Sequence[PlanRow], action: str) -> list[dict[str, Any]]:
    """Return why records are held or skipped, most frequent first; personal data never stands in a reason."""
    told = Counter(_grouped(row.reason) for row in rows if row.action == action and row.field is None)
    return [{"reason": reason, "records": count} for reason, count in _ranked(told)]


def kept(rows: Sequence[PlanRow]) -> list[dict[str, Any]]:
    """Return which fields stay as people left them, and why, most frequent first."""
    told = Counter(
        (row.object, row.field, mask_reason(row.reason)) for row in rows if row.action == "skip" and row.field
    )
    return [
        {"object": kind, "field": name, "reason": reason, "records": count}
        for (kind, name, reason), count in _ranked(told)
    ]


def _grouped(reason: str) -> str:
    return "duplicate of another record of the person" if _NAMED.match(reason) else mask_reason(reason)


def _ranked(told: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(told.items(), key=lambda item: (-item[1], item[0]))
