"""Blocking: keys that records of one person tend to share, and the pairs of records that share one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.columns import columns
from pipeline.identity.engine.keying import full_name, id_key, pair_key, surname_beginnings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from pipeline.identity.engine.columns import Columns
    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.pairs import Side
    from pipeline.identity.engine.text import Bools, Hashes, Ints

MOST = 60
"""A key shared by more records than this tells nobody apart."""
MOST_NAMED = 12
"""The same for keys of a name without an organisation."""


Table = tuple["Hashes", "Ints", int]
"""Keys of one kind, the record of each, and how many records may share one."""
IDS = ("slug", "member")
PLACES = np.uint64(31)
"""Binary places of a record's number in a packed pair."""


def keys(rows: Features, rare: Columns, strong: Hashes) -> Iterator[Table]:
    """Yield the blocking keys of all records, kind by kind, those of LinkedIn's ids and of `strong` ones first."""
    one = np.ones(len(rows), dtype=np.uint64)
    for number, field in enumerate(IDS):
        yield _known(id_key(rows[field], number + 2), MOST)
    for number in range(strong.shape[1]):
        yield _known(id_key(strong[:, number], 20 + number), MOST)
    yield _known(id_key(rows["email"], 1), MOST)
    given, begins = rows["given"], surname_beginnings(rows)
    yield _known(pair_key(rows["phone"], rows["surname"], 5), MOST)
    yield _known(pair_key(rows["phone"], given, 6), MOST)
    name = full_name(rows)
    short = np.where((rows["initial"] != 0) & (begins != 0), begins << 8 | rows["initial"], 0)
    for values, kind in ((name, 7), (short, 8)):
        yield _known(pair_key(values, rare["org"], kind), MOST, pair_key(values, rare["other_org"], kind))
    yield _known(pair_key(given, rare["org"], 11), MOST_NAMED)
    yield _known(pair_key(name, rows["city"], 9), MOST_NAMED)
    yield _known(pair_key(name, one, 10), MOST_NAMED)


def _known(key: Hashes, most: int, other: Hashes | None = None) -> Table:
    """Leave out records without a key; `other` holds a second key of each record."""
    records = np.flatnonzero(key)
    if other is None:
        return key[records], records, most
    more = np.flatnonzero((other != 0) & (other != key))
    return np.concatenate([key[records], other[more]]), np.concatenate([records, more]), most


def namesake_key(rows: Features | Side, org: NDArray[np.uint32]) -> Hashes:
    """Return the key of a name at an organisation."""
    return pair_key(full_name(rows), org, 7)


def pairs(tables: Iterable[Table], ids: int, crowded: Hashes | None = None) -> tuple[Hashes, Bools, Hashes]:
    """Return the pairs of records that share a key, which of them share more than an id, and keys that too many share.

    Pairs are packed and ascending; the first `ids` tables are ids. With `crowded` given, those keys are passed over
    and all others used, whatever their number: the frequency table is held fixed.
    """
    found, over = [], []
    for number, (key, records, most) in enumerate(tables):
        shared, over_most = _shared(key, records, most if crowded is None else None, crowded)
        # The lowest bit tells how they met, and sorts the pairs of an id behind the same pairs met otherwise.
        found.append((shared << np.uint64(1)) | np.uint64(number < ids))
        over.append(over_most)
    together = np.concatenate(found)
    together.sort()
    together = together[_firsts(together >> np.uint64(1))]
    return together >> np.uint64(1), (together & np.uint64(1)) == 0, np.sort(np.concatenate(over))


def _firsts(values: Hashes) -> NDArray[np.bool_]:
    first = np.ones(len(values), dtype=np.bool_)
    first[1:] = values[1:] != values[:-1]
    return first


def _shared(key: Hashes, records: Ints, most: int | None, crowded: Hashes | None) -> tuple[Hashes, Hashes]:
    maybe = np.flatnonzero(_maybe_shared(key))
    key, records = key[maybe], records[maybe]
    order = np.argsort(key)
    key, records = key[order], records[order].astype(np.uint64)
    starts = np.flatnonzero(_firsts(key))
    sizes = np.diff(np.append(starts, len(key)))
    over = np.empty(0, dtype=np.uint64)
    if most is not None:
        over = key[starts[sizes > most]]
        use = (sizes > 1) & (sizes <= most)
    else:
        use = (sizes > 1) & ~np.isin(key[starts], np.empty(0, dtype=np.uint64) if crowded is None else crowded)
    starts, sizes = starts[use], sizes[use]
    found = []
    step = 1
    # All pairs of a block, by distance within it: a block of n gives n - 1 rounds, most blocks stop after one.
    while len(starts):
        many = sizes - step
        offset = np.cumsum(many) - many
        left = np.arange(many.sum()) + np.repeat(starts - offset, many)
        one, two = records[left], records[left + step]
        found.append(np.minimum(one, two) << PLACES | np.maximum(one, two))
        step += 1
        more = sizes > step
        starts, sizes = starts[more], sizes[more]
    return (np.concatenate(found) if found else np.empty(0, dtype=np.uint64)), over


def _maybe_shared(key: Hashes) -> NDArray[np.bool_]:
    """Return which keys may occur twice: by buckets, so that most lone keys need no sorting."""
    size = 1 << max(10, int(2 * len(key)).bit_length())
    place = (key >> np.uint64(64 - size.bit_length() + 1)).astype(np.int64)
    count = np.bincount(place, minlength=size)
    several: NDArray[np.bool_] = count[place] > 1
    return several


def unpacked(packed: Hashes) -> tuple[Ints, Ints]:
    """Return the two record numbers of packed pairs, the smaller first."""
    return (packed >> PLACES).astype(np.int64), (packed & np.uint64(0x7FFFFFFF)).astype(np.int64)


def packed(left: Ints, right: Ints) -> Hashes:
    """Return pairs of record numbers, the smaller first, as one number each."""
    return left.astype(np.uint64) << PLACES | right.astype(np.uint64)


def arranged(rows: Features, strong: Hashes) -> tuple[Columns, Hashes]:
    """Return records ordered by name, so that those likely to be compared lie near each other in memory.

    The order changes no result; it saves half of the time of weighing a million records.
    """
    order = np.argsort(surname_beginnings(rows).astype(np.uint64) << np.uint64(32) | rows["given"])
    return columns(rows, order), strong[order]
