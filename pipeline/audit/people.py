"""Who is who among the records of an audit: the engine, without anything that was known before, and with more care.

An audit advises people to merge records, and sees less than the pipeline: no profile, no source. So it calls two
records one person only where they share an id, or a name at one organisation with nothing against it; what else the
engine would join is asked about.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.identity.clusters import components
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.explain import KINDS
from pipeline.identity.matching import weighed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

IDS = ("strong", "email", "profile", "member", "phone")


def people(leads: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return who each record belongs to, and the evidence for it and in doubt.

    Args:
        leads: the columns of `sql/identity/leads.sql`, `record_id` dense from 0 and ascending.

    Returns:
        `record_no`, `person_no` (the smallest record of the person), and the pairs of `weighed`.
    """
    size = leads.num_rows
    found = weighed(leads, [None] * size, Decisions())
    found = found.set_column(
        found.schema.get_field_index("is_link"), "is_link", pc.and_(found["is_link"], _sure(found))
    )
    held = found.filter(found["is_link"])
    labels = components(size, _numbers(held, "left_no"), _numbers(held, "right_no"))
    numbers = pa.array(range(size), pa.int64())
    return pa.table({"record_no": numbers, "person_no": pa.array(labels.tolist(), pa.int64())}), found


def _sure(found: pa.Table) -> pa.ChunkedArray:
    """Return which pairs share an id, or a name at one organisation while nothing says that they are two."""
    shares_id = _any(pc.greater(found[kind], 0.0) for kind in IDS)
    is_opposed = _any(pc.less(found[kind], 0.0) for kind in KINDS)
    is_colleague = pc.and_(pc.greater(found["name"], 0.0), pc.greater(found["organisation"], 0.0))
    return pc.or_(shares_id, pc.and_(is_colleague, pc.invert(is_opposed)))


def _any(parts: Iterable[pa.ChunkedArray]) -> pa.ChunkedArray:
    return reduce(pc.or_, parts)


def _numbers(table: pa.Table, column: str) -> NDArray[np.int64]:
    return np.asarray(table.column(column).to_pylist(), dtype=np.int64)
