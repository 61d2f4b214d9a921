"""Contradictions that prove nothing against a third record: overruled by a person, or one of somebody's two names.

Two records exclude each other and a person said that they are one. A third record then excludes one of them and agrees
with the other; it belongs to both. Where the two do not exclude each other, or the third excludes both, nobody said
anything about the third, and what excludes it stands.

Two names on one profile, or at one desk, are one person with two names ("Junlei" is "Jason" to customers). A third
record with one of these names is not excluded by the other one.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.exclusions import NOBODY, Foes, foes_of, is_alias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from pipeline.identity.engine.exclusions import Exclusions
    from pipeline.identity.engine.joining import Joining
    from pipeline.identity.engine.text import Ints


class Overruled:
    """Decided groups whose own records exclude each other, people with two names, and what follows from them."""

    def __init__(self, excluded: Exclusions, joining: Joining) -> None:
        """Take `joining` as decisions alone have made it."""
        self._joining, self._apart = joining, excluded.apart
        self._aliases = foes_of(excluded.pairs[excluded.is_alias])
        self._core: dict[int, list[int]] = {}
        self._foes: Foes = {}
        self._barred: Foes = {}
        self._named: Foes = {}
        if not self._aliases and not joining.top:
            return
        self._foes = foes_of(excluded.pairs)
        self._barred = foes_of(self._apart)
        self._named = foes_of(excluded.pairs[excluded.holds & excluded.by_name])
        for top in sorted(set(joining.top.values())):
            group = joining.group(top)
            if any(two in self._foes.get(one, NOBODY) for one, two in combinations(group, 2)):
                self._core.update(dict.fromkeys(group, group))

    def standing(self) -> NDArray[np.int64]:
        """Return the pairs that keep records apart whatever was decided."""
        if not self._core:
            return self._apart
        pairs = self._apart.tolist()
        kept = [not (self._is_decided(one, two, one) or self._is_decided(two, one, two)) for one, two in pairs]
        return self._apart[np.array(kept, dtype=np.bool_)]

    def admit(self, left: Ints, right: Ints, different: NDArray[np.int64]) -> None:
        """Join groups tied by links (heaviest first) where all that keeps them apart proves nothing.

        What people decided to be `different` stays apart.
        """
        known = {*self._core, *self._aliases}
        if not known:
            return
        decided = {frozenset(pair) for pair in different.tolist()}
        links = [link for link in zip(left.tolist(), right.tolist(), strict=True) if self._is_open(*link)]
        changed = True
        while changed:
            changed = False
            for one, two in links:
                group, other = self._joining.group(one), self._joining.group(two)
                if group is other or known.isdisjoint((*group, *other)):
                    continue
                if self._may_join(group, other) and not _touch(group, other, decided):
                    self._joining.join_anyway(one, two)
                    changed |= len(self._joining.group(one)) > len(group)

    def _is_open(self, one: int, two: int) -> bool:
        top = self._joining.top
        return top.get(one, one) != top.get(two, two)

    def _may_join(self, group: list[int], other: list[int]) -> bool:
        cores = {id(self._core[record]): record for record in (*group, *other) if record in self._core}
        if len(cores) > 1:
            return False
        member = next(iter(cores.values()), None)
        inner, outer = (other, group) if member in other else (group, other)
        pairs = [(one, two) for one in inner for two in outer if two in self._barred.get(one, NOBODY)]
        names = [(one, two) for one in (*inner, *outer) for two in self._aliases.get(one, NOBODY) & {*inner, *outer}]
        return all(
            self._is_decided(one, two, member)
            or (two in self._named.get(one, NOBODY) and is_alias(one, two, self._foes, names))
            for one, two in pairs
        )

    def _is_decided(self, inside: int, third: int, member: int | None) -> bool:
        """Return whether `third` agrees with a record of the decided group that excludes the side of `inside`."""
        group, foes = [] if member is None else self._core.get(member, []), self._foes.get(third, NOBODY)
        mine = self._foes.get(inside, NOBODY)
        sides = (one for one in group if one in foes and one not in mine)
        agreeing = [one for one in group if one not in foes]
        return any(one in self._foes.get(side, NOBODY) for side in sides for one in agreeing)


def _touch(group: Iterable[int], other: list[int], pairs: set[frozenset[int]]) -> bool:
    return bool(pairs) and any(frozenset((one, two)) in pairs for one in group for two in other)
