"""What people decide about who is who: `same` or `different`, said of records, so that it outlives every rebuild.

A decision about two people is kept as a decision about one record of each, their anchors: keys move when people
are merged and split, records do not. `--split` keeps a `different` for every record taken apart with every record
that stays, so that no detour through a third record joins them again.

What an un-merge does. The records keep their values; at the next run they are two people. The key stays with the
side of the record that the CRM knows it by (`keys.assign`), the other side gets a new key, and the next plan gives
the vendor's record on that side its new key and values: it is sent, approved and read back like any other plan.
Values that survived from the records taken apart are chosen anew for both. A `same` decided later undoes it: both
records come back under one key, the other key redirects to it.

The latest decision between two sides wins: one that it contradicts is kept, and marked as replaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipeline.errors import ConfigurationError
from pipeline.identity.keys import PLATFORM_TRUST, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from pipeline.identity.keys import Record

Verdict = Literal["same", "different"]
VERDICTS: tuple[Verdict, ...] = ("same", "different")
Pair = tuple["Record", "Record", Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a decision: a person with all records, and the record that was named, if one was."""

    key: str
    records: frozenset[Record]
    named: Record | None = None

    @property
    def anchor(self) -> Record:
        """Return the record that the decision is kept on."""
        return self.named or anchor(self.records, self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A decision as it is kept: the pairs of records, and the two sides within which it replaces older ones."""

    verdict: Verdict
    pairs: tuple[tuple[Record, Record], ...]
    left: frozenset[Record]
    right: frozenset[Record]


def anchor(records: Iterable[Record], key: str) -> Record:
    """Return the record that stands for a person: the founding one, else the first of a source, else of a platform."""
    return min(records, key=lambda record: (key_of(record) != key, record[0] in PLATFORM_TRUST, record))


def ordered(one: Record, other: Record) -> tuple[Record, Record]:
    """Return a pair of records, the smaller first: a decision has no direction."""
    return (one, other) if one < other else (other, one)


def rule_on(left: Side, right: Side, verdict: Verdict) -> Ruling:
    """Return the decision about two people, or about two records.

    Raises:
        ConfigurationError: there is nothing to decide, or it takes records to say it.
    """
    if left.key != right.key:
        pair = ordered(left.anchor, right.anchor)
        return Ruling(verdict=verdict, pairs=(pair,), left=left.records, right=right.records)
    named = left.named or right.named
    if verdict == "different":
        if left.named is None or right.named is None or left.named == right.named:
            raise ConfigurationError(
                f"both are {left.key}: name the records of somebody else, leadflow review {left.key} --split RECORD..."
            )
        pair = ordered(left.named, right.named)
        return Ruling(verdict=verdict, pairs=(pair,), left=frozenset({left.named}), right=frozenset({right.named}))
    rest = left.records - {named}
    if named is None or not rest or left.named == right.named:
        raise ConfigurationError(f"both are {left.key} already: there is nothing to decide")
    # A record was named that a decision may have taken apart already: it belongs to all the others again.
    other = right.named if left.named and right.named else anchor(rest, left.key)
    return Ruling(verdict=verdict, pairs=(ordered(named, other),), left=frozenset({named}), right=rest)


def split(person: Side, apart: Sequence[Record]) -> Ruling:
    """Return the decision that some records of a person are somebody else's.

    Raises:
        ConfigurationError: no record is named, one is not the person's, or nothing would stay.
    """
    taken = frozenset(apart)
    foreign = sorted(taken - person.records)
    if foreign:
        named = ", ".join(":".join(record) for record in foreign)
        raise ConfigurationError(f"{named} is no record of {person.key}; `leadflow why {person.key}` lists them")
    rest = person.records - taken
    if not taken or not rest:
        what = "no record was named" if not taken else f"these are all the records of {person.key}"
        raise ConfigurationError(f"{what}: name those that are somebody else's, and leave at least one")
    pairs = tuple(sorted(ordered(one, other) for one in taken for other in rest))
    return Ruling(verdict="different", pairs=pairs, left=taken, right=rest)


def numbered(pairs: Iterable[Pair], numbers: Mapping[Record, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs decided `same` and those decided `different` as record numbers, two columns each.

    `numbers`: record → its number in this build. A decision about a record that is not there waits for it.
    """
    found: dict[Verdict, list[tuple[int, int]]] = {"same": [], "different": []}
    for left, right, verdict in pairs:
        if left in numbers and right in numbers:
            found[verdict].append((numbers[left], numbers[right]))
    same, different = (np.array(found[verdict], dtype=np.int64).reshape(-1, 2) for verdict in VERDICTS)
    return same, different


def contradiction(pairs: Iterable[Pair]) -> tuple[Record, Record] | None:
    """Return a pair decided to be different that other decisions make the same; None when there is none."""
    tops: dict[Record, Record] = {}

    def top(record: Record) -> Record:
        while (above := tops.get(record, record)) != record:
            record = above
        return record

    told = list(pairs)
    for left, right, verdict in told:
        if verdict == "same":
            one, other = top(left), top(right)
            tops[max(one, other)] = min(one, other)
    return next(
        ((one, other) for one, other, verdict in told if verdict == "different" and top(one) == top(other)), None
    )
