"""Groups that grow pair by pair while some must stay apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST = 200
"""Components beyond this are joined again pair by pair, up to this size: nobody has so many records."""


class Joining:
    """Groups that grow pair by pair, and which groups must stay apart."""

    def __init__(self) -> None:
        self.top: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}
        self._foes: dict[int, set[int]] = {}

    def keep_apart(self, pairs: NDArray[np.int64]) -> None:
        """Keep the groups of each pair apart, unless they are one already."""
        for one, two in pairs.tolist():
            a, b = self.top.get(one, one), self.top.get(two, two)
            if a != b:
                self._foes.setdefault(a, set()).add(b)
                self._foes.setdefault(b, set()).add(a)

    def join(self, left: list[int], right: list[int]) -> None:
        """Join pairs in order unless that brings two groups together that must stay apart."""
        top, members, foes = self.top, self._members, self._foes
        for one, two in zip(left, right, strict=True):
            a, b = top.get(one, one), top.get(two, two)
            if a == b or (a in foes and b in foes[a]):
                continue
            group, other = members.get(a, [a]), members.get(b, [b])
            if len(group) + len(other) <= LARGEST:
                self._merge(a, b)

    def group(self, record: int) -> list[int]:
        """Return the records that are together with one, itself among them."""
        top = self.top.get(record, record)
        return self._members.get(top, [top])

    def join_anyway(self, one: int, two: int) -> None:
        """Join the groups of two records, whatever must stay apart, up to the largest size."""
        a, b = self.top.get(one, one), self.top.get(two, two)
        if a != b and len(self.group(one)) + len(self.group(two)) <= LARGEST:
            self._merge(a, b)

    def _merge(self, a: int, b: int) -> None:
        foes, other = self._foes, self._members.get(b, [b])
        self._members[a] = self._members.get(a, [a]) + other
        if len(other) == 1:
            self.top[b] = a
        else:
            self.top.update(dict.fromkeys(other, a))
        if b not in foes:
            return
        enemies = foes.pop(b) - {a}
        # Two who must stay apart are together when somebody decided so.
        foes.get(a, set()).discard(b)
        for foe in enemies:
            foes[foe].discard(b)
            foes[foe].add(a)
        foes.setdefault(a, set()).update(enemies)
