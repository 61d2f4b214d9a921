"""Segments: rules/segments.yaml compiled into the SELECT of `qualify.tags`.

Only tags with the prefix are ours: planning adds what this table says and removes other tags of that prefix.
Limits of the vendors: Zoho takes 10 tags a record of 25 characters each (Zoho fact sheet, tags).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from pipeline import rules, sql
from pipeline.expressions import boolean

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = (
    *("title", "seniority", "departments", "employees", "industry", "annual_revenue_usd", "country"),
    *("company_domain", "email_status", "has_phone", "has_linkedin", "is_role_email"),
    *("first_source", "first_search", "has_lead_source", "zoho_module", "is_in_outreach"),
    *("account_fit", "persona_influence", "engagement", "score", "grade", "has_human_signal"),
    *("is_contactable_email", "is_contactable_sms", "is_customer", "has_open_deal"),
)
"""What a segment may use: CTE `facts` of sql/qualify/tags.sql, texts in lower case, grades A to D."""

LONGEST_TAG = 25
MOST_TAGS = 10
SEAM = "/* rules */"

CLOSE_PERIODS = """
UPDATE "qualify".segment_history
SET valid_to = $now
WHERE valid_to IS NULL AND (person_key, segment) NOT IN (
    SELECT (person_key, arg_min(segment, position))
    FROM "qualify".tags
    GROUP BY person_key
)
"""
"""Closes the open periods of people whose first segment is another one now, or none."""


class Segment(rules.Rule):
    """A named set of people: `when` is true and `unless` is not."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    when: str
    unless: str | None = None


class Segments(rules.Rule):
    """rules/segments.yaml."""

    prefix: Annotated[str, Field(pattern=r"^lf-$")]
    most: Annotated[int, Field(ge=1, le=MOST_TAGS)]
    only: str
    segments: tuple[Segment, ...]

    @model_validator(mode="after")
    def _fit_the_vendors(self) -> Self:
        names = [segment.name for segment in self.segments]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"segment {name!r} is defined twice")
            if len(self.prefix + name) > LONGEST_TAG:
                raise ValueError(f"tag {self.prefix + name!r} is longer than {LONGEST_TAG} characters")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The SELECT of `qualify.tags` and the values it binds."""

    select: str
    values: Mapping[str, object]


def compiled(texts: Mapping[str, str]) -> Compiled:
    """Return the SELECT that puts people into segments.

    Raises:
        ConfigurationError: rules/segments.yaml or one of its expressions is wrong.
    """
    found = rules.parse(Segments, "segments", texts)
    only = _checked(found.only, "only")
    cases = []
    for position, segment in enumerate(found.segments, start=1):
        when = f"({only}) AND ({_checked(segment.when, segment.name)})"
        if segment.unless is not None:
            when += f" AND ({_checked(segment.unless, segment.name)}) IS NOT TRUE"
        tag = found.prefix + segment.name
        cases.append(
            f"CASE WHEN {when} THEN {{'segment': '{segment.name}', 'tag': '{tag}', 'position': {position}}} END"
        )
    select = sql.statement("qualify/tags").replace(SEAM, ",\n".join(cases))
    return Compiled(select=select, values={"most": found.most})


def _checked(expression: str, name: str) -> str:
    booleans = [column for column in COLUMNS if column.startswith(("is_", "has_"))]
    where = f"rules/segments.yaml: {name}"
    return boolean(expression, columns=COLUMNS, booleans=booleans, where=where)
