"""Contradictions that prove nothing: overruled by a person, or between two writings of one name.

Two records exclude each other and a person said that they are one. A third record then excludes one of them and agrees
with the other; it belongs to both. Where the two do not exclude each other, or the third excludes both, nobody said
anything about the third, and what excludes it stands.

Two names on one profile, or at one desk, are one person with two names ("Junlei" is "Jason" to customers): a third
record with one of these names is not excluded by the other one. Nor do "Tomm" and "Thomas" exclude each other beside
a "Tom".
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.blocks import packed
from pipeline.identity.engine.exclusions import NOBODY, Foes, Writings, foes_of
from pipeline.identity.engine.keying import among, distinct
from pipeline.identity.engine.text import mixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.identity.engine.exclusions import Exclusions
    from pipeline.identity.engine.joining import Joining
    from pipeline.identity.engine.text import Bools, Ints


class Overruled:
    """Decided groups whose own records exclude each other, people of two names, and what follows from them."""

    def __init__(self, excluded: Exclusions, joining: Joining) -> None:
        """Take `joining` as decisions alone have made it."""
        self._excluded, self._joining = excluded, joining
        self._core: dict[int, list[int]] = {}
        self._foes: Foes = foes_of(excluded.pairs) if joining.groups() else {}
        for group in joining.groups():
            if any(two in self._foes.get(one, NOBODY) for one, two in combinations(group, 2)):
                self._core.update(dict.fromkeys(group, group))

    def standing(self) -> NDArray[np.int64]:
        """Return the pairs that keep records apart whatever was decided."""
        if not self._core:
            return self._excluded.apart
        pairs = self._excluded.apart.tolist()
        kept = [not (self._is_decided(one, two, one) or self._is_decided(two, one, two)) for one, two in pairs]
        return self._excluded.apart[np.array(kept, dtype=np.bool_)]

    def admit(self, left: Ints, right: Ints, different: NDArray[np.int64], is_full: Bools) -> None:
        """Join groups tied by links (heaviest first) where all that keeps them apart proves nothing.

        What people decided to be `different` stays apart. `is_full`: for each record whether it has a whole name.
        """
        tops = self._joining.tops
        open_ = self._open(tops, left, right)
        if not len(open_):
            return
        links = np.stack([left[open_], right[open_]], axis=1).tolist()
        near = np.zeros(len(tops), dtype=np.bool_)
        near[tops[left[open_]]] = near[tops[right[open_]]] = True
        near = near[tops]
        excluded = self._excluded.where(np.logical_and(*near[self._excluded.pairs].T))
        self._foes = foes_of(excluded.pairs)
        judge = _Judge(self, Writings(excluded, self._foes, is_full), foes_of(excluded.apart))
        barred = {frozenset(pair) for pair in different.tolist()}
        # Groups grow only: two that may not be one may not until either has grown, by whatever link they are asked.
        refused: set[tuple[int, int, int]] = set()
        changed = True
        while changed:
            changed = False
            for one, two in links:
                top, below = tops.item(one), tops.item(two)
                if top == below:
                    continue
                group, other = self._joining.group(one), self._joining.group(two)
                asked = (top, below, len(group) + len(other)) if top < below else (below, top, len(group) + len(other))
                if asked in refused:
                    continue
                refused.add(asked)
                if judge.may_join(group, other) and not _touch(group, other, barred):
                    self._joining.join_anyway(one, two)
                    changed |= len(self._joining.group(one)) > len(group)

    def _open(self, tops: Ints, left: Ints, right: Ints) -> Ints:
        """Return the links between groups that names alone keep apart, or of which one was decided."""
        open_ = np.flatnonzero(tops[left] != tops[right])
        one, two = tops[left[open_]], tops[right[open_]]
        by_id = tops[self._excluded.pairs[self._excluded.holds & ~self._excluded.by_name]]
        barred = packed(by_id.min(axis=1), by_id.max(axis=1))
        kept = ~among(mixed(packed(np.minimum(one, two), np.maximum(one, two))), distinct(mixed(barred)))
        if self._core:
            cores = tops[np.array(sorted(self._core))]
            kept |= np.isin(one, cores) | np.isin(two, cores)
        return open_[kept]

    def core(self, records: Sequence[int]) -> dict[int, int]:
        """Return a record of each decided group among the records."""
        return {id(self._core[record]): record for record in records if record in self._core}

    def is_void(self, inside: int, third: int, member: int | None) -> bool:
        """Return whether what `inside` holds against `third` was decided to prove nothing."""
        return member is not None and self._is_decided(inside, third, member)

    def _is_decided(self, inside: int, third: int, member: int) -> bool:
        """Return whether `third` agrees with a record of the decided group that excludes the side of `inside`."""
        group, foes = self._core.get(member, []), self._foes.get(third, NOBODY)
        mine = self._foes.get(inside, NOBODY)
        sides = (one for one in group if one in foes and one not in mine)
        agreeing = [one for one in group if one not in foes]
        return any(one in self._foes.get(side, NOBODY) for side in sides for one in agreeing)


class _Judge:
    """Whether two groups may be one."""

    def __init__(self, ruled: Overruled, writings: Writings, barred: Foes) -> None:
        self._ruled, self._writings, self._barred = ruled, writings, barred

    def may_join(self, group: list[int], other: list[int]) -> bool:
        cores = self._ruled.core((*group, *other))
        if len(cores) > 1:
            return False
        member = next(iter(cores.values()), None)
        inner, outer = (other, group) if member in other else (group, other)
        pairs = [(one, two) for one in inner for two in outer if two in self._barred.get(one, NOBODY)]
        return all(
            self._ruled.is_void(one, two, member) or self._writings.agree(one, two, (*inner, *outer))
            for one, two in pairs
        )


def _touch(group: Sequence[int], other: Sequence[int], pairs: set[frozenset[int]]) -> bool:
    return bool(pairs) and any(frozenset((one, two)) in pairs for one in group for two in other)
