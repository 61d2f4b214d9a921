"""Where the values of a plan come from: which of our columns fills a vendor field, and which rule where none does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.mapping import VendorMapping

SCORES = frozenset({"account_fit", "persona_influence", "engagement", "score", "grade"})
RULES = {
    "owner_id": "rules/owners.yaml",
    "person_key": "key given by leadflow",
    "company_key": "key given by leadflow",
    **dict.fromkeys(SCORES, "rules/scoring.yaml"),
}
"""Our column → what decided it, where no source record did."""


SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("vendor", "object", "field", "ours", "otherwise")),
        ("place", pa.int32()),
        ("is_scored", pa.bool_()),
    ]
)


def field_columns(mappings: Iterable[VendorMapping]) -> pa.Table:
    """Return the columns of ours that fill each field of the vendors, in the order they are tried.

    One row per (vendor, object, field, place): `ours` is the column; `otherwise` (in place 0 only) names the rule
    that decides where no record gave the column; `is_scored`: the rule is that of the scores.
    """
    rows = [row for mapping in mappings for row in _rows(mapping)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _rows(mapping: VendorMapping) -> Iterator[dict[str, Any]]:
    for kind, target in mapping.objects.items():
        for name, rule in target.fields.items():
            default = None if rule.otherwise is None else f"rules/mappings/{mapping.vendor}.yaml"
            for place, column in enumerate((rule.column, *rule.fallback)):
                yield {
                    "vendor": mapping.vendor,
                    "object": kind,
                    "field": name,
                    "place": place,
                    "ours": column,
                    "otherwise": RULES.get(column, default) if place == 0 else None,
                    "is_scored": column in SCORES,
                }
