"""Addresses that a plan would give to records: who wishes for which, and new people who wish for the same one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import equivalent, is_blank

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """A row that would give an address to a record."""

    row: PlanRow
    has_mailbox: bool

    @property
    def is_new(self) -> bool:
        """Tell whether the record is to be created."""
        return self.row.action == "insert"


Wishes = dict[tuple[str, str], list[Wish]]


def wishes_of(rows: Sequence[PlanRow], mapping: VendorMapping) -> Wishes:
    """Return (type, address) → who would be given it: every insert, and updates where records are found by it."""
    found: list[tuple[PlanRow, str]] = []
    mailboxes: set[str] = set()
    for row in rows:
        if row.action not in {"insert", "update"} or row.field is None or is_blank(row.new_value):
            continue
        kind = mapping.kind(row.object, row.field)
        if kind in ADDRESSES and (row.action == "insert" or row.field in mapping.objects[row.object].identified_by):
            found.append((row, kind))
            if kind == "email":
                mailboxes.add(row.person_key)
    wishes: Wishes = {}
    for row, kind in found:
        wishes.setdefault((kind, folded(kind, row.new_value)), []).append(Wish(row, row.person_key in mailboxes))
    return wishes


def twins_of(
    wishes: Wishes, mapping: VendorMapping, first: dict[tuple[str, str], list[tuple[Json, str]]]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return who shares an address with another new person, where the vendor would make one record of both.

    The one has to wait; of the other, who is found by a mailbox, only the number is left out. `first`: (type, address
    as `folded`) → spellings of it, each with the new person it goes to; those that are seen here for the first time
    are added.
    """
    target = mapping.objects[mapping.people]
    unique = {target.fields[name].type for name in target.identified_by} & ADDRESSES
    waiting: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for (kind, address), wishing in wishes.items():
        # Who has nothing but the number comes first.
        for wish in sorted(wishing, key=lambda wish: (wish.has_mailbox, wish.row.person_key, str(wish.row.new_value))):
            if not wish.is_new or kind not in unique:
                continue
            given, key = first.setdefault((kind, address), []), wish.row.person_key
            holders = {holder for spelling, holder in given if equivalent(kind, spelling, wish.row.new_value)}
            if not holders:
                given.append((wish.row.new_value, key))
            if holders <= {key}:
                continue
            if kind == "phone" and wish.has_mailbox:
                numbers[key] = f"another new person of this plan has the same phone: {LEFT_OUT}"
            else:
                waiting[key] = f"another new person of this plan has the same {kind}: {WRITTEN_OVER}"
    return waiting, numbers


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
