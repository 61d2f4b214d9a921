"""A value that only one record can have is given to one record of a plan; the others wait for the next plan.

A vendor refuses the second of two records with one address, or writes one over the other. Who loses what hurts most
comes first: a new person who is nobody without the value, then records that change, then the number of a new person
who is found by a mailbox; among those the smaller key. Of a plan in parts an earlier part comes first.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.planning.capabilities import Capabilities
from pipeline.planning.equivalence import equivalent, is_blank
from pipeline.planning.wishes import (
    ADDRESSES,
    LEFT_OUT,
    WRITTEN_OVER,
    Reasons,
    Unique,
    folded,
    is_spare,
    mailboxes,
    spot_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.mapping import VendorMapping
    from pipeline.models import PlanRow

ONE_ALONE = "only one can have it, the next plan decides"


def unique_fields(mapping: VendorMapping, capabilities: Capabilities | None = None) -> Unique:
    """Return the mapped fields whose value only one record can have: the vendor finds records by it, or says so.

    Our key is not among them: it is one per person.
    """
    live = capabilities or Capabilities()
    return frozenset(
        (kind, name)
        for kind, target in mapping.objects.items()
        for name in target.fields
        if name in target.identified_by
        or (name != mapping.key_field and (fact := live.fact(kind, name)) is not None and fact.is_unique)
    )


class Rivals:
    """Gives the values of unique fields to the records of a plan that comes in parts."""

    def __init__(self, mapping: VendorMapping, unique: Unique) -> None:
        self._mapping, self._unique = mapping, unique
        self._given: dict[tuple[str, str, str], list[PlanRow]] = {}

    def judge(self, rows: Sequence[PlanRow], reasons: Reasons) -> None:
        """Give values to those who do not wait already, and add to `reasons` who has to wait for another record."""
        asking = [row for row in rows if self._is_asked(row) and not reasons.concern(row)]
        boxed = mailboxes(rows, self._mapping)
        spare = [row for row in asking if is_spare(row, self._mapping, boxed) and row.person_key not in reasons.numbers]
        needed = [row for row in asking if row.action == "insert" and not is_spare(row, self._mapping, boxed)]
        # Who has nothing but the number comes first.
        needed.sort(key=lambda row: (row.person_key in boxed, row.person_key, row.field or ""))
        for key, musts in groupby(needed, key=lambda row: row.person_key):
            self._take_all(key, list(musts), reasons)
        for row in sorted((row for row in asking if row.action == "update"), key=_place):
            if (told := self._taken(row)) is not None:
                reasons.fields[spot_of(row)] = f"{told}: {ONE_ALONE}"
        for row in sorted(spare, key=_place):
            if row.person_key not in reasons.people and (told := self._taken(row)) is not None:
                reasons.numbers[row.person_key] = f"{told}: {LEFT_OUT}"

    def _take_all(self, key: str, musts: Sequence[PlanRow], reasons: Reasons) -> None:
        rivals = [rival for row in musts if (rival := self._rival(row)) is not None]
        if rivals:
            reasons.people[key] = f"{rivals[0]}: {WRITTEN_OVER}"
        else:
            self._give(musts)

    def _taken(self, row: PlanRow) -> str | None:
        """Give a row its value, or return who has it."""
        rival = self._rival(row)
        if rival is None:
            self._give([row])
        return rival

    def _give(self, rows: Iterable[PlanRow]) -> None:
        for row in rows:
            self._given.setdefault(self._near(row), []).append(row)

    def _rival(self, row: PlanRow) -> str | None:
        """Return in words who is given the same value already."""
        kind = self._mapping.kind(row.object, row.field or "")
        what = kind if kind in ADDRESSES else row.field
        for other in self._given.get(self._near(row), ()):
            # Only numbers that have the same end may still differ.
            is_same = kind != "phone" or equivalent(kind, other.new_value, row.new_value)
            if is_same and (other.person_key, other.record_id) != (row.person_key, row.record_id):
                if other.action == "update":
                    return f"{other.object}/{other.record_id} is given the same {what} by this plan"
                return f"{'another' if row.action == 'insert' else 'a'} new person of this plan has the same {what}"
        return None

    def _near(self, row: PlanRow) -> tuple[str, str, str]:
        name = row.field or ""
        return (row.object, name, folded(self._mapping.kind(row.object, name), row.new_value))

    def _is_asked(self, row: PlanRow) -> bool:
        is_write = row.action in {"insert", "update"} and (row.object, row.field) in self._unique
        return is_write and not is_blank(row.new_value)


def _place(row: PlanRow) -> tuple[str, str, str, str]:
    return (row.person_key, *spot_of(row))
