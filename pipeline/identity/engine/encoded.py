"""Columns of Arrow as places among their distinct values, and piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Cells

AT_ONCE = 131_072
"""Records read at a time. Of fewer, the threads that read wait for each other more often than the cache saves."""


def whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece."""
    combined = getattr(values, "combine_chunks", None)
    return values if combined is None else combined()


def pieces(values: pa.Array) -> Iterator[Cells]:
    """Yield the values some at a time."""
    return (text.cells(values.slice(start, AT_ONCE)) for start in range(0, len(values), AT_ONCE))


def distinct(values: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the distinct values with an empty one at the end, and for each row its place among them."""
    encoded = whole(values)
    if not hasattr(encoded, "dictionary"):
        encoded = encoded.dictionary_encode()
    places = text.numbers(encoded.indices, np.int32).astype(np.int64)
    places[text.nulls(encoded.indices)] = -1
    return encoded.dictionary, places
