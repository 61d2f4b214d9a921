"""Where to look in a long ascending list: places kept by the first bits of a hash, or by the number itself.

A search by halves takes two dozen steps, most of them somewhere else in memory; an increment looks up a hundred
thousand values. The places are found once, when a list is made, and kept with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.keying import bucket

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Hashes, Ints

    Numbers = NDArray[np.uint32]

PER_BEGINNING = 2
"""Hashes of one beginning, about."""
WALKED = 8
"""Hashes of one beginning that are passed one by one: where more have it, all are searched by halves."""
SPARSE = 8
"""Numbers there may be for each entry of a list: with more, their places take more room than they save time."""


def by_beginning(keys: Hashes) -> Numbers:
    """Return where hashes (ascending) of each beginning begin, and at last how many there are."""
    size = 1 << max(len(keys) // PER_BEGINNING, 2).bit_length() - 1
    return _begins(np.bincount(bucket(keys, size), minlength=size))


def first_places(keys: Hashes, begins: Numbers, wanted: Hashes) -> Ints:
    """Return the place of the first of the ascending `keys` that is not less than each wanted one."""
    size = len(begins) - 1
    beginning = bucket(wanted, size)
    at = begins[beginning].astype(np.int64)
    ends = begins[beginning + 1]
    open_ = np.flatnonzero(at < ends)
    for _ in range(WALKED):
        open_ = open_[keys[at[open_]] < wanted[open_]]
        if not len(open_):
            return at
        at[open_] += 1
        open_ = open_[at[open_] < ends[open_]]
    at[open_] = np.searchsorted(keys, wanted[open_])
    return at


def by_number(numbers: Numbers) -> Numbers:
    """Return where each number begins in the list once it is in order, and at last its length; nothing if sparse."""
    if not len(numbers) or int(numbers.max()) > SPARSE * len(numbers):
        return np.empty(0, dtype=np.uint32)
    return _begins(np.bincount(numbers))


def number_places(numbers: Numbers, begins: Numbers, wanted: Ints) -> tuple[Ints, Ints]:
    """Return where the run of each wanted number begins and ends in the ascending `numbers`."""
    if not len(begins):
        asked = wanted.astype(numbers.dtype)
        return np.searchsorted(numbers, asked), np.searchsorted(numbers, asked, side="right")
    at = np.minimum(wanted, len(begins) - 1)
    return begins[at].astype(np.int64), begins[np.minimum(at + 1, len(begins) - 1)].astype(np.int64)


def _begins(counts: NDArray[np.int64]) -> Numbers:
    begins = np.zeros(len(counts) + 1, dtype=np.uint32)
    np.cumsum(counts, out=begins[1:])
    return begins
