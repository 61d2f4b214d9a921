"""Records and evidence in, keys out: the step from clusters to people and companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipeline.identity.clusters import clusters, components
from pipeline.identity.keys import COMPANY_PREFIX, PLATFORM_TRUST, KeyDecision, KnownKeys, Record, assign, key_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def people(founders: Sequence[Mapping[str, Any]], edges: pa.Table, known: KnownKeys) -> KeyDecision:
    """Return the keys of people.

    `founders`: `record_no` (dense, from 0), `source`, `source_id`, `leadflow_id`, `is_gone` of every record,
    the earliest first. `edges`: `left_no`, `right_no`. A key stored in a deleted record confirms nothing.
    """
    labels = components(len(founders), _numbers(edges, "left_no"), _numbers(edges, "right_no"))
    records = [_record(row) for row in founders]
    order = np.fromiter((row["record_no"] for row in founders), dtype=np.int64, count=len(founders))
    stored = {
        _record(row): row["leadflow_id"]
        for row in founders
        if row["leadflow_id"] and not row["is_gone"] and row["source"] in PLATFORM_TRUST
    }
    return assign(clusters(records, labels[order]), known, stored)


def member_rows(founders: Sequence[Mapping[str, Any]], decision: KeyDecision, known: KnownKeys) -> list[dict[str, Any]]:
    """Return the rows of identity.members."""
    return [
        {
            "person_key": decision.assigned[_record(row)],
            "source": row["source"],
            "source_id": row["source_id"],
            "record_no": row["record_no"],
            "previous_key": known.members.get(_record(row)),
        }
        for row in founders
    ]


def companies(records: Sequence[Mapping[str, Any]], known: KnownKeys) -> KeyDecision:
    """Return the keys of companies: records of one `company_ref` (domain, else core name) are one company."""
    grouped: dict[str, list[Record]] = {}
    for row in records:
        founder = ("company_ref", row["company_ref"])
        grouped.setdefault(row["company_ref"], [founder]).append(_record(row))
    found = [list(dict.fromkeys(cluster)) for _, cluster in sorted(grouped.items())]
    return assign(found, known, {}, prefix=COMPANY_PREFIX)


def company_keys(decision: KeyDecision) -> pa.Table:
    """Return one row per company: `company_ref` and `company_key`."""
    rows = [(source_id, key) for (source, source_id), key in decision.assigned.items() if source == "company_ref"]
    return pa.table(
        {
            "company_ref": pa.array([row[0] for row in rows], type=pa.string()),
            "company_key": pa.array([row[1] for row in rows], type=pa.string()),
        }
    )


def company_refs(known: KnownKeys) -> pa.Table:
    """Return one row per company key given out before: `company_key`, and the `company_ref` it stands for.

    An account that holds our key is that company's, whatever people made of its name and website since.
    """
    found: dict[str, str] = {}
    for (source, ref), key in sorted(known.members.items()):
        if source == "company_ref":
            is_founder = key_of((source, ref), prefix=COMPANY_PREFIX) == key
            found[key] = ref if is_founder else found.get(key, ref)
    for old in known.redirects:
        living = known.living(old)
        if living in found:
            found[old] = found[living]
    return pa.table(
        {
            "company_key": pa.array(found.keys(), type=pa.string()),
            "company_ref": pa.array(found.values(), type=pa.string()),
        }
    )


def counts(decision: KeyDecision) -> dict[str, int]:
    """Return what a decision did, as metadata."""
    return {
        "keys": len(set(decision.assigned.values())),
        "born": len(decision.born),
        "merged": len(decision.redirects),
    }


def _record(row: Mapping[str, Any]) -> Record:
    return (row["source"], row["source_id"])


def _numbers(edges: pa.Table, column: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.asarray(edges.column(column).to_numpy(), dtype=np.int64)
