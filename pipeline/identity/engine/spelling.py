"""Two spellings of one name: one letter wrong, missing, doubled or swapped with its neighbour.

A name's letters are two numbers of eight bytes, the first letter the lowest byte: names are compared a word at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.names import SHOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Bools, Hashes, Ints

    Spelled = tuple[Hashes, Hashes]

SHORTEST = 4
_BYTE, _WORD = np.uint64(8), np.uint64(64)


def letters(names: NDArray[np.bytes_]) -> NDArray[np.uint8]:
    """Return the letters of names as rows of numbers, 0 after the last one."""
    return np.ascontiguousarray(names).view(np.uint8).reshape(-1, SHOWN)


def _from_on(last: int) -> Spelled:
    """Return for each place the bytes from there to the last one."""
    whole = (1 << 8 * (last + 1)) - 1
    masks = [whole >> 8 * place << 8 * place for place in range(SHOWN + 3)]
    low, high = ([mask >> shift & (1 << 64) - 1 for mask in masks] for shift in (0, 64))
    return np.array(low, dtype=np.uint64), np.array(high, dtype=np.uint64)


_REST, _BUT_LAST = _from_on(SHOWN - 1), _from_on(SHOWN - 2)


class Spellings:
    """Names side by side; of longer ones only the beginning is known: what was cut off is taken to agree."""

    __slots__ = ("_left", "_prefix", "_right", "_sizes", "_unlike")

    def __init__(self, one: NDArray[np.bytes_], two: NDArray[np.bytes_]) -> None:
        self._left, self._right = _spelled(one), _spelled(two)
        self._unlike = self._left[0] ^ self._right[0], self._left[1] ^ self._right[1]
        self._sizes = _size(self._left), _size(self._right)
        self._prefix = _first(self._unlike)

    @property
    def _shorter(self) -> Ints:
        return np.minimum(*self._sizes)

    def are_close(self) -> Bools:
        """Return whether names are one slip of the pen apart (and both have four letters or more)."""
        prefix = self._prefix
        found = _nothing(self._unlike, _REST, prefix + 1)
        for one, two in ((self._left, self._right), (self._right, self._left)):
            later = one[0] >> _BYTE | one[1] << (_WORD - _BYTE), one[1] >> _BYTE
            found |= _nothing((later[0] ^ two[0], later[1] ^ two[1]), _BUT_LAST, prefix)
        turned = np.flatnonzero(~found & _nothing(self._unlike, _REST, prefix + 2))
        found[turned] = self._are_turned(turned)
        return found & (self._shorter >= SHORTEST)

    def _are_turned(self, asked: Ints) -> Bools:
        """Return where two letters from the first unlike one on have changed places."""
        here = np.minimum(self._prefix[asked], SHOWN - 1)
        after = np.minimum(here + 1, SHOWN - 1)
        left, right = ((side[0][asked], side[1][asked]) for side in (self._left, self._right))
        result: Bools = (_letter(left, here) == _letter(right, after)) & (_letter(left, after) == _letter(right, here))
        return result

    def are_beginnings(self, *, fewest: int = 3) -> Bools:
        """Return whether the shorter name (of at least `fewest` letters) begins the longer one."""
        shorter = self._shorter
        result: Bools = (self._prefix >= shorter) & (shorter >= fewest)
        return result

    def are_akin(self) -> Bools:
        """Return whether one given name may be short for the other: same beginning, or the end of the longer one."""
        shorter, longer = self._shorter, np.maximum(*self._sizes)
        begins: Bools = (self._prefix >= 3) & (shorter >= 3) & (shorter <= 5) & (shorter != longer)
        asked = np.flatnonzero(~begins & (shorter >= 4))
        is_left = (self._sizes[0] >= self._sizes[1])[asked]
        left, right = ((side[0][asked], side[1][asked]) for side in (self._left, self._right))
        long = np.where(is_left, left[0], right[0]), np.where(is_left, left[1], right[1])
        short = np.where(is_left, right[0], left[0]), np.where(is_left, right[1], left[1])
        shift = (longer - shorter)[asked].astype(np.uint64) * _BYTE
        low, high = long[0] >> shift | long[1] << (_WORD - shift), long[1] >> shift
        begins[asked] = (low == short[0]) & (high == short[1])
        return begins


def _spelled(names: NDArray[np.bytes_]) -> Spelled:
    parts = np.ascontiguousarray(names).view("<u4").reshape(-1, SHOWN // 4)
    low = parts[:, 0].astype(np.uint64)
    low |= parts[:, 1].astype(np.uint64) << np.uint64(32)
    return low, parts[:, 2].astype(np.uint64)


def _exponent(values: Hashes) -> Ints:
    """Return the place of the highest bit (of letters: rounding never reaches the next byte), below 0 for 0."""
    return (values.astype(np.float64).view(np.int64) >> 52) - 1023


def _size(spelled: Spelled) -> Ints:
    low, high = spelled
    inside = np.maximum((_exponent(low) >> 3) + 1, 0)
    return np.where(high != 0, (_exponent(high) >> 3) + 9, inside)


def _first(unlike: Spelled) -> Ints:
    """Return the place of the first byte that is not 0, else how many there are."""
    low, high = unlike
    lowest = np.where(low != 0, low, high)
    place = _exponent(lowest & (~lowest + np.uint64(1))) >> 3
    return np.where(low != 0, place, np.where(high != 0, place + 8, SHOWN))


def _nothing(unlike: Spelled, masks: Spelled, start: Ints) -> Bools:
    """Return where nothing is unlike from a place on."""
    left = unlike[0] & masks[0].take(start)
    left |= unlike[1] & masks[1].take(start)
    result: Bools = left == 0
    return result


def _letter(spelled: Spelled, place: Ints) -> Hashes:
    shift = place.astype(np.uint64) * _BYTE
    value = np.where(place < 8, spelled[0] >> shift, spelled[1] >> (shift - np.minimum(shift, _WORD)))
    result: Hashes = value & np.uint64(255)
    return result
