"""Blocks: entries of a table that have one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.keying import among, bucket, firsts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Hashes, Ints


PLACES = np.uint64(31)
"""Binary places of a record's number in a packed pair."""
MOST_BITS = 22
"""Keys are told apart by at most so many bits before they are put in order."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Entries of a table with a key of their own block by block: where each block starts and how many it has.

    `crowd`: the entries whose key too many share.
    """

    entries: Ints
    starts: Ints
    sizes: Ints
    crowd: Ints

    def nearby(self) -> Blocks:
        """Return the blocks in the order of their first entries, which a block has in ascending order."""
        first = self.entries.take(self.starts)
        width = np.uint64(max(1, len(first)).bit_length())
        order = np.sort(first.view(np.uint64) << width | np.arange(len(first), dtype=np.uint64))
        order = (order & ((np.uint64(1) << width) - np.uint64(1))).view(np.int64)
        return Blocks(self.entries, self.starts.take(order), self.sizes.take(order), self.crowd)


def meeting(key: Hashes, name: NDArray[np.uint32], most: int | None) -> Ints:
    """Return the entries that may be in a block of two names, or of more than `most` entries.

    Keys are told apart by their first bits alone: entries of no such block may be left, none is missing. To put
    the others in order would take most of the time of blocking.
    """
    size = 1 << min(MOST_BITS, max(12, int(2 * len(key)).bit_length()))
    place = bucket(key, size)
    last = np.empty(size, dtype=np.uint32)
    last[place] = name
    wanted = np.zeros(size, dtype=np.bool_)
    wanted[place.compress(last.take(place) != name)] = True
    if most is not None:
        wanted |= np.bincount(place, minlength=size) > most
    return np.flatnonzero(wanted.take(place))


def blocks_of(key: Hashes, most: int | None, crowded: Hashes | None) -> Blocks:
    """Return the blocks of a table: keys that several and at most `most` share, or that are not `crowded` ones."""
    entries, shared = _ordered(key)
    starts = np.flatnonzero(firsts(shared))
    sizes = np.diff(np.append(starts, len(shared)))
    known = np.empty(0, dtype=np.uint64) if crowded is None else crowded
    over = among(shared[starts], known) if most is None else sizes > most
    crowd = entries[np.repeat(over, sizes)]
    use = ~over & (sizes > 1)
    return Blocks(entries, starts[use], sizes[use], crowd)


def _ordered(key: Hashes) -> tuple[Ints, Hashes]:
    """Return the entries whose key another one has, ordered by key, and the key of each.

    Sorted are numbers that hold the beginning of a key and the place of its entry: that takes a fourth of the time of
    finding an order. Where two keys begin alike, the few that are left are put in order by all of it.
    """
    width = np.uint64(max(1, len(key)).bit_length())
    numbers = (key >> width) << width
    numbers |= np.arange(len(key), dtype=np.uint64)
    numbers.sort()
    begins = firsts(numbers >> width)
    lone = begins.copy()
    lone[:-1] &= begins[1:]
    left = np.flatnonzero(~lone)
    entries = (numbers[left] & ((np.uint64(1) << width) - np.uint64(1))).astype(np.int64)
    shared = key[entries]
    if not np.array_equal(firsts(shared), begins[left]):
        order = np.argsort(shared, kind="stable")
        entries, shared = entries[order], shared[order]
    return entries, shared


def met_in(blocks: Blocks, records: Ints, settled: Hashes | None) -> Hashes:
    """Return the pairs of records within the blocks, packed, without those whose names have met: `settled`."""
    record, starts, sizes = records[blocks.entries], blocks.starts, blocks.sizes
    found = [np.empty(0, dtype=np.uint64)]
    step = 1
    # By distance within a block: a block of n gives n - 1 rounds, most blocks stop after one.
    while len(starts):
        many = sizes - step
        offset = np.cumsum(many) - many
        left = np.arange(many.sum()) + np.repeat(starts - offset, many)
        one, two = record.take(left), record.take(left + step)
        if settled is not None:
            name = settled.take(one)
            open_ = np.flatnonzero((name != settled.take(two)) | (name == 0))
            one, two = one.take(open_), two.take(open_)
        found.append(packed(np.minimum(one, two), np.maximum(one, two)))
        step += 1
        more = sizes > step
        starts, sizes = starts[more], sizes[more]
    return np.concatenate(found)


def unpacked(packed: Hashes) -> tuple[Ints, Ints]:
    """Return the two record numbers of packed pairs, the smaller first."""
    return (packed >> PLACES).astype(np.int64), (packed & np.uint64(0x7FFFFFFF)).astype(np.int64)


def packed(left: Ints, right: Ints) -> Hashes:
    """Return pairs of record numbers, the smaller first, as one number each."""
    return left.astype(np.uint64) << PLACES | right.astype(np.uint64)
