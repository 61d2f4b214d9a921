"""What a `same` says of all records of both people, not of the two that it was kept on alone.

A decision stands against what ids and names say, and so it must for every record that was one person with one of the
two, or bears the same strong id: otherwise two records are joined and the platform record between them, which
contradicts one of them, is left to a new key and written a second time. What was decided to be `different` stays out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.identity.engine.clusters import Decisions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def whole(decisions: Decisions, people: NDArray[np.int64], strong: pa.Table) -> Decisions:
    """Return the decisions with a `same` for every record that belongs to a side of one.

    Args:
        decisions: by record number, as people made them.
        people: for each record the number of the person it belonged to so far, -1 when it is new.
        strong: one row per record, columns of which one value belongs to one person.
    """
    if not len(decisions.same):
        return decisions
    columns = [pa.array(people, mask=people < 0), *(column.combine_chunks() for column in strong.columns)]
    apart: dict[int, set[int]] = {}
    for one, other in decisions.different.tolist():
        apart.setdefault(one, set()).add(other)
        apart.setdefault(other, set()).add(one)
    pairs = decisions.same.tolist()
    added = []
    for group in _groups(pairs):
        reached = set(group)
        fresh = sorted(group)
        while fresh:
            barred = set().union(*(apart.get(record, ()) for record in reached))
            fresh = [record for record in _bearers(columns, fresh) if record not in reached and record not in barred]
            reached.update(fresh)
        added += [[min(group), record] for record in sorted(reached - group)]
    if not added:
        return decisions
    return Decisions(same=np.array([*pairs, *added], dtype=np.int64), different=decisions.different)


def _bearers(columns: Sequence[pa.Array], records: Sequence[int]) -> list[int]:
    """Return the records that have one of the values of some records, ascending."""
    found: set[int] = set()
    for column in columns:
        values = column.take(pa.array(records, pa.int64())).drop_null().unique()
        if len(values):
            found.update(np.flatnonzero(pc.is_in(column, value_set=values).to_numpy(zero_copy_only=False)).tolist())
    return sorted(found)


def _groups(pairs: Sequence[Sequence[int]]) -> list[set[int]]:
    """Return the records that decisions make one person, person by person."""
    groups: dict[int, set[int]] = {}
    for one, other in pairs:
        joined = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(joined, joined))
    return sorted({id(group): group for group in groups.values()}.values(), key=min)
