"""Where things are in rows of bytes: the first or last of many places inside each row, and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.identity.engine.text import Cells, Ints


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


def first_two(places: Ints, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return the first and the second of the sorted `places` inside each row, the row's end where there is none."""
    at = np.searchsorted(places, starts)
    padded = np.append(places, np.full(2, np.iinfo(np.int64).max))
    return np.minimum(padded.take(at), ends), np.minimum(padded.take(at + 1), ends)


def first_of_few(places: Ints, starts: Ints, ends: Ints, otherwise: Ints) -> Ints:
    """Return what `first_of` does, of rows in order: the places look for their rows, which few have any of."""
    rows, told = _owners(places, starts, ends)
    out = otherwise.copy()
    out[rows[::-1]] = told[::-1]
    return out


def last_of_few(places: Ints, starts: Ints, ends: Ints, otherwise: Ints) -> Ints:
    """Return what `last_of` does, of rows in order, for few places."""
    rows, told = _owners(places, starts, ends)
    out = otherwise.copy()
    out[rows] = told
    return out


def _owners(places: Ints, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return the row of each place that lies in one, and these places."""
    rows = np.searchsorted(starts, places, side="right") - 1
    inside = np.flatnonzero((rows >= 0) & (places < ends.take(rows, mode="clip")))
    return rows.take(inside), places.take(inside)


def last_ones(places: Ints, starts: Ints, ends: Ints, many: int) -> list[Ints]:
    """Return the last of the sorted `places` inside each row, the one before it and so on; the one before none is none.

    None is the place before the row.
    """
    padded = np.concatenate([np.full(many, -1, dtype=np.int64), places])
    at = np.searchsorted(places, ends)
    # Whatever lies before the row is none.
    return [np.maximum(padded.take(at + step), starts - 1) for step in reversed(range(many))]


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
