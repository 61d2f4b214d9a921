"""Numbers made of other numbers: buckets of a table, keys of two values, the beginning of a surname."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.identity.engine.spelling import letters
from pipeline.identity.engine.text import mixed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.pairs import Side
    from pipeline.identity.engine.text import Hashes

BITS = 8.0
"""Bits are kept in steps of 1/8."""
AT_ONCE = 65_536
"""Values worked on at a time: they stay in the processor's cache."""
WIDE = 64
"""Bits of a number that counts as large as a place."""
FEW = 4
"""Values fewer than the known ones by this factor are looked up by halves: no table is worth its making."""
NEAR = 128
"""Numbers among which the known ones lie, for each that is looked up: a table of all of them is worth its making."""
MOST_NEAR = 8
"""Hashes with the same first bits that are compared one by one."""
_ODD, _OTHER_ODD = np.uint64(0x9FB21C651E98DF25), np.uint64(0xD6E8FEB86659FD93)


def bucket(values: NDArray[np.integer], size: int) -> NDArray[np.int64]:
    """Return the bucket of each hash among `size` (a power of two): its highest bits."""
    width = values.dtype.itemsize * 8
    places = values >> values.dtype.type(width - size.bit_length() + 1)
    return places.view(np.int64) if width == WIDE else places.astype(np.int64)


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values in ascending order, each once: by sorting, several times as fast as numpy's hash table."""
    ordered = np.sort(values)
    return ordered[firsts(ordered)]


def firsts(values: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return where values that lie in order begin anew."""
    first = np.ones(len(values), dtype=np.bool_)
    first[1:] = values[1:] != values[:-1]
    return first


def once(values: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each distinct hash stands first, and for each hash its place among these.

    By sorting numbers that hold most of a hash and its place: a third of the time of `np.unique`.
    """
    width = np.uint64(max(1, len(values)).bit_length())
    numbers = (values >> width) << width
    numbers |= np.arange(len(values), dtype=np.uint64)
    numbers.sort()
    order = (numbers & ((np.uint64(1) << width) - np.uint64(1))).astype(np.int64)
    begins = firsts(numbers >> width)
    first, places = order[begins], np.empty(len(values), dtype=np.int64)
    places[order] = np.cumsum(begins) - 1
    if not np.array_equal(values.take(first).take(places), values):  # Two hashes began alike.
        _, first, places = np.unique(values, return_index=True, return_inverse=True)
    return first, places


def among(values: NDArray[np.integer], known: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return which values are among the known ones (ascending)."""
    found: NDArray[np.bool_] = placed(values, known) >= 0
    return found


def placed(values: NDArray[np.integer], known: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the place of each value among the known ones (ascending, each once), -1 where it is not.

    Hashes are looked up by their first bits: a search by halves costs several times as much.
    """
    if not len(known) or not len(values):
        return np.full(len(values), -1, dtype=np.int64)
    if known.dtype.kind == values.dtype.kind == "i" and int(known[-1]) - int(known[0]) < NEAR * len(values):
        return _numbered(values, known)
    if FEW * len(values) < len(known) or known.dtype.kind != "u" or values.dtype != known.dtype:
        at = np.minimum(np.searchsorted(known, values), len(known) - 1)
        return np.where(known[at] == values, at, -1)
    size = 1 << (len(known).bit_length() + 2)
    starts = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(bucket(known, size), minlength=size), out=starts[1:])
    out = np.full(len(values), -1, dtype=np.int64)
    for start in range(0, len(values), AT_ONCE):
        part = values[start : start + AT_ONCE]
        places = bucket(part, size)
        at, end = starts.take(places), starts.take(places + 1)
        asked = np.flatnonzero(at < end)
        at, end = at[asked], end[asked]
        for _ in range(MOST_NEAR):
            same = known.take(at) == part[asked]
            out[start + asked[same]] = at[same]
            at = at + 1
            left = np.flatnonzero(~same & (at < end))
            asked, at, end = asked[left], at[left], end[left]
            if not len(asked):
                break
        else:  # Numbers that are no hashes lie close together: one would be compared with thousands.
            at = np.minimum(np.searchsorted(known, part[asked]), len(known) - 1)
            out[start + asked] = np.where(known[at] == part[asked], at, -1)
    return out


def _numbered(values: NDArray[np.integer], known: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the place of each number among the known ones, -1 where it is not, by a table of all between them."""
    low, high = known[0], known[-1]
    table = np.full(int(high) - int(low) + 1, -1, dtype=np.int32)
    table[known - low] = np.arange(len(known), dtype=np.int32)
    inside = (values >= low) & (values <= high)
    found = table.take(np.where(inside, values, low) - low).astype(np.int64)
    return found if inside.all() else np.where(inside, found, -1)


def surname_beginnings(rows: Features) -> NDArray[np.uint32]:
    """Return the first three letters of each surname as a number, 0 for none: what slips of the pen leave alone."""
    three = letters(rows["surname_text"])[:, :3].astype(np.uint32)
    return (three[:, 0] << 16 | three[:, 1] << 8 | three[:, 2]).astype(np.uint32)


def pair_key(one: NDArray[np.unsignedinteger], two: NDArray[np.unsignedinteger], kind: int) -> Hashes:
    """Return a key of two values in this order, 0 where either is 0; `kind` tells keys of different makes apart."""
    salt = np.uint64((kind * 0xD1342543DE82EF95) & 0xFFFFFFFFFFFFFFFF)
    out = np.empty(len(one), dtype=np.uint64)
    for start in range(0, len(out), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        first, second = one[part].astype(np.uint64), two[part].astype(np.uint64)
        known = (first != 0) & (second != 0)
        first *= _ODD
        second ^= second >> np.uint64(29)
        second *= _OTHER_ODD
        first += second
        first += salt
        np.multiply(mixed(first), known, out=out[part])
    return out


def id_key(values: Hashes, kind: int) -> Hashes:
    """Return a key of an id that is a hash already, 0 for none; `kind` tells ids of different makes apart."""
    salt = np.uint64((kind * 0xD1342543DE82EF95) & 0xFFFFFFFFFFFFFFFF)
    return np.where(values != 0, values ^ salt, np.uint64(0))


def full_name(rows: Features | Side) -> Hashes:
    """Return a key of given name and surname in any order, 0 where one is missing."""
    one, two = rows["given"], rows["surname"]
    return pair_key(np.minimum(one, two), np.maximum(one, two), 4)
