"""Leads of a Parquet file as the engine reads them, with the meaning of `sql/engine/leads.sql` and without a database.

What many leads share is read as numbers into its distinct values, as Parquet stores it; the rest batch by batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.identity.engine.callings import Callings, words
from pipeline.identity.engine.features import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FEWEST, MOST = 32_768, 131_072
"""Leads read at a time: a fourth of a short list, so that no thread waits for the other's last part."""
CALLED = ("first_name", "last_name")
OWN = ("record_id", "source", "source_id", "full_name", "email", "phone", "linkedin_url")


def _scalar(value: bytes, kind: pa.DataType) -> pa.Scalar:
    """Return a value from its bytes: `pa.scalar` would import pandas, which takes longer than 10,000 leads."""
    sizes = [pa.py_buffer(np.array([0, len(value)], dtype=np.int32))] if kind == pa.string() else []
    return pa.Array.from_buffers(kind, 1, [None, *sizes, pa.py_buffer(value)])[0]


CSV, COLON, NO_TEXT = _scalar(b"csv", pa.string()), _scalar(b":", pa.string()), pa.nulls(1, pa.string())[0]
NOTHING, NO = _scalar(bytes(4), pa.int32()), _scalar(bytes(1), pa.bool_())


@dataclass(frozen=True, slots=True)
class Leads:
    """A file of leads: `record_id` BIGINT, all else VARCHAR and possibly null."""

    path: Path

    def __len__(self) -> int:
        return int(pq.read_metadata(self.path).num_rows)

    def called(self) -> Callings:
        """Return first and last names."""
        found = self._encoded(CALLED)
        return Callings(*(words(found.column(name)) for name in CALLED))

    def shared(self) -> pa.Table:
        """Return what many leads share, each column as places in its distinct values."""
        return self._encoded(SHARED)

    def _encoded(self, columns: Sequence[str]) -> pa.Table:
        names = pq.read_schema(self.path)
        texts = [name for name in columns if pa.types.is_string(names.field(name).type)]
        with pq.ParquetFile(self.path, read_dictionary=texts) as file:
            found = file.read(columns=list(columns), use_threads=False)
        return pa.table({name: found.column(name) if name in texts else _text(found.column(name)) for name in columns})

    def own(self) -> Iterator[pa.RecordBatch]:
        """Yield what leads have for themselves: `OWN` of the features and `source_id`, some leads at a time."""
        size = min(MOST, max(FEWEST, len(self) // 4))
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(size, columns=list(OWN), use_threads=False):
                yield _told(batch)


def _text(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return a column as text of one kind, also one that says nothing at all or uses another layout."""
    return values if pa.types.is_string(values.type) else values.cast(pa.string())


def _told(batch: pa.RecordBatch) -> pa.RecordBatch:
    raw = {name: _text(batch.column(name)) for name in OWN[1:]}
    source, number = raw["source"], raw["source_id"]
    known = pc.and_(_said(number), pc.fill_null(pc.not_equal(source, CSV), NO))
    return pa.RecordBatch.from_pydict(
        {
            "record_id": batch.column("record_id").cast(pa.int64()),
            "full_name": raw["full_name"],
            "email": raw["email"],
            "phone": raw["phone"],
            "linkedin_url": raw["linkedin_url"],
            "source_id": pc.if_else(known, pc.binary_join_element_wise(source, number, COLON), NO_TEXT),
        }
    )


def _said(values: pa.Array) -> pa.Array:
    """Return where there is any text."""
    return pc.fill_null(pc.greater(pc.binary_length(values), NOTHING), NO)
