"""A second record of a person beside the first one: what only it has, what cannot move, what would be lost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import equivalent, is_blank

if TYPE_CHECKING:
    from pipeline.mapping import VendorMapping
    from pipeline.models import Json
    from pipeline.planning.capabilities import Capabilities

NEVER_MOVED = frozenset({"id", "Owner", "Layout", "Tag", "Record_Image", "Email_Opt_Out", "Currency", "Exchange_Rate"})
"""Of the record itself, or moved by ways of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """Two records of one object, as mirrored.

    Attributes:
        kind: the vendor's object.
        here: the second record.
        there: the first one.
        written: field → what the plan writes to the first one.
        tagged: tags, lower case, that the plan adds to the first one.
        mapping: the vendor's mapping.
        capabilities: live fields: whatever can be written moves, mapped or not.
    """

    kind: str
    here: Mapping[str, Json]
    there: Mapping[str, Json]
    written: Mapping[str, Json]
    tagged: frozenset[str]
    mapping: VendorMapping
    capabilities: Capabilities

    def values(self) -> dict[str, Json]:
        """Return the values that only the second record has, also after this plan, as a write takes them."""
        return {
            name: sendable(self.here[name])
            for name in self._movable()
            if is_blank(self.there.get(name)) and is_blank(self.written.get(name))
        }

    def stuck(self) -> list[str]:
        """Return the fields whose values the first record cannot take: unique ones, old choices, unknown forms."""
        found = []
        for name, value in self.values().items():
            fact = self.capabilities.fact(self.kind, name)
            told = value if isinstance(value, list) else [value]
            is_old = fact is not None and fact.choices is not None and not fact.choices.issuperset(told)
            if value is None or is_old or (fact is not None and fact.is_unique):
                found.append(name)
        return found

    def tags(self) -> list[str]:
        """Return the tags of people that only the second record has; ours follow the person by themselves."""
        rule = self.mapping.objects[self.kind].tags
        have = {folded(tag) for tag in tags_of(self.there)} | self.tagged
        prefix = rule.prefix if rule is not None else "lf-"
        found = [tag for tag in tags_of(self.here) if folded(tag) not in have]
        return sorted(tag for tag in found if not folded(tag).startswith(prefix))

    def has_room(self) -> bool:
        """Return whether the first record takes these tags."""
        rule, tags = self.mapping.objects[self.kind].tags, self.tags()
        have = {folded(tag) for tag in tags_of(self.there)} | self.tagged
        return not tags or rule is None or rule.per_record is None or len(have) + len(tags) <= rule.per_record

    def image(self) -> dict[str, Json]:
        """Return every value of the second record."""
        fields = sorted(self.capabilities.fields[self.kind])
        return {name: self.here[name] for name in fields if not is_blank(self.here.get(name))}

    def lost(self) -> list[str]:
        """Return the fields in which the first record keeps another value."""
        found = []
        for name in self._movable():
            now = self.written.get(name, self.there.get(name))
            is_lookup = isinstance(now, dict) and "id" in now
            told = "lookup" if is_lookup else self.mapping.kind(self.kind, name)
            if not is_blank(now) and not equivalent(told, self.here[name], now):
                found.append(name)
        return found

    def _movable(self) -> list[str]:
        """Return the fields of people in which the second record has a value; our key and scores are not theirs."""
        return [
            name
            for name in sorted(self.capabilities.fields.get(self.kind, ()))
            if name not in NEVER_MOVED and name != self.mapping.key_field
            if self.mapping.policy(self.kind, name) != "ours" and self.capabilities.takes(self.kind, name)
            if not is_blank(self.here.get(name))
        ]


def tags_of(record: Mapping[str, Json]) -> list[str]:
    """Return the tags of a record as people spell them."""
    told = record.get("Tag") or record.get("tags") or []
    return [str(tag["name"] if isinstance(tag, Mapping) else tag) for tag in told]


def folded(tag: str) -> str:
    """Return a tag for comparing."""
    return tag.strip().casefold()


def sendable(value: Json) -> Json:
    """Return a stored value in the form that a write takes, None for one that has none."""
    if isinstance(value, Mapping):
        return {"id": value["id"]} if value.get("id") else None
    if isinstance(value, list):
        return list(value) if all(isinstance(item, str) for item in value) else None
    return value
