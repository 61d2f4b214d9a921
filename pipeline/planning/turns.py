"""Whose turn it is: an address is given to one record only when it no longer stands on another.

A vendor that finds records by address would take a new person for the old one, and write one over the other; and it
refuses a second record with the same address. So an insert is held while a field that only one record can have (the
vendor finds records by it, or says so in its metadata) has its value there, and at any vendor while this very plan is
about to take the address away from another record: the next run sends it. A change of such a field waits in the same
way, and the rest of its record does not. A number that stands on another record, or goes to another one, is left out
of a new record that is found by its mailbox. Who gets what several records of one plan are given: `rivals`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import equivalent, is_blank
from pipeline.planning.rivals import Rivals, unique_fields
from pipeline.planning.wishes import (
    ADDRESSES,
    LEFT_OUT,
    WRITTEN_OVER,
    Reasons,
    Unique,
    Wish,
    Wishes,
    folded,
    is_spare,
    mailboxes,
    sought,
    spot_of,
    wishes_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pipeline.mapping import VendorMapping
    from pipeline.models import Json, PlanRow

    Place = tuple[str, str]
    Fields = Mapping[str, Json]


class Turns:
    """Judges a plan that comes in parts, whole people at a time.

    Who would be given an address that stands on a record waits until the whole plan is known (`rest`); everybody else
    passes at once (`admitted`).
    """

    def __init__(
        self,
        mapping: VendorMapping,
        *,
        standing: Callable[[Mapping[str, Sequence[str]]], Mapping[Place, Fields]],
        unique: Unique | None = None,
    ) -> None:
        """`standing`: addresses by type, as `sought` gives them → living records that may have one of them.

        `unique`: fields whose value only one record can have; those of the mapping alone when it is not told.
        """
        self._mapping, self._standing = mapping, standing
        self._unique = unique_fields(mapping) if unique is None else unique
        self._rivals = Rivals(mapping, self._unique)
        self._leaving: set[tuple[str, str | None, str | None]] = set()
        self._theirs: dict[Place, Fields] = {}
        self._aside: list[PlanRow] = []

    def admitted(self, rows: Sequence[PlanRow]) -> list[PlanRow]:
        """Return those rows of a part that need not wait for the rest of the plan; who comes second is held."""
        self._leaving |= _leaving(rows, self._mapping)
        wishes = wishes_of(rows, self._mapping, self._unique)
        theirs = self._standing(_asked(wishes)) if wishes else {}
        hit = set()
        for place, _, wish in _standing(theirs, self._mapping, wishes):
            if (wish.row.object, wish.row.record_id or "") != place:
                hit.add(wish.row.person_key)
                self._theirs[place] = theirs[place]
        self._aside += [row for row in rows if row.person_key in hit]
        passing, reasons = [row for row in rows if row.person_key not in hit], Reasons()
        self._rivals.judge(passing, reasons)
        return list(_waiting(passing, reasons, self._mapping))

    def rest(self) -> list[PlanRow]:
        """Return the rows that waited: as they are, or held and skipped with the reason."""
        rows = self._aside
        reasons = _judged(rows, self._theirs, self._leaving, self._mapping, self._unique)
        self._rivals.judge(rows, reasons)
        return list(_waiting(rows, reasons, self._mapping))


def in_turn(
    rows: Sequence[PlanRow], theirs: Mapping[Place, Fields], mapping: VendorMapping, unique: Unique | None = None
) -> list[PlanRow]:
    """Return the plan with a `hold` instead of every insert that has to wait, a `skip` instead of every such field.

    A field of a new record that is left out for good is a `skip`, too.

    Args:
        rows: the plan of one vendor.
        theirs: (object, record id) → the vendor's fields as mirrored; living records only.
        mapping: the vendor's mapping.
        unique: fields whose value only one record can have; those of the mapping alone when it is not told.
    """
    alone = unique_fields(mapping) if unique is None else unique
    reasons = _judged(rows, theirs, _leaving(rows, mapping), mapping, alone)
    Rivals(mapping, alone).judge(rows, reasons)
    return list(_waiting(rows, reasons, mapping))


def _asked(wishes: Wishes) -> dict[str, list[str]]:
    """Return by what the addresses are looked for, by type."""
    asked: dict[str, set[str]] = {kind: set() for kind in sorted(ADDRESSES)}
    for (kind, _), wishing in wishes.items():
        asked[kind] |= {sought(kind, wish.row.new_value) for wish in wishing}
    return {kind: sorted(found) for kind, found in asked.items()}


def _leaving(rows: Sequence[PlanRow], mapping: VendorMapping) -> set[tuple[str, str | None, str | None]]:
    """Return the fields whose address a plan takes away or changes."""
    return {
        (row.object, row.record_id, row.field)
        for row in rows
        if row.action == "update" and row.field is not None and mapping.kind(row.object, row.field) in ADDRESSES
    }


def _judged(
    rows: Sequence[PlanRow],
    theirs: Mapping[Place, Fields],
    leaving: set[tuple[str, str | None, str | None]],
    mapping: VendorMapping,
    unique: Unique,
) -> Reasons:
    """Return who has to wait for a record that has the address already."""
    reasons = Reasons()
    for place, name, wish in _standing(theirs, mapping, wishes_of(rows, mapping, unique)):
        what, row = mapping.kind(place[0], name), wish.row
        alone = (place[0], name) in unique and (row.object, row.field) == (place[0], name)
        if (row.object, row.record_id or "") == place:
            continue
        if (*place, name) in leaving and (wish.is_new or alone):
            reason = f"its {what} still stands on {'/'.join(place)}, which gives it up first: the next run"
        elif alone and wish.is_spare:
            reasons.numbers.setdefault(row.person_key, f"its phone stands on {'/'.join(place)} already: {LEFT_OUT}")
            continue
        elif alone:
            reason = f"its {what} stands on {'/'.join(place)} already: {WRITTEN_OVER}"
        else:
            continue
        if wish.is_new:
            reasons.people.setdefault(row.person_key, reason)
        else:
            reasons.fields.setdefault(spot_of(row), reason)
    return reasons


def _standing(
    theirs: Mapping[Place, Fields], mapping: VendorMapping, wishes: Wishes
) -> Iterator[tuple[Place, str, Wish]]:
    """Yield the place and field of the records that have one of these addresses, for each who wishes for it."""
    names = {
        kind: [(name, rule.type) for name, rule in target.fields.items() if rule.type in ADDRESSES]
        for kind, target in mapping.objects.items()
    }
    for place, values in theirs.items():
        for name, kind in names.get(place[0], ()):
            value = values.get(name)
            if not is_blank(value):
                near = wishes.get((kind, folded(kind, value)), ())
                yield from ((place, name, wish) for wish in near if equivalent(kind, wish.row.new_value, value))


def _waiting(rows: Sequence[PlanRow], reasons: Reasons, mapping: VendorMapping) -> Iterator[PlanRow]:
    told: set[str] = set()
    people, boxed = reasons.people, mailboxes(rows, mapping)
    for row in rows:
        if row.action == "update" and spot_of(row) in reasons.fields:
            yield replace(row, action="skip", reason=reasons.fields[spot_of(row)])
        elif row.person_key in reasons.numbers and row.person_key not in people and is_spare(row, mapping, boxed):
            yield replace(row, action="skip", reason=reasons.numbers[row.person_key])
        elif row.person_key not in people or row.lane != "normal" or row.record_id is not None:
            yield row
        elif row.person_key not in told:
            told.add(row.person_key)
            reason = people[row.person_key]
            yield replace(row, action="hold", field=None, old_value=None, new_value=None, policy=None, reason=reason)
