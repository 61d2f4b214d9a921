"""Two spellings of one name: one letter wrong, missing, doubled or swapped with its neighbour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.names import SHOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Bools

SHORTEST = 4


def letters(names: NDArray[np.bytes_]) -> NDArray[np.uint8]:
    """Return the letters of names as rows of numbers, 0 after the last one."""
    return np.ascontiguousarray(names).view(np.uint8).reshape(-1, SHOWN)


def is_close(one: NDArray[np.bytes_], two: NDArray[np.bytes_]) -> Bools:
    """Return whether names are one slip of the pen apart (and both have four letters or more).

    Of longer names only the beginning is known: what was cut off is taken to agree.
    """
    left, right = letters(one), letters(two)
    shorter = np.minimum((left != 0).sum(axis=1), (right != 0).sum(axis=1))
    same = left == right
    prefix = np.cumprod(same, axis=1, dtype=np.uint8).sum(axis=1).astype(np.int64)
    wrong = _rest_agrees(same, prefix + 1)
    more = _rest_agrees(left[:, 1:] == right[:, :-1], prefix) | _rest_agrees(left[:, :-1] == right[:, 1:], prefix)
    row = np.arange(len(left))
    here, after = np.minimum(prefix, SHOWN - 1), np.minimum(prefix + 1, SHOWN - 1)
    turned = (left[row, here] == right[row, after]) & (left[row, after] == right[row, here])
    result: Bools = (wrong | more | turned & _rest_agrees(same, prefix + 2)) & (shorter >= SHORTEST)
    return result


def _rest_agrees(same: Bools, start: NDArray[np.int64]) -> Bools:
    """Return whether all letters from `start` on agree."""
    rest = np.ones((len(same), SHOWN + 3), dtype=np.bool_)
    rest[:, : same.shape[1]] = np.logical_and.accumulate(same[:, ::-1], axis=1)[:, ::-1]
    result: Bools = rest[np.arange(len(same)), start]
    return result


def is_beginning(one: NDArray[np.bytes_], two: NDArray[np.bytes_], *, fewest: int = 3) -> Bools:
    """Return whether the shorter name (of at least `fewest` letters) begins the longer one."""
    left, right = letters(one), letters(two)
    shorter = np.minimum((left != 0).sum(axis=1), (right != 0).sum(axis=1))
    prefix = np.cumprod(left == right, axis=1, dtype=np.uint8).sum(axis=1)
    result: Bools = (prefix >= shorter) & (shorter >= fewest)
    return result


def is_akin(one: NDArray[np.bytes_], two: NDArray[np.bytes_]) -> Bools:
    """Return whether one given name may be a short form of the other: same beginning, or the end of the longer."""
    left, right = letters(one), letters(two)
    left_size, right_size = (left != 0).sum(axis=1), (right != 0).sum(axis=1)
    shorter = np.minimum(left_size, right_size)
    prefix = np.cumprod((left == right) & (left != 0), axis=1, dtype=np.uint8).sum(axis=1)
    begins = (prefix >= 3) & (shorter <= 5) & (left_size != right_size)
    steps = np.arange(1, SHOWN + 1)
    ends_left = np.take_along_axis(left, np.maximum(left_size[:, None] - steps, 0), axis=1)
    ends_right = np.take_along_axis(right, np.maximum(right_size[:, None] - steps, 0), axis=1)
    suffix = np.cumprod(ends_left == ends_right, axis=1, dtype=np.uint8).sum(axis=1)
    result: Bools = begins | (suffix >= shorter) & (shorter >= 4)
    return result
