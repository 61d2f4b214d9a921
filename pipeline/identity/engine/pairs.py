"""Pairs of records, field by field."""

from __future__ import annotations

from dataclasses import dataclass
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
            self._found[name] = self.rows[name].take(self.numbers)
        return self._found[name]

    def _heads(self, field: str) -> NDArray[np.uint8]:
        """Return first letters: of names by themselves the lowest byte of every third number of four bytes."""
        letters = np.ascontiguousarray(self.rows[field]).view("<u4")
        return letters.take(self.numbers * (SHOWN // 4)).astype(np.uint8)

    def names(self, field: str, asked: Ints | None = None) -> NDArray[np.bytes_]:
        """Return the letters of names, of some pairs only if asked."""
        return self.rows[field].take(self.numbers if asked is None else self.numbers.take(asked))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Both sides of pairs, with what the frequency table says of each and their strong ids.

    `renamed`: keys of two profile names of one person, ascending (`Reference.renamed`).
    """

    left: Side
    right: Side
    left_rare: Side
    right_rare: Side
    left_strong: Hashes
    right_strong: Hashes
    namesakes: Bools
    renamed: Hashes

    def of(self, asked: Ints) -> Pairs:
        """Return some of the pairs."""
        sides = self.left, self.right, self.left_rare, self.right_rare
        left, right, left_rare, right_rare = (Side(side.rows, side.numbers[asked]) for side in sides)
        strong = self.left_strong[asked], self.right_strong[asked]
        return Pairs(left, right, left_rare, right_rare, *strong, self.namesakes[asked], self.renamed)

    def same(self, name: str) -> Bools:
        """Return where both sides have the same known value."""
        result: Bools = (self.left[name] == self.right[name]) & (self.left[name] != 0)
        return result

    def differ(self, name: str) -> Bools:
        """Return where both sides are known and differ."""
        left, right = self.left[name], self.right[name]
        result: Bools = (left != right) & (left != 0) & (right != 0)
        return result

    def rarity(self, name: str) -> Bits:
        """Return the bits of the left side's value."""
        return self.left_rare[name].astype(np.float32) / np.float32(BITS)

    def has_flag(self, flag: int) -> tuple[Bools, Bools]:
        """Return where the left and the right side have a flag."""
        return (self.left["flags"] & flag) != 0, (self.right["flags"] & flag) != 0
