"""Who is who among the records of an audit: the engine, without anything that was known before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipeline.identity.clusters import components
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.matching import weighed

if TYPE_CHECKING:
    from numpy.typing import NDArray


def people(leads: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return who each record belongs to, and the evidence for it and in doubt.

    Args:
        leads: the columns of `sql/identity/leads.sql`, `record_id` dense from 0 and ascending.

    Returns:
        `record_no`, `person_no` (the smallest record of the person), and the pairs of `weighed`.
    """
    size = leads.num_rows
    found = weighed(leads, [None] * size, Decisions())
    left, right = _numbers(found, "left_no"), _numbers(found, "right_no")
    is_link = np.asarray(found.column("is_link").to_pylist(), dtype=np.bool_)
    labels = components(size, left[is_link], right[is_link])
    numbers = pa.array(range(size), pa.int64())
    return pa.table({"record_no": numbers, "person_no": pa.array(labels.tolist(), pa.int64())}), found


def _numbers(table: pa.Table, column: str) -> NDArray[np.int64]:
    return np.asarray(table.column(column).to_pylist(), dtype=np.int64)
