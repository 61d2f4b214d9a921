"""First and last names that came apart: most are one plain word each, which is read once for all who bear it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import spans, text
from pipeline.identity.engine.encoded import distinct, pieces
from pipeline.identity.engine.lists import number_map, word_set
from pipeline.identity.engine.names import PARTS, Names, folded, names
from pipeline.identity.engine.text import Bools, Cells, Ints

if TYPE_CHECKING:
    import pyarrow as pa

_MARKS = np.zeros(256, dtype=np.bool_)
_MARKS[[ord(mark) for mark in ",()\x1f"]] = True
"""What says how the words beside it are to be read."""
FEWEST = 3
"""Letters that a plain word has at least: two by themselves are nobody's name."""
_LISTS = ("honorifics", "credentials", "short_credentials", "particles", "nobody")


@dataclass(frozen=True, slots=True)
class Words:
    """Distinct first or last names, an empty one at the end, and for each record its place among them.

    `is_plain`: one word that is read the same whatever plain one stands beside it; `read`: each read by itself.
    """

    cells: Cells
    is_plain: Bools
    read: Names
    places: Ints


@dataclass(frozen=True, slots=True)
class Callings:
    """First and last names of records."""

    first: Words
    last: Words

    def part(self, place: slice) -> Callings:
        """Return those of some records that follow each other."""
        first, last = (
            Words(side.cells, side.is_plain, side.read, side.places[place]) for side in (self.first, self.last)
        )
        return Callings(first, last)

    @property
    def is_plain(self) -> Bools:
        """Which records have two plain words: a given name and a surname."""
        first, last = (side.is_plain.take(side.places) for side in (self.first, self.last))
        both: Bools = first & last
        return both

    def whole(self, records: Ints, full: Cells) -> Cells:
        """Return the names of some records as one text each: `full` ones where first or last name is missing."""
        first, last = (side.places.take(records) for side in (self.first, self.last))
        cells = self.first.cells, self.last.cells, full
        at = first, last, records
        starts, ends = ([getattr(one, end).take(place) for one, place in zip(cells, at, strict=True)] for end in _ENDS)
        is_full = ((starts[0] == ends[0]) | (starts[1] == ends[1])) & (starts[2] != ends[2])
        gone = np.zeros(3, dtype=np.int64)
        np.cumsum([len(one.data) for one in cells[:2]], out=gone[1:])
        # First name, sign between, last name, and the full name instead of these.
        sign = np.full(len(records), sum(len(one.data) for one in cells))
        parts = [(starts[0] + gone[0], ends[0] + gone[0]), (sign, sign + 1)]
        parts += [(starts[1] + gone[1], ends[1] + gone[1]), (starts[2] + gone[2], ends[2] + gone[2])]
        for number, (start, end) in enumerate(parts):
            end[is_full == (number < _FULL)] = start[is_full == (number < _FULL)]
        data = np.concatenate([*(one.data for one in cells), np.array([PARTS], dtype=np.uint8)])
        joined = Cells(data, *(np.stack([part[end] for part in parts], axis=1).ravel() for end in (0, 1)))
        joined = joined.narrowed(joined.starts, joined.ends)
        return Cells(joined.data, joined.starts[:: len(parts)], joined.ends[len(parts) - 1 :: len(parts)])


_ENDS = ("starts", "ends")
_FULL = 3
"""Place of the full name among the parts of a name."""


def words(column: pa.Array | pa.ChunkedArray) -> Words:
    """Read first or last names, once per distinct value."""
    values, places = distinct(column)
    read = [(_plain(piece), names(piece)) for piece in (*pieces(values), text.of([""]))]
    fields = {name: np.concatenate([getattr(one, name) for _, one in read]) for name in Names.__slots__}
    cells = text.cells(values)
    nothing = np.zeros(1, dtype=np.int64)
    return Words(
        Cells(cells.data, np.append(cells.starts, nothing), np.append(cells.ends, nothing)),
        np.concatenate([plain for plain, _ in read]),
        Names(**fields),
        places,
    )


def _plain(column: Cells) -> Bools:
    """Return which values are one word of three letters or more that is on no list and beside no mark."""
    marks = np.flatnonzero(_MARKS.take(column.data))
    marked = spans.first_of_few(marks, column.starts, column.ends, column.ends) < column.ends
    plain = folded(column)
    starts, ends, rows = spans.tokens(plain)
    found: Bools = (np.diff(rows) == 1) & ~marked
    told = rows[:-1][found]
    hashed = text.Hasher(plain.data)(starts[told], ends[told])
    usual = (ends[told] - starts[told] >= FEWEST) & (number_map("suffixes").of(hashed, np.zeros_like(hashed)) == 0)
    for name in _LISTS:
        usual &= ~word_set(name).has(hashed)
    found[found] = usual
    return found
