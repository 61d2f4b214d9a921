"""What was written to one person's records while another was taken for the same, read from warehouse and ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.identity.strays import strays
from pipeline.mapping import load
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assets.stage import Stage
    from pipeline.mapping import VendorMapping

    Found = list[tuple[VendorMapping, dict[tuple[str, str], frozenset[str]]]]


def found(stage: Stage, vendors: Iterable[str]) -> Found:
    """Return for each vendor its mapping, and (object, record id) → fields that hold a value of somebody else.

    Nobody taken apart costs one question; else the bases of their records alone are read.
    """
    with stage.warehouse.open() as session:
        records = session.rows(statement("identity/apart"))
    told: Found = []
    for vendor in vendors:
        mapping = load(vendor, stage.rules)
        ids = [row["source_id"] for row in records if row["vendor"] == vendor]
        bases: dict[tuple[str, str], dict[str, tuple[object, object]]] = {}
        for (kind, record_id, name), base in stage.ledger.base_fields(vendor, ids).items() if ids else ():
            bases.setdefault((kind, record_id), {})[name] = (base.sent, base.stored)
        told.append((mapping, strays(records, bases, mapping)))
    return told
