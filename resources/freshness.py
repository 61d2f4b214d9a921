"""What moved at a vendor between planning and sending: what changed since the mirror was read.

A row whose planned field holds another value now than the plan saw goes back to planning; a person who opted out
in the meantime is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.planning.equivalence import contains, equivalent
from pipeline.planning.plans import ACTIVITIES
from pipeline.planning.settle import TAG_FIELDS

if TYPE_CHECKING:
    from pipeline.mapping import VendorMapping
    from pipeline.models import Intent, Json, PlanRow

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Delta:
    """Records of one vendor that changed lately: (object, record id) → fields, in the words of the plan."""

    records: Mapping[Place, Mapping[str, Json]]

    def joined(self, other: Delta) -> Delta:
        """Return the records of both."""
        return Delta({**self.records, **other.records})

    def moved(self, intents: Sequence[Intent], rows: Iterable[PlanRow], mapping: VendorMapping) -> dict[str, str]:
        """Return intent id → why to plan again, for records that no longer hold what the plan saw."""
        seen: dict[tuple[Place, str], list[PlanRow]] = {}
        for row in rows:
            if row.record_id is not None:
                seen.setdefault(((row.object, row.record_id), row.action), []).append(row)
        found: dict[str, str] = {}
        for intent in intents:
            place = (intent.object, intent.record_id or "")
            now = self.records.get(place)
            if now is None:
                continue
            for row in seen.get((place, intent.operation), ()):
                if row.field is not None and not _same(row, now, mapping):
                    found[intent.intent_id] = f"{row.field} was changed there since the plan was made"
                    break
        return found

    def opted_out(self, mapping: VendorMapping) -> dict[Place, str]:
        """Return place → reason, for records that now say: no e-mail."""
        found: dict[Place, str] = {}
        for place, values in self.records.items():
            target = mapping.objects.get(place[0])
            rule = target.optout.get("email") if target is not None else None
            if rule is None:
                continue
            for path, marks in rule.shown_by.items():
                if _at(values, path) in marks:
                    found[place] = "opted out of e-mail since the plan was made"
        return found


def collect(
    pages: Iterable[tuple[str, list[dict[str, Any]]]], flat: Callable[[dict[str, Any]], dict[str, Any]]
) -> Delta:
    """Return the delta of (object, rows) pages; a record read twice counts as read last."""
    return Delta({(kind, str(row["id"])): flat(row) for kind, rows in pages for row in rows if row.get("id")})


def _same(row: PlanRow, now: Mapping[str, Json], mapping: VendorMapping) -> bool:
    if row.field in TAG_FIELDS:
        # Other people's tags do not matter: ours are added and removed one by one.
        return True
    if row.action == "convert" or row.action in ACTIVITIES:
        return True
    stored = now.get(row.field or "")
    kind = mapping.kind(row.object, row.field or "")
    return (
        equivalent(kind, row.old_value, stored)
        or equivalent(kind, row.new_value, stored)
        or (isinstance(row.new_value, dict) and contains(stored, row.new_value))
    )


def _at(values: Mapping[str, Json], path: str) -> Json:
    found: Json = values
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
