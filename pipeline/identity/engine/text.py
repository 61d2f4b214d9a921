"""Columns of text as bytes: cut into tokens and hashed for all rows at once.

A column is one array of UTF-8 bytes and where each row starts and ends in it, as Arrow holds it. Every function
works on whole arrays, so a million rows cost a few passes over their bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.identity.engine import spans

if TYPE_CHECKING:
    import pyarrow as pa

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Hashes = NDArray[np.uint64]

SPACE, DROPPED = 32, 0
WORD = 8
MASKS = np.array([(1 << (8 * size)) - 1 for size in range(WORD + 1)], dtype=np.uint64)
_FACTOR, _NEXT_FACTOR, _SIZE_FACTOR = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9


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

    def filled(self) -> tuple[Ints, Cells]:
        """Return which rows are not empty, and these."""
        at = np.flatnonzero(self.starts != self.ends)
        return at, Cells(self.data, self.starts.take(at), self.ends.take(at))

    def kept(self, keep: Bools) -> Cells:
        """Return the rows without the bytes whose `keep` is false."""
        if keep.all():
            return self
        before = np.empty(len(keep) + 1, dtype=np.int32)
        before[0] = 0
        np.cumsum(keep, out=before[1:], dtype=np.int32)
        data = self.data.take(np.flatnonzero(keep))
        return Cells(data, before.take(self.starts).astype(np.int64), before.take(self.ends).astype(np.int64))

    def narrowed(self, starts: Ints, ends: Ints) -> Cells:
        """Return a part of each row, alone in its bytes."""
        ends = np.maximum(ends, starts)
        sizes = ends - starts
        fresh = np.cumsum(sizes)
        filled = np.flatnonzero(sizes)
        if not len(filled):
            return Cells(self.data[:0], fresh, fresh)
        first, last, to = starts.take(filled), ends.take(filled), fresh.take(filled)
        # Steps of one byte, and from the end of each part to the start of the next.
        places = np.ones(to[-1], dtype=np.int64)
        places[0] = first[0]
        places[to[:-1]] = first[1:] - last[:-1] + 1
        return Cells(self.data.take(np.cumsum(places, out=places)), fresh - sizes, fresh)

    def first(self, byte: int, otherwise: Ints) -> Ints:
        """Return where each row first has `byte`, else `otherwise`."""
        return spans.first_of(np.flatnonzero(self.data == byte), self.starts, self.ends, otherwise)


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


class Words:
    """Any eight bytes of a text as one number, the first byte the lowest; behind the end all are 0."""

    __slots__ = ("_found",)

    def __init__(self, data: Bytes) -> None:
        padded = np.empty(len(data) + 2 * WORD, dtype=np.uint8)
        padded[: len(data)], padded[len(data) :] = data, 0
        # The eight bytes from each byte on, without a copy: they overlap.
        self._found = np.ndarray((len(data) + WORD,), "<u8", padded, strides=(1,))

    def __call__(self, starts: Ints) -> Hashes:
        """Return the eight bytes from each place on."""
        return self._found[np.minimum(starts, len(self._found) - 1)]


class Hasher:
    """Hashes of any parts of the bytes, eight bytes at a step: a word costs the same as a letter."""

    __slots__ = ("_words",)

    def __init__(self, data: Bytes) -> None:
        self._words = Words(data)

    def __call__(self, starts: Ints, ends: Ints) -> Hashes:
        """Return a 64-bit hash of each part, 0 for an empty one."""
        sizes = ends - starts
        out = self._spread(starts, sizes, _FACTOR)
        out += sizes.view(np.uint64) * np.uint64(_SIZE_FACTOR)
        factor, at = _FACTOR, None
        while True:
            starts, sizes = starts + WORD, sizes - WORD
            more = np.flatnonzero(sizes > 0)
            if not len(more):
                return mixed(out)
            if 2 * len(more) < len(starts):
                starts, sizes = starts.take(more), sizes.take(more)
                at = more if at is None else at.take(more)
            factor = factor * _NEXT_FACTOR % (1 << 64)
            out[slice(None) if at is None else at] += self._spread(starts, sizes, factor)

    def _spread(self, starts: Ints, sizes: Ints, factor: int) -> Hashes:
        """Return the first eight bytes of each part as a number, 0 behind its end, times an odd number."""
        found: Hashes = self._words(starts)
        found &= MASKS.take(sizes, mode="clip")
        found ^= found >> np.uint64(32)
        found *= np.uint64(factor)
        return found


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
