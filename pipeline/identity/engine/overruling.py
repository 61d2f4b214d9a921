"""What a decision says beyond its two records: one side's contradiction is no reason to keep a third record out.

Two records exclude each other and a person said that they are one. A third record then excludes one of them and agrees
with the other; it belongs to both. Where the two do not exclude each other, or the third excludes both, nobody said
anything about the third, and what excludes it stands.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.identity.engine.joining import Joining

NOBODY: frozenset[int] = frozenset()


class Overruled:
    """Decided groups whose own records exclude each other, and what that overrules."""

    def __init__(self, pairs: NDArray[np.int64], joining: Joining) -> None:
        """Take `pairs` of records that exclude each other, and `joining` as decisions alone have made it."""
        self._joining = joining
        self._foes: dict[int, set[int]] = {}
        for one, two in pairs.tolist() if joining.top else ():
            self._foes.setdefault(one, set()).add(two)
            self._foes.setdefault(two, set()).add(one)
        self._core: dict[int, list[int]] = {}
        for top in sorted(set(joining.top.values())):
            group = joining.group(top)
            if any(two in self._foes.get(one, NOBODY) for one, two in combinations(group, 2)):
                self._core.update(dict.fromkeys(group, group))

    def standing(self, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the pairs that keep records apart nevertheless."""
        if not self._core:
            return pairs
        kept = [not (self._is_void(one, two, one) or self._is_void(two, one, two)) for one, two in pairs.tolist()]
        return pairs[np.array(kept, dtype=np.bool_)]

    def admit(
        self, left: Sequence[int], right: Sequence[int], apart: NDArray[np.int64], different: NDArray[np.int64]
    ) -> None:
        """Join groups that links (heaviest first) tie to a decided one and that only overruled pairs keep apart.

        Records of both sides may come in, though they exclude each other; what people decided to be `different`
        stays out.
        """
        if not self._core:
            return
        barred: dict[int, set[int]] = {}
        for one, two in apart.tolist():
            barred.setdefault(one, set()).add(two)
            barred.setdefault(two, set()).add(one)
        decided = {frozenset(pair) for pair in different.tolist()}
        changed = True
        while changed:
            changed = False
            for one, two in zip(left, right, strict=True):
                group, other = self._joining.group(one), self._joining.group(two)
                if group is not other and self._may_join(group, other, barred, decided):
                    size = len(group)
                    self._joining.join_anyway(one, two)
                    changed |= len(self._joining.group(one)) > size

    def _may_join(
        self, group: list[int], other: list[int], barred: dict[int, set[int]], decided: set[frozenset[int]]
    ) -> bool:
        """Return whether one of the groups was decided and all that keeps them apart is overruled by that."""
        cores = {id(self._core[record]): record for record in (*group, *other) if record in self._core}
        if len(cores) != 1 or any(frozenset((one, two)) in decided for one in group for two in other):
            return False
        (member,) = cores.values()
        inner, outer = (group, other) if member in group else (other, group)
        pairs = [(one, two) for one in inner for two in outer if two in barred.get(one, NOBODY)]
        return all(self._is_void(one, two, member) for one, two in pairs)

    def _is_void(self, inside: int, third: int, member: int) -> bool:
        """Return whether `third` agrees with a record of the decided group that excludes the side of `inside`."""
        group, foes = self._core.get(member, []), self._foes.get(third, NOBODY)
        mine = self._foes.get(inside, NOBODY)
        sides = (one for one in group if one in foes and one not in mine)
        agreeing = [one for one in group if one not in foes]
        return any(one in self._foes.get(side, NOBODY) for side in sides for one in agreeing)
