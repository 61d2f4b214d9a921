"""The vendor's living records as the warehouse mirrors them: some of them, those with an address, how many."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipeline.planning.wishes import ADDRESSES, ENDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assets.boundary import Stage
    from assets.targets import Target
    from pipeline.mapping import VendorMapping
    from pipeline.models import Json

LIVING = """
FROM (
    SELECT vendor, object, record_id, payload, is_deleted FROM staging.crm_people
    UNION ALL SELECT vendor, object, record_id, payload, is_deleted FROM staging.crm_companies
)
WHERE vendor = $vendor AND NOT coalesce(is_deleted, FALSE)"""

SOME = """
SELECT object, record_id, payload
FROM {table}
WHERE rowid IN (
    SELECT rowid FROM {table}
    WHERE vendor = $vendor AND NOT coalesce(is_deleted, FALSE) AND record_id IN (SELECT unnest($record_ids))
)"""
"""Finds rows first, and then their payloads: a SELECT of both unpacks those of all records to give a few."""
MIRRORS = ("staging.crm_people", "staging.crm_companies")

DIGITS = "ltrim(regexp_replace(payload ->> '$.\"{name}\"', '[^0-9]', '', 'g'), '0')"
FOLDED = {
    "email": ("lower(trim(payload ->> '$.\"{name}\"'))",),
    "phone": tuple(f"right({DIGITS}, {length})" for length in ENDS),
}
"""Addresses in the forms of which `pipeline.planning.wishes.sought` names one."""


def mirror(
    stage: Stage, target: Target, record_ids: Sequence[str] | None = None
) -> dict[tuple[str, str], dict[str, Json]]:
    """Return the vendor's living records (only some of them): (object, record id) → fields as stored."""
    with stage.warehouse.open() as session:
        if record_ids is None:
            rows = session.rows(f"SELECT object, record_id, payload {LIVING}", {"vendor": target.vendor})
        else:
            some = " UNION ALL ".join(SOME.format(table=table) for table in MIRRORS)
            rows = session.rows(some, {"vendor": target.vendor, "record_ids": list(record_ids)})
    return {(row["object"], row["record_id"]): json.loads(row["payload"]) for row in rows}


def holding(
    stage: Stage, target: Target, mapping: VendorMapping, addresses: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], dict[str, Json]]:
    """Return the living records that may have one of these addresses (type → addresses as `sought` gives them)."""
    asked = [
        f"(object = '{kind}' AND {form.format(name=name)} IN (SELECT unnest(${rule.type})))"
        for kind, of in mapping.objects.items()
        for name, rule in of.fields.items()
        if rule.type in ADDRESSES
        for form in FOLDED[rule.type]
    ]
    if not asked:
        return {}
    given: dict[str, object] = {
        kind: list(addresses.get(kind, ())) for kind in ADDRESSES if f"${kind})" in " ".join(asked)
    }
    with stage.warehouse.open() as session:
        rows = session.rows(
            f"SELECT object, record_id, payload {LIVING} AND ({' OR '.join(asked)})", {"vendor": target.vendor} | given
        )
    return {(row["object"], row["record_id"]): json.loads(row["payload"]) for row in rows}


def mirrored(stage: Stage, target: Target) -> int:
    """Return how many living records the vendor has."""
    with stage.warehouse.open() as session:
        return int(session.value(f"SELECT count(*) {LIVING}", {"vendor": target.vendor}))
