"""Second records of one person: what of them goes to the first, and whether they are marked or deleted. Pure.

Off by default (`rules/gates.yaml: duplicates`). Zoho's own merge call exists in late versions only, and merges whatever
hangs on a record without asking (Zoho fact sheet §7.4); here each value that moves is a planned row, and a record goes
only when nothing of it is lost but values that the first record has otherwise, which the plan keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from pipeline.models import Json, PlanRow
from pipeline.planning.seconds import Second, folded, tags_of
from pipeline.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pipeline.mapping import VendorMapping
    from pipeline.planning.capabilities import Capabilities
    from pipeline.planning.desired import Desired

Place = tuple[str, str]

MARK = "lf-duplicate"
MERGED = "merged"
"""Policy of a value that came from a second record."""


class Duplicates(Rule):
    """What is done with second records: `show`, `mark` with a tag, or `delete`; at most so many in one plan."""

    action: Literal["show", "mark", "delete"] = "show"
    most: int = Field(default=20, ge=0)


@dataclass(slots=True, kw_only=True)
class Merging:
    """What second records are compared with.

    Attributes:
        rule: what is to be done.
        theirs: the mirror.
        mapping: the vendor's mapping.
        capabilities: live fields.
        busy: second records that something hangs on, as far as the mirror shows.
        taken: second records that the plan marks or deletes.
        written: first record → field → what the plan writes there.
        tagged: first record → tags, lower case, that the plan adds.
        left: people who are held back; those whom this plan holds back, opts out or converts come on top.
    """

    rule: Duplicates
    theirs: Mapping[Place, Mapping[str, Json]]
    mapping: VendorMapping
    capabilities: Capabilities
    busy: Collection[Place] = frozenset()
    taken: int = 0
    written: dict[Place, dict[str, Json]] = field(default_factory=dict)
    tagged: dict[Place, frozenset[str]] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)

    def merged(self, rows: Sequence[PlanRow], seconds: Sequence[Desired]) -> list[PlanRow]:
        """Return a plan's rows with what the rule says about second records in place of the rows that name them."""
        if self.rule.action == "show":
            return list(rows)
        for row in rows:
            place = (row.object, row.record_id or "")
            if row.action == "update":
                self.written.setdefault(place, {})[row.field or ""] = row.new_value
            elif row.action == "add_tags":
                self.tagged[place] = self.tagged.get(place, frozenset()) | {folded(tag) for tag in row.new_value}
            elif row.action in {"hold", "set_optout", "convert"}:
                self.left.add(row.person_key)
        ordered = sorted(seconds, key=lambda one: (one.object or "", one.record_id or ""))
        told = {(one.object or "", one.record_id or ""): self._rows(one) for one in ordered}
        named = [row for row in rows if not (row.action == "skip" and (row.object, row.record_id) in told)]
        return [*named, *(row for found in told.values() for row in found)]

    def _rows(self, wanted: Desired) -> list[PlanRow]:
        place, first = (wanted.object or "", wanted.record_id or ""), wanted.duplicate_of or ("", "")
        blank = PlanRow(
            vendor=self.mapping.vendor,
            object=place[0],
            record_id=place[1],
            person_key=wanted.person_key,
            action="skip",
            reason=f"duplicate of {'/'.join(first)}",
        )
        why_not = next(self._obstacles(wanted, place, first), None)
        if why_not is not None:
            return [replace(blank, reason=f"{blank.reason}; not merged: {why_not}")]
        second = self._second(place, first)
        values, tags = second.values(), second.tags()
        is_marked = MARK in map(folded, tags_of(second.here))
        if self.rule.action == "mark" and is_marked and not values and not tags:
            return [blank]
        self.taken += 1
        moved = replace(blank, record_id=first[1], reason=f"from its second record {'/'.join(place)}")
        found = [
            replace(moved, action="update", field=name, new_value=value, policy=MERGED)
            for name, value in values.items()
        ]
        lost = second.lost()
        if tags:
            there = tags_of(second.there)
            found.append(self._tagging(moved, there, tags))
        if self.rule.action == "delete":
            found.append(_deletion(blank, second, first, lost))
        elif not is_marked:
            found.append(self._tagging(blank, tags_of(second.here), [MARK]))
        self.written.setdefault(first, {}).update(values)
        self.tagged[first] = self.tagged.get(first, frozenset()) | {folded(tag) for tag in tags}
        return found

    def _tagging(self, row: PlanRow, there: list[str], tags: list[str]) -> PlanRow:
        rule = self.mapping.objects[row.object].tags
        name = rule.field if rule is not None else None
        return replace(row, action="add_tags", field=name, old_value=sorted(there), new_value=tags, policy="union")

    def _second(self, place: Place, first: Place) -> Second:
        return Second(
            kind=place[0],
            here=self.theirs[place],
            there=self.theirs[first],
            written=self.written.get(first, {}),
            tagged=self.tagged.get(first, frozenset()),
            mapping=self.mapping,
            capabilities=self.capabilities,
        )

    def _obstacles(self, wanted: Desired, place: Place, first: Place) -> Iterator[str]:
        """Yield why a second record is left alone; nothing is asked for that an earlier reason makes meaningless."""
        target = self.mapping.objects.get(place[0])
        if place[0] != first[0]:
            yield f"the first one is among the {first[0]}, only a person can join them"
        if target is None or target.tags is None or place[0] not in self.capabilities.fields:
            yield "nothing is known of its fields"
            return
        if place not in self.theirs or first not in self.theirs:
            yield "one of the two is not in the mirror"
            return
        if wanted.person_key in self.left:
            yield "the person is held back, or converted"
        if place in self.busy:
            yield "a deal belongs to it"
        second = self._second(place, first)
        if stuck := second.stuck():
            yield f"what it has in {', '.join(stuck)} cannot be moved"
        if not second.has_room():
            yield "the first one has no room for its tags"
        room, own = target.tags.per_record, tags_of(second.here)
        if self.rule.action == "mark" and room is not None and len(own) >= room and MARK not in map(folded, own):
            yield "it has no room for another tag"
        if self.taken >= self.rule.most:
            yield f"one plan takes {self.rule.most} at most"


def _deletion(row: PlanRow, second: Second, first: Place, lost: Sequence[str]) -> PlanRow:
    keeps = f"keeps its own {', '.join(lost)}" if lost else "has what it has"
    terms: dict[str, Json] = {
        "duplicate_of": {"object": first[0], "id": first[1]},
        # Whoever changes it until it is deleted, keeps it.
        "modified_at": second.here.get("Modified_Time"),
    }
    told = f"{row.reason}, which {keeps}"
    return replace(row, action="delete", field="id", old_value=second.image(), new_value=terms, reason=told)
