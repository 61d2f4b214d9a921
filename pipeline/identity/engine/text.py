"""Columns of text as bytes: cut into tokens and hashed for all rows at once.

A column is one array of UTF-8 bytes and where each row starts and ends in it, as Arrow holds it. Every function
works on whole arrays, so a million rows cost a few passes over their bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Hashes = NDArray[np.uint64]

SPACE, DROPPED = 32, 0
_FACTOR = 0x9E3779B97F4A7C15 | 1
_INVERSE = pow(_FACTOR, -1, 1 << 64)


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows of bytes: row `i` is `data[starts[i]:ends[i]]`; rows are in order and do not overlap."""

    data: Bytes
    starts: Ints
    ends: Ints

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def sizes(self) -> Ints:
        """Bytes per row."""
        return self.ends - self.starts

    def kept(self, keep: Bools) -> Cells:
        """Return the rows without the bytes whose `keep` is false."""
        if keep.all():
            return self
        before = np.empty(len(keep) + 1, dtype=np.int32)
        before[0] = 0
        np.cumsum(keep, out=before[1:], dtype=np.int32)
        return Cells(self.data[keep], before[self.starts].astype(np.int64), before[self.ends].astype(np.int64))

    def narrowed(self, starts: Ints, ends: Ints) -> Cells:
        """Return a part of each row, alone in its bytes."""
        ends = np.maximum(ends, starts)
        sizes = ends - starts
        fresh = np.cumsum(sizes)
        begins = fresh - sizes
        places = np.arange(fresh[-1] if len(fresh) else 0) + np.repeat(starts - begins, sizes)
        return Cells(self.data[places], begins, fresh)

    def first(self, byte: int, otherwise: Ints) -> Ints:
        """Return where each row first has `byte`, else `otherwise`."""
        return first_of(np.flatnonzero(self.data == byte), self.starts, self.ends, otherwise)


def cells(column: pa.Array) -> Cells:
    """Return the bytes of an Arrow string column (`string` or `large_string`); null is empty."""
    validity, offsets, data = column.buffers()
    width = np.int64 if str(column.type).startswith("large") else np.int32
    places = np.frombuffer(offsets, dtype=width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    if not len(column) or data is None:
        return Cells(np.empty(0, dtype=np.uint8), np.zeros(len(column), np.int64), np.zeros(len(column), np.int64))
    first, last = int(places[0]), int(places[-1])
    found = Cells(np.frombuffer(data, dtype=np.uint8)[first:last], places[:-1] - first, places[1:] - first)
    if not column.null_count or validity is None:
        return found
    null = nulls(column)
    if not found.sizes[null].any():
        return found
    return found.narrowed(found.starts, np.where(null, found.starts, found.ends))


def nulls(column: pa.Array) -> Bools:
    """Return which rows of an Arrow array are null."""
    validity = column.buffers()[0]
    if not column.null_count or validity is None:
        return np.zeros(len(column), dtype=np.bool_)
    bits = np.unpackbits(np.frombuffer(validity, dtype=np.uint8), bitorder="little")
    missing: Bools = bits[column.offset : column.offset + len(column)] == 0
    return missing


def numbers(column: pa.Array, kind: type[np.integer]) -> NDArray[Any]:
    """Return an Arrow array of integers as it lies in memory; what a null holds means nothing.

    (`to_numpy` would import pandas.)
    """
    values = column.buffers()[1]
    if values is None:
        return np.zeros(len(column), dtype=kind)
    return np.frombuffer(values, dtype=kind)[column.offset : column.offset + len(column)].copy()


def of(words: list[str]) -> Cells:
    """Return a list of words as cells."""
    raw = [word.encode() for word in words]
    ends = np.cumsum([len(word) for word in raw], dtype=np.int64) if raw else np.empty(0, dtype=np.int64)
    sizes = np.array([len(word) for word in raw], dtype=np.int64)
    return Cells(np.frombuffer(b"".join(raw), dtype=np.uint8), ends - sizes, ends)


def first_of(places: Ints, starts: Ints, ends: Ints, otherwise: Ints) -> Ints:
    """Return the first of the sorted `places` inside each row, else `otherwise`."""
    if not len(places):
        return otherwise
    at = np.searchsorted(places, starts)
    found = places[np.minimum(at, len(places) - 1)]
    return np.where((at < len(places)) & (found < ends) & (found >= starts), found, otherwise)


def last_of(places: Ints, starts: Ints, ends: Ints, otherwise: Ints) -> Ints:
    """Return the last of the sorted `places` inside each row, else `otherwise`."""
    if not len(places):
        return otherwise
    at = np.searchsorted(places, ends) - 1
    found = places[np.maximum(at, 0)]
    return np.where((at >= 0) & (found >= starts) & (found < ends), found, otherwise)


@lru_cache(maxsize=8)
def _powers(size: int) -> tuple[Hashes, Hashes]:
    up = np.full(size, _FACTOR, dtype=np.uint64)
    down = np.full(size, _INVERSE, dtype=np.uint64)
    up[0] = down[0] = 1
    return np.cumprod(up, dtype=np.uint64), np.cumprod(down, dtype=np.uint64)


class Hasher:
    """Hashes of any part of the bytes in constant time: prefix sums of bytes times powers of an odd number."""

    def __init__(self, data: Bytes) -> None:
        up, self._down = _powers(1 << max(16, (len(data) + 1).bit_length()))
        self._sums = np.zeros(len(data) + 1, dtype=np.uint64)
        spread = data.astype(np.uint64)
        spread += np.uint64(1)
        spread *= up[: len(data)]
        np.cumsum(spread, out=self._sums[1:])

    def __call__(self, starts: Ints, ends: Ints) -> Hashes:
        """Return a 64-bit hash of each part, 0 for an empty one."""
        return mixed((self._sums[ends] - self._sums[starts]) * self._down[starts])


def hashes(column: Cells) -> Hashes:
    """Return a 64-bit hash of each row, 0 for an empty one. The same on every machine and in every version."""
    return Hasher(column.data)(column.starts, column.ends)


def mixed(values: Hashes) -> Hashes:
    """Return well-spread hashes of numbers (0 stays 0), by Steele's splitmix64 finaliser."""
    out = values ^ (values >> np.uint64(30))
    out *= np.uint64(0xBF58476D1CE4E5B9)
    out ^= out >> np.uint64(27)
    out *= np.uint64(0x94D049BB133111EB)
    out ^= out >> np.uint64(31)
    return out


def short(values: Hashes) -> NDArray[np.uint32]:
    """Return the upper half of each hash."""
    return (values >> np.uint64(32)).astype(np.uint32)


def tokens(column: Cells) -> tuple[Ints, Ints, Ints]:
    """Return where tokens start and end, and for each row the number of tokens before it (one more at the end).

    Tokens are runs of bytes from "0" on; rows must follow each other without a gap.
    """
    gap = column.data < 48
    size = len(gap)
    opens, closes = np.empty(size, dtype=np.bool_), np.empty(size, dtype=np.bool_)
    opens[1:], closes[:-1] = gap[:-1], gap[1:]
    filled = column.sizes > 0
    opens[column.starts[filled]] = True
    closes[column.ends[filled] - 1] = True
    starts = np.flatnonzero(opens & ~gap)
    ends = np.flatnonzero(closes & ~gap) + 1
    pointers = np.searchsorted(starts, np.append(column.starts, size))
    return starts, ends, pointers
