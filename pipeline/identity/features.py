"""What the ledger knows: records that stand for keys; as views that SELECTs join, living keys and what we wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.identity.keys import PLATFORM_TRUST, KnownKeys, Record, key_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


def anchors(known: KnownKeys) -> dict[Record, str]:
    """Return the record that stands for each key: record → key.

    The founding record if it still has the key, else the smallest record of a source, else of a platform. A
    platform record that stores a key is tied to it, whatever people do to its fields there.
    """
    best: dict[str, tuple[bool, bool, Record]] = {}
    for record, key in known.members.items():
        living = known.living(key)
        rank = (key_of(record) != living, record[0] in PLATFORM_TRUST, record)
        if living not in best or rank < best[living]:
            best[living] = rank
    return {record: key for key, (_, _, record) in best.items()}


def living_keys(known: KnownKeys) -> pa.Table:
    """Return one row per merged key: `old_key` and the `new_key` that stands for it today."""
    return _text_table(("old_key", "new_key"), [(old, known.living(old)) for old in sorted(known.redirects)])


def merged(known: KnownKeys, merged_at: Mapping[str, datetime]) -> pa.Table:
    """Return `living_keys` with the moment of each merge."""
    living = living_keys(known)
    moments = [merged_at.get(key) for key in living.column("old_key").to_pylist()]
    return living.append_column("merged_at", pa.array(moments, type=pa.timestamp("us", tz="UTC")))


def id_map(written: Mapping[str, Mapping[str, tuple[str, str]]]) -> pa.Table:
    """Return one row per platform record we wrote: `vendor`, `object`, `record_id`, `person_key`.

    `written`: vendor → person key → (object, record id), as the ledger holds it.
    """
    rows = [
        (vendor, kind, record_id, key)
        for vendor, records in sorted(written.items())
        for key, (kind, record_id) in sorted(records.items())
    ]
    # A record that changed hands between keys would join twice: the last key wins.
    latest = {(vendor, kind, record_id): key for vendor, kind, record_id, key in rows}
    return _text_table(
        ("vendor", "object", "record_id", "person_key"),
        [(*place, key) for place, key in sorted(latest.items())],
    )


def _text_table(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> pa.Table:
    return pa.table(
        {name: pa.array([row[place] for row in rows], type=pa.string()) for place, name in enumerate(names)}
    )
