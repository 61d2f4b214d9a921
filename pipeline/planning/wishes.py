"""Addresses that a plan would give to records: who wishes for which, and new people who wish for the same one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import is_blank

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pipeline.mapping import VendorMapping
    from pipeline.models import Json, PlanRow

ADDRESSES = frozenset({"email", "phone"})
NATIONAL_DIGITS = 9
WRITTEN_OVER = "one would be written over the other"
LEFT_OUT = "left out of the new record"


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
    wishes: Wishes, mapping: VendorMapping, first: dict[tuple[str, str], str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return who shares an address with another new person, where the vendor would make one record of both.

    The one has to wait; of the other, who is found by a mailbox, only the number is left out. `first`: (type, address)
    → the new person it goes to; those that are seen here for the first time are added.
    """
    target = mapping.objects[mapping.people]
    unique = {target.fields[name].type for name in target.identified_by} & ADDRESSES
    waiting: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for (kind, address), boxed in _new(wishes, unique).items():
        # Who has nothing but the number comes first.
        for key in sorted(boxed, key=lambda key: (boxed[key], key)):
            if first.setdefault((kind, address), key) == key:
                continue
            if kind == "phone" and boxed[key]:
                numbers[key] = f"another new person of this plan has the same phone: {LEFT_OUT}"
            else:
                waiting[key] = f"another new person of this plan has the same {kind}: {WRITTEN_OVER}"
    return waiting, numbers


def _new(wishes: Wishes, kinds: Collection[str]) -> dict[tuple[str, str], dict[str, bool]]:
    """Return (type, address with all its digits) → new person → whether there is a mailbox, too; of some types."""
    found: dict[tuple[str, str], dict[str, bool]] = {}
    for (kind, address), wishing in wishes.items():
        for wish in wishing:
            if wish.is_new and kind in kinds:
                whole = (
                    address if kind == "email" else "".join(sign for sign in str(wish.row.new_value) if sign.isdigit())
                )
                found.setdefault((kind, whole), {})[wish.row.person_key] = wish.has_mailbox
    return found


def folded(kind: str, value: Json) -> str:
    """Return an address as it is looked for: in lower case; of a number the digits that no country code changes.

    Numbers of ten digits that are folded alike may still be two.
    """
    text = str(value).strip().lower()
    return "".join(sign for sign in text if sign.isdigit())[-NATIONAL_DIGITS:] if kind == "phone" else text
