"""Addresses that a plan would give to records: who wishes for which, and why some have to wait."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import is_blank

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pipeline.mapping import VendorMapping
    from pipeline.models import Json, PlanRow

ADDRESSES = frozenset({"email", "phone"})
ENDS = (7, 5)
"""Numbers that are one have the last of these digits in common, however they are spelled, and mostly the first."""
_WITH_COUNTRY = 11
"""From so many digits on a number has at least `ENDS[0]` that no spelling of it goes without."""

WRITTEN_OVER = "one would be written over the other"
LEFT_OUT = "left out of the new record"

_NO_DIGIT = re.compile("[^0-9]")


@dataclass(frozen=True, slots=True)
class Wish:
    """A row that would give an address to a record. `is_spare`: a number that a new record can do without."""

    row: PlanRow
    is_spare: bool

    @property
    def is_new(self) -> bool:
        """Tell whether the record is to be created."""
        return self.row.action == "insert"


Wishes = dict[tuple[str, str], list[Wish]]
Spot = tuple[str, str, str]
"""Object, record id ("" for a new record) and field."""
Unique = frozenset[tuple[str, str]]
"""Object and field of what only one record can have."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why something of a plan waits, and what: new people, fields of records, and the numbers of new people."""

    people: dict[str, str] = field(default_factory=dict)
    fields: dict[Spot, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)

    def concern(self, row: PlanRow) -> bool:
        """Tell whether an address waits already, or whoever would be given it."""
        if row.action == "insert":
            return row.person_key in self.people
        return spot_of(row) in self.fields


def wishes_of(rows: Sequence[PlanRow], mapping: VendorMapping, unique: Unique) -> Wishes:
    """Return (type, address) → who would be given it: every insert, and updates of what only one record can have."""
    boxed = mailboxes(rows, mapping)
    wishes: Wishes = {}
    for row in rows:
        if row.action not in {"insert", "update"} or row.field is None or is_blank(row.new_value):
            continue
        kind = mapping.kind(row.object, row.field)
        if kind in ADDRESSES and (row.action == "insert" or (row.object, row.field) in unique):
            wish = Wish(row, row.action == "insert" and is_spare(row, mapping, boxed))
            wishes.setdefault((kind, folded(kind, row.new_value)), []).append(wish)
    return wishes


def mailboxes(rows: Sequence[PlanRow], mapping: VendorMapping) -> frozenset[str]:
    """Return the new people who have a mailbox by which the vendor finds them."""
    return frozenset(row.person_key for row in rows if _finds(row, mapping, "email") and not is_blank(row.new_value))


def is_spare(row: PlanRow, mapping: VendorMapping, boxed: Collection[str]) -> bool:
    """Tell whether a field of a new record is a number that it can do without, being found by its mailbox."""
    return row.person_key in boxed and _finds(row, mapping, "phone")


def spot_of(row: PlanRow) -> Spot:
    """Return the field of a record that a row is about."""
    return (row.object, row.record_id or "", row.field or "")


def _finds(row: PlanRow, mapping: VendorMapping, kind: str) -> bool:
    names = mapping.objects[row.object].identified_by
    return row.action == "insert" and row.field in names and mapping.kind(row.object, row.field or "") == kind


def folded(kind: str, value: Json) -> str:
    """Return what all spellings of an address have in common: it in lower case; of a number the last digits.

    Two addresses that are folded alike may still be two.
    """
    return ends_of(value)[-1] if kind == "phone" else str(value).strip().lower()


def sought(kind: str, value: Json) -> str:
    """Return by what an address is looked for among the ends of numbers, as long as all spellings allow."""
    if kind != "phone":
        return folded(kind, value)
    return ends_of(value)[0 if len(_digits(value)) >= _WITH_COUNTRY else -1]


def ends_of(phone: Json) -> tuple[str, ...]:
    """Return the last digits of a number, as many as `ENDS` says."""
    digits = _digits(phone)
    return tuple(digits[-length:] for length in ENDS)


def _digits(phone: Json) -> str:
    return _NO_DIGIT.sub("", str(phone)).lstrip("0")
