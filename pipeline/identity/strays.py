"""Values of somebody else on a platform record: what we wrote there while two people were taken for one.

Such a value must not come back from the platform as a value of the person who keeps the record, and it is to be
taken off the record: only where what stands there is still what we wrote, and only if one of the others has it. What
the person's own records say survives by them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipeline.mapping import desired_values
from pipeline.planning.equivalence import equivalent, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.mapping import VendorMapping
    from pipeline.planning.merge import Pair

    Place = tuple[str, str]
    Row = Mapping[str, Any]

ALONG = {"last_name": ("full_name",), "company_name": ("company_ref",), "company_domain": ("company_ref",)}
"""Our column → columns that are made of it when a record is read."""


def strays(
    records: Sequence[Row], bases: Mapping[Place, Mapping[str, Pair]], mapping: VendorMapping
) -> dict[Place, frozenset[str]]:
    """Return (object, record id) → the vendor's fields that hold a value of somebody else.

    Args:
        records: rows of `sql/identity/apart.sql`.
        bases: (object, record id) → field → (sent, stored) of what we wrote to this vendor.
        mapping: the vendor's mapping.
    """
    found: dict[Place, frozenset[str]] = {}
    for row in records:
        place = (row["object"], row["source_id"])
        if row["vendor"] != mapping.vendor or place not in bases or row["object"] not in mapping.objects:
            continue
        kind, theirs = row["object"], json.loads(row["payload"])
        ours = {
            name: sent
            for name, (sent, stored) in bases[place].items()
            if name in mapping.objects[kind].fields
            and not is_blank(sent)
            and equivalent(mapping.kind(kind, name), theirs.get(name), stored)
        }
        others = [
            desired_values(other, mapping, kind=kind) for other in records if other["person_key"] in row["other_keys"]
        ]
        names = frozenset(
            name
            for name, sent in ours.items()
            if any(equivalent(mapping.kind(kind, name), sent, other[name]) for other in others)
        )
        if names:
            found[place] = names
    return found


def table(found: Iterable[tuple[VendorMapping, Mapping[Place, frozenset[str]]]]) -> pa.Table:
    """Return one row per value that is not to survive: `source`, `source_id` and our column `field`."""
    rows = {
        (f"{mapping.vendor}:{kind}", record_id, column)
        for mapping, places in found
        for (kind, record_id), names in places.items()
        for name in names
        for rule in [mapping.objects[kind].fields[name]]
        for column in (rule.column, *ALONG.get(rule.column, ()))
    }
    names = ("source", "source_id", "field")
    ordered = sorted(rows)
    return pa.table(
        {name: pa.array([row[place] for row in ordered], type=pa.string()) for place, name in enumerate(names)}
    )
