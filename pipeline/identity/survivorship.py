"""Whose value survives: tiers of trust per field, as rows that SQL ranks by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pyarrow as pa
from pydantic import Field, field_validator

from pipeline.rules import Rule, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = (
    "first_name",
    "last_name",
    "full_name",
    "title",
    "seniority",
    "departments",
    "email",
    "phone",
    "linkedin_slug",
    "linkedin_member_id",
    "company_name",
    "company_domain",
    "company_ref",
    "employees",
    "industry",
    "annual_revenue_usd",
    "city",
    "state",
    "country",
)
"""Fields that survive each by itself; the e-mail status follows the surviving address."""

Source = Literal["apollo", "apollo_export", "salesnav", "zoho:Contacts", "zoho:Leads", "ghl:contact"]
Tiers = tuple[tuple[Source, ...], ...]


class Survivorship(Rule):
    """rules/survivorship.yaml: `tiers` for every field, `fields` for those whose order differs."""

    tiers: Tiers
    fields: dict[str, Tiers] = Field(default_factory=dict)

    @field_validator("fields")
    @classmethod
    def _are_known(cls, fields: dict[str, Tiers]) -> dict[str, Tiers]:
        unknown = sorted(fields.keys() - {*FIELDS})
        if unknown:
            raise ValueError(f"there is no field {', '.join(unknown)}; allowed: {', '.join(FIELDS)}")
        return fields


def trust(texts: Mapping[str, str]) -> pa.Table:
    """Return one row per field and source: `field`, `source`, `tier` (1 is trusted most).

    Raises:
        ConfigurationError: the rule file is wrong.
    """
    rules = parse(Survivorship, "survivorship", texts)
    rows = [
        {"field": field, "source": source, "tier": tier}
        for field in FIELDS
        for tier, sources in enumerate(rules.fields.get(field, rules.tiers), start=1)
        for source in sources
    ]
    schema = pa.schema([("field", pa.string()), ("source", pa.string()), ("tier", pa.int64())])
    return pa.Table.from_pylist(rows, schema=schema)
