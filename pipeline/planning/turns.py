"""Whose turn it is: an address is given to one record only when it no longer stands on another.

A vendor that finds records by address would take a new person for the old one, and write one over the other; and it
refuses a second record with the same address. So an insert is held while a field by which the vendor finds records
has its value there, and at any vendor while this very plan is about to take the address away from another record: the
next run sends it. A change of such a field waits in the same way, and the rest of its record does not. A number that
stands on another record, or goes to another new one, is left out of a new record that is found by its mailbox.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import equivalent, is_blank
from pipeline.planning.wishes import (
    ADDRESSES,
    LEFT_OUT,
    WRITTEN_OVER,
    Wish,
    Wishes,
    folded,
    sought,
    twins_of,
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
        self, mapping: VendorMapping, *, standing: Callable[[Mapping[str, Sequence[str]]], Mapping[Place, Fields]]
    ) -> None:
        """`standing`: addresses by type, as `sought` gives them → living records that may have one of them."""
        self._mapping, self._standing = mapping, standing
        self._leaving: set[tuple[str, str | None, str | None]] = set()
        self._theirs: dict[Place, Fields] = {}
        self._aside: list[PlanRow] = []
        self._first: dict[tuple[str, str], list[tuple[Json, str]]] = {}

    def admitted(self, rows: Sequence[PlanRow]) -> list[PlanRow]:
        """Return those rows of a part that need not wait for the rest of the plan; twins of new people are held."""
        self._leaving |= _leaving(rows, self._mapping)
        wishes = wishes_of(rows, self._mapping)
        people, numbers = twins_of(wishes, self._mapping, self._first)
        theirs = self._standing(_asked(wishes)) if wishes else {}
        hit = set()
        for place, _, wish in _standing(theirs, self._mapping, wishes):
            if (wish.row.object, wish.row.record_id or "") != place:
                hit.add(wish.row.person_key)
                self._theirs[place] = theirs[place]
        self._aside += [row for row in rows if row.person_key in hit]
        return list(_waiting([row for row in rows if row.person_key not in hit], people, {}, numbers, self._mapping))

    def rest(self) -> list[PlanRow]:
        """Return the rows that waited: as they are, or held and skipped with the reason."""
        rows, wishes = self._aside, wishes_of(self._aside, self._mapping)
        twins = twins_of(wishes, self._mapping, self._first)
        return list(_judged(rows, self._theirs, self._leaving, wishes, twins, self._mapping))


def in_turn(rows: Sequence[PlanRow], theirs: Mapping[Place, Fields], mapping: VendorMapping) -> list[PlanRow]:
    """Return the plan with a `hold` instead of every insert that has to wait, a `skip` instead of every such field.

    A field of a new record that is left out for good is a `skip`, too.

    Args:
        rows: the plan of one vendor.
        theirs: (object, record id) → the vendor's fields as mirrored; living records only.
        mapping: the vendor's mapping.
    """
    wishes = wishes_of(rows, mapping)
    twins = twins_of(wishes, mapping, {})
    return list(_judged(rows, theirs, _leaving(rows, mapping), wishes, twins, mapping))


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


def _judged(  # noqa: PLR0917 - one judgement, and everything it looks at
    rows: Sequence[PlanRow],
    theirs: Mapping[Place, Fields],
    leaving: set[tuple[str, str | None, str | None]],
    wishes: Wishes,
    twins: tuple[dict[str, str], dict[str, str]],
    mapping: VendorMapping,
) -> Iterator[PlanRow]:
    fields: dict[tuple[Place, str], str] = {}
    people, numbers = twins
    for place, name, wish in _standing(theirs, mapping, wishes):
        what, there = mapping.kind(place[0], name), (wish.row.object, wish.row.record_id or "")
        finds = name in mapping.objects[place[0]].identified_by
        if there == place:
            continue
        if (*place, name) in leaving and (wish.is_new or finds):
            reason = f"its {what} still stands on {'/'.join(place)}, which gives it up first: the next run"
        elif finds and wish.is_new and what == "phone" and wish.has_mailbox:
            numbers.setdefault(wish.row.person_key, f"its phone stands on {'/'.join(place)} already: {LEFT_OUT}")
            continue
        elif finds:
            reason = f"its {what} stands on {'/'.join(place)} already: {WRITTEN_OVER}"
        else:
            continue
        if wish.is_new:
            people.setdefault(wish.row.person_key, reason)
        else:
            fields.setdefault((there, wish.row.field or ""), reason)
    return _waiting(rows, people, fields, numbers, mapping)


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


def _waiting(
    rows: Sequence[PlanRow],
    people: Mapping[str, str],
    fields: Mapping[tuple[Place, str], str],
    numbers: Mapping[str, str],
    mapping: VendorMapping,
) -> Iterator[PlanRow]:
    told: set[str] = set()
    for row in rows:
        spot = ((row.object, row.record_id or ""), row.field or "")
        if row.action == "update" and spot in fields:
            yield replace(row, action="skip", reason=fields[spot])
        elif row.person_key in numbers and row.person_key not in people and _is_number(row, mapping):
            yield replace(row, action="skip", reason=numbers[row.person_key])
        elif row.person_key not in people or row.lane != "normal" or row.record_id is not None:
            yield row
        elif row.person_key not in told:
            told.add(row.person_key)
            reason = people[row.person_key]
            yield replace(row, action="hold", field=None, old_value=None, new_value=None, policy=None, reason=reason)


def _is_number(row: PlanRow, mapping: VendorMapping) -> bool:
    names = mapping.objects[row.object].identified_by
    return row.action == "insert" and row.field in names and mapping.kind(row.object, row.field or "") == "phone"
