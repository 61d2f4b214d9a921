"""Features column by column: a pass over one field of a million records reads that field alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Ints

    Rows = np.ndarray[tuple[int], np.dtype[np.void]]
    Spread = Callable[..., Iterable[Any]]
    """`map`, or one that works on several things at a time."""

AT_ONCE = 4096


class Columns:
    """The fields of records as arrays of their own; read and written like an array of rows."""

    __slots__ = ("fields",)

    def __init__(self, fields: dict[str, NDArray[Any]]) -> None:
        self.fields = fields

    def __len__(self) -> int:
        return len(next(iter(self.fields.values())))

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.fields[name]

    def __setitem__(self, name: str, values: NDArray[Any]) -> None:
        self.fields[name][:] = values

    def part(self, place: slice) -> Columns:
        """Return some records that follow each other; what is written to them is written here."""
        return Columns({name: values[place] for name, values in self.fields.items()})

    def packed(self) -> Rows:
        """Return the records as rows."""
        out = np.empty(len(self), dtype=[(name, values.dtype) for name, values in self.fields.items()])
        for name, values in self.fields.items():
            out[name] = values
        return out


def columns(rows: Rows | Columns, order: Ints | None = None) -> Columns:
    """Return records column by column, in another order if asked; what is so already stays as it is."""
    if isinstance(rows, Columns):
        return rows if order is None else picked(rows, tuple(rows.fields), order)
    names = rows.dtype.names or ()
    out = Columns({name: np.empty(len(rows), dtype=rows.dtype[name]) for name in names})
    # A piece of rows at a time: taken from memory once, then cut into fields while the processor still has it.
    for start in range(0, len(rows), AT_ONCE):
        piece = slice(start, start + AT_ONCE)
        part = rows[piece] if order is None else rows[order[piece]]
        for name in names:
            out.fields[name][piece] = part[name]
    return out


def picked(rows: Rows | Columns, names: Sequence[str], numbers: Ints) -> Columns:
    """Return some fields of some records."""
    return Columns({name: rows[name][numbers] for name in names})


def joined(rows: Rows | Columns, numbers: Ints, more: Rows | Columns) -> Columns:
    """Return some records of one list, followed by all of another."""
    first = picked(rows, tuple(rows.fields), numbers) if isinstance(rows, Columns) else columns(rows[numbers])
    return following(first, columns(more))


def following(first: Columns, last: Columns) -> Columns:
    """Return all of one list, followed by all of another."""
    return Columns({name: np.concatenate([values, last[name]]) for name, values in first.fields.items()})
