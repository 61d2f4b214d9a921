"""Pairs of records, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.identity.engine.keying import BITS
from pipeline.identity.engine.names import SHOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.text import Bools, Hashes, Ints

    Bits = NDArray[np.float32]


_HEADS = {"given_head": "given_text", "surname_head": "surname_text"}
"""First letters, by the names they begin."""
SELDOM = frozenset({"member", "middle", "suffix", "extra"})
"""Fields that few records have: the right side is looked at where the left one has any."""


class Side:
    """One side of many pairs: the values of each field, gathered when they are first asked for."""

    __slots__ = ("_found", "numbers", "rows")

    def __init__(self, rows: Features, numbers: Ints) -> None:
        self.rows, self.numbers = rows, numbers
        self._found: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name in _HEADS and name not in self._found:
            self._found[name] = self._heads(_HEADS[name])
        if name not in self._found:
            self._found[name] = self.rows[name].take(self.numbers, axis=0)
        return self._found[name]

    def of(self, asked: Ints) -> Side:
        """Return one side of some of the pairs."""
        return Side(self.rows, self.numbers.take(asked))

    def some(self, name: str, asked: Ints) -> NDArray[Any]:
        """Return a field of some pairs only."""
        if name in self._found:
            return self._found[name].take(asked)
        return self.rows[name].take(self.numbers.take(asked))

    def _heads(self, field: str) -> NDArray[np.uint8]:
        """Return first letters: of names by themselves the lowest byte of every third number of four bytes."""
        letters = np.ascontiguousarray(self.rows[field]).view("<u4")
        return letters.take(self.numbers * (SHOWN // 4)).astype(np.uint8)

    def names(self, field: str, asked: Ints | None = None) -> NDArray[np.bytes_]:
        """Return the letters of names, of some pairs only if asked."""
        return self.rows[field].take(self.numbers if asked is None else self.numbers.take(asked))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Both sides of pairs, with what the frequency table says of each.

    `left_told`, `right_told`: what else is known of each record: `strong` ids, and whether it `has_namesake`.
    `renamed`: keys of two profile names of one person, ascending (`Reference.renamed`).
    """

    left: Side
    right: Side
    left_rare: Side
    right_rare: Side
    left_told: Side
    right_told: Side
    renamed: Hashes
    _compared: dict[str, tuple[Bools, Bools]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def of(self, asked: Ints) -> Pairs:
        """Return some of the pairs."""
        return Pairs(
            left=self.left.of(asked),
            right=self.right.of(asked),
            left_rare=self.left_rare.of(asked),
            right_rare=self.right_rare.of(asked),
            left_told=self.left_told.of(asked),
            right_told=self.right_told.of(asked),
            renamed=self.renamed,
        )

    def same(self, name: str) -> Bools:
        """Return where both sides have the same known value."""
        return self._met(name)[0]

    def differ(self, name: str) -> Bools:
        """Return where both sides are known and differ."""
        return self._met(name)[1]

    def _met(self, name: str) -> tuple[Bools, Bools]:
        """Return where both sides are known and the same, and where they are known and differ."""
        if name not in self._compared:
            self._compared[name] = self._rarely(name) if name in SELDOM else self._often(name)
        return self._compared[name]

    def _often(self, name: str) -> tuple[Bools, Bools]:
        left, right = self.left[name], self.right[name]
        same, known = left == right, left != 0
        differ = (right != 0) & known
        differ &= ~same
        same &= known
        return same, differ

    def _rarely(self, name: str) -> tuple[Bools, Bools]:
        left = self.left[name]
        same, differ = np.zeros(len(left), dtype=np.bool_), np.zeros(len(left), dtype=np.bool_)
        asked = np.flatnonzero(left)
        one, two = left.take(asked), self.right.some(name, asked)
        alike = one == two
        same[asked] = alike
        differ[asked] = ~alike & (two != 0)
        return same, differ

    def are_same(self, name: str, asked: Ints) -> Bools:
        """Return of some pairs whether both sides have the same known value."""
        left = self.left.some(name, asked)
        result: Bools = (left == self.right.some(name, asked)) & (left != 0)
        return result

    def rarity(self, name: str, asked: Ints) -> Bits:
        """Return the bits of the left side's value, of some pairs."""
        return self.left_rare.some(name, asked).astype(np.float32) / np.float32(BITS)

    def are_shared(self, name: str, asked: Ints) -> Bools:
        """Return of some pairs whether the id of either side is several people's."""
        shared = f"is_{name}_shared"
        result: Bools = (self.left_rare.some(shared, asked) | self.right_rare.some(shared, asked)) != 0
        return result

    def have_flag(self, flag: int, asked: Ints) -> tuple[Bools, Bools]:
        """Return of some pairs where the left and the right side have a flag."""
        return (self.left.some("flags", asked) & flag) != 0, (self.right.some("flags", asked) & flag) != 0

    @property
    def share_strong(self) -> Bools:
        """Whether both sides have the same strong id."""
        left, right = self.left_told["strong"], self.right_told["strong"]
        result: Bools = ((left == right) & (left != 0)).any(axis=1)
        return result

    @property
    def have_namesake(self) -> Bools:
        """Whether two people are known under the name of either side at its organisation."""
        result: Bools = self.left_told["has_namesake"] | self.right_told["has_namesake"]
        return result
