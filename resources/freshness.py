"""What moved at a vendor between planning and sending: what changed since the mirror was read.

A row whose planned field holds another value now than the plan saw goes back to planning; a person who opted out
in the meantime is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.planning.equivalence import contains, equivalent
from pipeline.planning.plans import REFERENCED
from pipeline.planning.settle import TAG_FIELDS

if TYPE_CHECKING:
    from pipeline.mapping import VendorMapping
    from pipeline.models import Intent, Json, PlanRow

Place = tuple[str, str]

LAG = timedelta(seconds=30)
"""How long after a change a list may still not show it: the next look begins so much before the newest record."""


@dataclass(frozen=True, slots=True)
class Delta:
    """Records of one vendor that changed lately: (object, record id) → fields, in the words of the plan.

    Attributes:
        records: the fields of each.
        read_to: feed → up to where this tells what the vendor holds; feeds without a newer record are not in it.
    """

    records: Mapping[Place, Mapping[str, Json]]
    read_to: Mapping[str, str] = field(default_factory=dict)

    def joined(self, other: Delta) -> Delta:
        """Return the records of both."""
        return Delta({**self.records, **other.records}, {**self.read_to, **other.read_to})

    def moved(self, intents: Sequence[Intent], rows: Iterable[PlanRow], mapping: VendorMapping) -> dict[str, str]:
        """Return intent id → why to plan again, for records that no longer hold what the plan saw."""
        told = self.differing(rows, mapping)
        acts = {intent.intent_id: ((intent.object, intent.record_id or ""), intent.operation) for intent in intents}
        return {intent_id: told[act] for intent_id, act in acts.items() if act in told}

    def differing(self, rows: Iterable[PlanRow], mapping: VendorMapping) -> dict[tuple[Place, str], str]:
        """Return (place, action) → why to plan again, for rows of a plan whose record holds something else now."""
        found: dict[tuple[Place, str], str] = {}
        for row in rows:
            place = (row.object, row.record_id or "")
            now = self.records.get(place)
            if now is not None and row.field is not None and not _same(row, now, mapping):
                found.setdefault((place, row.action), f"{row.field} was changed there since the plan was made")
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
    pages: Iterable[tuple[str, list[dict[str, Any]]]],
    flat: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    moved_by: str = "",
    feeds: Mapping[str, str] | None = None,
) -> Delta:
    """Return the delta of (object, rows) pages; a record read twice counts as read last.

    Args:
        pages: what was read.
        flat: turns a record into the words of the plan.
        moved_by: the record's time stamp of its latest change, ISO 8601.
        feeds: object → feed, for those whose newest record tells how far the feed was read.
    """
    found: dict[Place, dict[str, Any]] = {}
    newest: dict[str, datetime] = {}
    for kind, rows in pages:
        for row in rows:
            if not row.get("id"):
                continue
            found[kind, str(row["id"])] = flat(row)
            if row.get(moved_by) and kind in (feeds or {}):
                moment = datetime.fromisoformat(str(row[moved_by])).astimezone(UTC)
                newest[kind] = max(moment, newest.get(kind, moment))
    return Delta(
        found, {feed: (newest[kind] - LAG).isoformat() for kind, feed in (feeds or {}).items() if kind in newest}
    )


def _same(row: PlanRow, now: Mapping[str, Json], mapping: VendorMapping) -> bool:
    if row.field in TAG_FIELDS:
        # Other people's tags do not matter: ours are added and removed one by one.
        return True
    if row.action in {"convert", "delete", *REFERENCED}:
        # Whether a record may go is looked at right before it goes.
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
