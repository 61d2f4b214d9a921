"""What an increment looks things up in: blocking keys and pairs, sorted, one segment per increment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.identity.engine import blocking
from pipeline.identity.engine.directories import by_beginning, by_number, first_places, number_places
from pipeline.identity.engine.keying import pair_key
from pipeline.identity.engine.scoring import Scored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.identity.engine.scoring import Records
    from pipeline.identity.engine.text import Hashes, Ints

Numbers = NDArray[np.uint32]
_ID = 40
WALKED = 8
"""Entries of one key or record that are walked through."""


@dataclass(frozen=True, slots=True)
class Index:
    """Blocking keys in ascending order, the record that has each, and where keys of each beginning are."""

    keys: Hashes
    records: Numbers
    begins: Numbers


@dataclass(frozen=True, slots=True)
class Links:
    """Candidate pairs in both directions, ascending by `start`, and where those of each number begin."""

    start: Numbers
    end: Numbers
    score: NDArray[np.float32]
    begins: Numbers


def index(found: Records, start: int = 0) -> Index:
    """Return the blocking keys of records whose numbers begin at `start`, and a key for each record id."""
    keys, numbers = [], []
    for make in blocking.keys(found.rows, found.rare, found.strong):
        table = make()
        keys.append(table.keys)
        numbers.append((table.records + start).astype(np.uint32))
    keys.append(id_keys(found.rows["record_id"]))
    numbers.append(np.arange(start, start + len(found.rows), dtype=np.uint32))
    return _ascending(_in_one(keys), _in_one(numbers))


def _in_one(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Return parts as one, and let go of them: they are the larger half of what an index takes while it is made."""
    found = np.concatenate(parts)
    parts.clear()
    return found


def _ascending(keys: Hashes, numbers: Numbers) -> Index:
    # Sorted are numbers that hold the beginning of a key and its place: quicker than finding an order. The few keys
    # that begin alike are put in order by all of it.
    width = np.uint64(max(1, len(keys)).bit_length())
    begins = (keys >> width) << width
    begins |= np.arange(len(keys), dtype=np.uint64)
    begins.sort()
    begins &= (np.uint64(1) << width) - np.uint64(1)
    order = begins.view(np.int64)
    keys, numbers = keys[order], numbers[order]
    if not (keys[1:] >= keys[:-1]).all():
        order = np.argsort(keys, kind="stable")
        keys, numbers = keys[order], numbers[order]
    return Index(keys, numbers, by_beginning(keys))


def merged(indexes: Sequence[Index]) -> Index:
    """Return several indexes as one."""
    return _ascending(np.concatenate([one.keys for one in indexes]), np.concatenate([one.records for one in indexes]))


def id_keys(ids: NDArray[np.int64]) -> Hashes:
    """Return the key under which a record id is found."""
    return pair_key(ids.view(np.uint64) + np.uint64(1), np.ones(len(ids), dtype=np.uint64), _ID)


def merged_links(parts: Sequence[Links]) -> Links:
    """Return the links of several increments as one."""
    start = np.concatenate([one.start for one in parts])
    order = np.argsort(start, kind="stable")
    end, score = (np.concatenate([getattr(one, name) for one in parts])[order] for name in ("end", "score"))
    return Links(start[order], end, score, by_number(start))


def links(candidates: Scored) -> Links:
    """Return pairs in both directions."""
    start = np.concatenate([candidates.left, candidates.right]).astype(np.uint32)
    end = np.concatenate([candidates.right, candidates.left]).astype(np.uint32)
    score = np.concatenate([candidates.score, candidates.score])
    order = np.argsort(start, kind="stable")
    return Links(start[order], end[order], score[order], by_number(start))


def ranges(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return which range each place belongs to, and the places themselves."""
    sizes = ends - starts
    owner = np.repeat(np.arange(len(starts)), sizes)
    return owner, np.arange(sizes.sum()) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)


def _ends(values: NDArray[np.unsignedinteger], starts: Ints) -> Ints:
    """Return where runs of one value end: short ones are walked through, the others looked up."""
    ends = starts + 1
    open_ = np.arange(len(starts))
    for _ in range(WALKED):
        inside = ends[open_] < len(values)
        open_ = open_[inside]
        open_ = open_[values[ends[open_]] == values[starts[open_]]]
        if not len(open_):
            return ends
        ends[open_] += 1
    ends[open_] = np.searchsorted(values, values[starts[open_]], side="right")
    return ends


def lookup(indexes: Sequence[Index], keys: Hashes) -> tuple[Ints, Ints]:
    """Return (place in `keys`, record) for every known record that has one of the ascending `keys`."""
    owners, records = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for one in indexes:
        starts = first_places(one.keys, one.begins, keys)
        some = np.flatnonzero(one.keys[np.minimum(starts, len(one.keys) - 1)] == keys) if len(one.keys) else starts[:0]
        owner, places = ranges(starts[some], _ends(one.keys, starts[some]))
        owners.append(some[owner])
        records.append(one.records[places].astype(np.int64))
    return np.concatenate(owners), np.concatenate(records)


def neighbours(segments: Sequence[Links], records: Ints) -> Scored:
    """Return all pairs that start at one of the records."""
    lefts, rights, scores = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    for one in segments:
        starts, ends = number_places(one.start, one.begins, records)
        some = np.flatnonzero(starts < ends)
        owner, places = ranges(starts[some], ends[some])
        lefts.append(records[some[owner]])
        rights.append(one.end[places].astype(np.int64))
        scores.append(one.score[places])
    return Scored(np.concatenate(lefts), np.concatenate(rights), np.concatenate(scores))
