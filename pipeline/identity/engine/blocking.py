"""Blocking: keys that records of one person tend to share, and the pairs of records that share one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.identity.engine.blocks import PLACES, blocks_of, meeting, met_in
from pipeline.identity.engine.keying import (
    distinct,
    firsts,
    full_name,
    id_key,
    pair_key,
    surname_beginnings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from pipeline.identity.engine.columns import Columns, Spread
    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.pairs import Side
    from pipeline.identity.engine.text import Bools, Hashes, Ints

MOST = 60
"""A key shared by more records than this tells nobody apart."""
MOST_NAMED = 12
"""The same for keys of a name without an organisation."""
TOGETHER = 1 << 22
"""Keys and pairs put in order at a time: what is worked with beside them must not grow with the list."""

IDS = ("slug", "member")


ID, NAME, NAMED, OTHER = range(4)
"""Kinds of keys: of an id, of a full name, of a full name and something else."""


class Table(NamedTuple):
    """Keys of one kind, the record of each, and how many records may share one."""

    keys: Hashes
    records: Ints
    most: int
    kind: int


def keys(rows: Features, rare: Columns, strong: Hashes) -> Sequence[Callable[[], Table]]:
    """Return what makes the blocking keys of all records, kind by kind, those of names first."""
    name, org, other = full_name(rows), rare["org"], rare["other_org"]

    def short() -> Table:
        begins = surname_beginnings(rows)
        told = np.where((rows["initial"] != 0) & (begins != 0), begins << 8 | rows["initial"], 0).astype(np.uint32)
        return _known(pair_key(told, org, 8), MOST, OTHER, pair_key(told, other, 8))

    return [
        lambda: _known(name, MOST_NAMED, NAME),
        *(partial(_ids, rows[field], number + 2, ID) for number, field in enumerate(IDS)),
        *(partial(_ids, strong[:, number], 20 + number, ID) for number in range(strong.shape[1])),
        lambda: _ids(rows["email"], 1, OTHER),
        lambda: _known(pair_key(rows["phone"], rows["surname"], 5), MOST),
        lambda: _known(pair_key(rows["phone"], rows["given"], 6), MOST),
        lambda: _known(pair_key(name, org, 7), MOST, NAMED, pair_key(name, other, 7)),
        lambda: _known(pair_key(name, rows["city"], 9), MOST_NAMED, NAMED),
        short,
        lambda: _known(pair_key(rows["given"], org, 11), MOST_NAMED),
    ]


def _ids(values: Hashes, make: int, kind: int) -> Table:
    return _known(id_key(values, make), MOST, kind)


def _known(key: Hashes, most: int, kind: int = OTHER, more: Hashes | None = None) -> Table:
    """Leave out records without a key; `more` holds a second key of each record."""
    records = np.flatnonzero(key)
    if more is None:
        return Table(key[records], records, most, kind)
    others = np.flatnonzero((more != 0) & (more != key))
    return Table(np.concatenate([key[records], more[others]]), np.concatenate([records, others]), most, kind)


def namesake_key(rows: Features | Side, org: NDArray[np.uint32]) -> Hashes:
    """Return the key of a name at an organisation."""
    return pair_key(full_name(rows), org, 7)


def pairs(
    tables: Sequence[Callable[[], Table]],
    size: int,
    crowded: Hashes | None = None,
    spread: Spread = map,
) -> tuple[Hashes, Bools, Hashes]:
    """Return the pairs of records that share a key, which of them share more than an id, and keys that too many share.

    Pairs are packed, each once, those of one name first and near each other; `tables`: of names first; `size`: how
    many records there are. With `crowded` given, those keys are passed over and all others used, whatever their
    number: the frequency table is held fixed.
    """
    settled = np.zeros(size, dtype=np.uint64)
    named, over = [], []
    table = tables[0]()
    for key, records in _parts(table, settled):
        blocks = blocks_of(key, table.most if crowded is None else None, crowded)
        settled[records] = key
        settled[records.take(blocks.crowd)] = 0
        named.append(met_in(blocks.nearby(), records, None))
        over.append(distinct(key.take(blocks.crowd)))
    # Who shares a name met by it: no such pair is found again.
    found = list(spread(lambda make: _found(make(), settled, crowded), tables[1:]))
    others, usual = _united([met for met, _ in found], size)
    is_usual: Bools = np.concatenate([np.ones(sum(len(one) for one in named), dtype=np.bool_), usual])
    over.extend(crowd for _, crowd in found)
    return np.concatenate([*named, others]), is_usual, np.sort(np.concatenate(over))


def _found(table: Table, settled: Hashes, crowded: Hashes | None) -> tuple[Hashes, Hashes]:
    """Return the pairs that a table makes beside those of names, marked in the lowest bit, and its crowded keys."""
    found, over = [], []
    most = table.most if crowded is None else None
    for part in _parts(table, settled):
        key, records = part if table.kind == NAMED else _narrowed(*part, settled, most)
        blocks = blocks_of(key, most, crowded)
        # The lowest bit tells how they met, and sorts the pairs of an id behind the same pairs met otherwise.
        met = met_in(blocks, records, settled)
        met <<= np.uint64(1)
        met |= np.uint64(table.kind == ID)
        found.append(met)
        over.append(distinct(key.take(blocks.crowd)))
    return np.concatenate(found), np.concatenate(over)


def _narrowed(key: Hashes, records: Ints, settled: Hashes, most: int | None) -> tuple[Hashes, Ints]:
    """Leave out keys whose records have all met by their name: half of its hash tells, the record if it has none."""
    names = settled.take(records).astype(np.uint32)
    places = meeting(key, np.where(names != 0, names, records.astype(np.uint32)), most)
    return key.take(places), records.take(places)


def _parts(table: Table, settled: Hashes) -> Iterator[tuple[Hashes, Ints]]:
    """Yield the keys of a table and the records that have them, some keys at a time where there are very many."""
    key, records = table.keys, table.records
    # Who shares the name meets by the name already, unless too many do.
    open_ = settled.take(records) == 0 if table.kind == NAMED else None
    bits = (len(key) // TOGETHER).bit_length()
    if not bits:
        left = slice(None) if open_ is None else np.flatnonzero(open_)
        yield key[left], records[left]
        return
    # The first byte of each key, which the processor stores last.
    where = key.astype("<u8", copy=False).view(np.uint8)[7::8] >> np.uint8(8 - bits)
    for part in range(1 << bits):
        inside = where == part
        if open_ is not None:
            inside &= open_
        places = np.flatnonzero(inside)
        yield key.take(places), records.take(places)


def _united(found: list[Hashes], size: int) -> tuple[Hashes, Bools]:
    """Return pairs ascending and each once, and whether any of its finds had the lowest bit unset.

    Very many are put in order some at a time, by their first record.
    """
    total = sum(len(one) for one in found)
    parts = total // TOGETHER + 1
    bounds = (np.arange(1, parts, dtype=np.uint64) * np.uint64(size) // np.uint64(parts)) << (PLACES + np.uint64(1))
    if parts > 1:
        for one in found:
            one.sort()
    cuts = [[0, *np.searchsorted(one, bounds).tolist(), len(one)] for one in found]
    pairs, met, done = np.empty(total, dtype=np.uint64), np.empty(total, dtype=np.bool_), 0
    for part in range(parts):
        together = np.concatenate([one[cut[part] : cut[part + 1]] for one, cut in zip(found, cuts, strict=True)])
        together.sort()
        by_id = (together & np.uint64(1)).astype(np.bool_)
        together >>= np.uint64(1)
        first = np.flatnonzero(firsts(together))
        inside = slice(done, done + len(first))
        pairs[inside], met[inside] = together.take(first), ~by_id.take(first)
        done += len(first)
    return pairs[:done], met[:done]
