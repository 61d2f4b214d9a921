"""Groups that grow pair by pair while some must stay apart.

Pairs are joined in order. What becomes of a pair depends on those before it that touch its two groups and on no
others: so all pairs that come first at both of their groups are joined at once, round by round, with the same result.
Every round joins or drops pairs wherever any are left, so there are fewer rounds than a group may have records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.blocks import packed, unpacked
from pipeline.identity.engine.keying import among, bucket, distinct
from pipeline.identity.engine.text import mixed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Bools, Hashes, Ints

LARGEST = 200
"""Components beyond this are joined again pair by pair, up to this size: nobody has so many records."""


class Joining:
    """Groups of records that grow pair by pair, and which records must stay apart.

    `tops`: for each record the one that stands for its group.
    """

    def __init__(self, size: int) -> None:
        self.tops = np.arange(size)
        self._members: dict[int, list[int]] = {}
        self._apart = np.empty((0, 2), dtype=np.int64)

    def keep_apart(self, pairs: NDArray[np.int64]) -> None:
        """Keep the groups of each pair apart, unless they are one already."""
        self._apart = np.concatenate([self._apart, pairs])

    def join(self, left: Ints, right: Ints) -> None:
        """Join pairs in order unless that brings two groups together that must stay apart."""
        tops, sizes = self.tops, np.bincount(self.tops, minlength=len(self.tops))
        first = np.empty(len(tops), dtype=np.int64)
        is_open = np.zeros(len(tops), dtype=np.bool_)
        foe, other = self._apart.T
        while len(left):
            one, two = tops[left], tops[right]
            barred = distinct(_pairs(tops[foe], tops[other]))
            foe, other = unpacked(barred)
            fits = (one != two) & (sizes[one] + sizes[two] <= LARGEST)
            fits &= ~_listed(_pairs(one, two), barred)
            is_open[left] = is_open[right] = False
            left, right = one[fits], two[fits]
            is_open[left] = is_open[right] = True
            concerned = is_open[foe] & is_open[other]
            foe, other = foe[concerned], other[concerned]
            place = np.arange(len(left))
            first[left] = first[right] = len(left)
            np.minimum.at(first, left, place)
            np.minimum.at(first, right, place)
            joined = (first[left] == place) & (first[right] == place)
            tops[right[joined]] = left[joined]
            sizes[left[joined]] += sizes[right[joined]]
        self._settle()

    def group(self, record: int) -> list[int]:
        """Return the records that are together with one, itself among them."""
        top = self.tops.item(record)
        return self._members.get(top, [top])

    def groups(self) -> list[list[int]]:
        """Return the groups of two records or more."""
        return list(self._members.values())

    def join_anyway(self, one: int, two: int) -> None:
        """Join the groups of two records, whatever must stay apart, up to the largest size."""
        group, other = self.group(one), self.group(two)
        if self.tops[one] != self.tops[two] and len(group) + len(other) <= LARGEST:
            top = int(self.tops[one])
            self._members.pop(int(self.tops[two]), None)
            self._members[top] = group + other
            self.tops[other] = top

    def _settle(self) -> None:
        """Have every record know the top of its group, and the groups their records."""
        while True:
            higher = self.tops[self.tops]
            if np.array_equal(higher, self.tops):
                break
            self.tops[:] = higher
        inside = np.flatnonzero(np.bincount(self.tops, minlength=len(self.tops))[self.tops] > 1)
        inside = inside[np.argsort(self.tops[inside], kind="stable")]
        tops = self.tops[inside]
        cuts = np.flatnonzero(tops[1:] != tops[:-1]) + 1
        members = inside.tolist()
        starts = [0, *cuts.tolist()] if members else []
        ends = [*starts[1:], len(members)]
        self._members = {int(self.tops[members[s]]): members[s:e] for s, e in zip(starts, ends, strict=False)}


def _pairs(one: Ints, two: Ints) -> Hashes:
    """Return pairs of groups as one number each, whatever their order."""
    return packed(np.minimum(one, two), np.maximum(one, two))


def _listed(pairs: Hashes, known: Hashes) -> Bools:
    """Return which pairs are among the known ones (ascending). Few are: most are told by a table of marks."""
    size = 1 << (len(known).bit_length() + 3)
    marks = np.zeros(size, dtype=np.bool_)
    marks[bucket(mixed(known), size)] = True
    found = marks.take(bucket(mixed(pairs), size))
    maybe = np.flatnonzero(found)
    found[maybe] = among(pairs[maybe], known)
    return found
