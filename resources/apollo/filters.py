"""Names of Apollo's people search filters, and how they are written into a query (Apollo fact sheet §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.searches import saved_searches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.models import Json

FILTERS = frozenset(
    (
        "person_titles",
        "include_similar_titles",
        "q_keywords",
        "person_locations",
        "person_seniorities",
        "organization_locations",
        "q_organization_domains_list",
        "contact_email_status",
        "organization_ids",
        "organization_num_employees_ranges",
        "revenue_range",
        "currently_using_all_of_technology_uids",
        "currently_using_any_of_technology_uids",
        "currently_not_using_any_of_technology_uids",
        "q_organization_job_titles",
        "organization_job_locations",
        "organization_num_jobs_range",
        "organization_job_posted_at_range",
        "person_departments",
        "organization_industry_tag_ids",
        "q_organization_keyword_tags",
        "q_organization_name",
        "latest_funding_amount_range",
        "total_funding_range",
    ),
)


def check_searches(texts: Mapping[str, str]) -> None:
    """Check the filters of every saved search; ConfigurationError names file, search and filter."""
    for search in saved_searches(texts):
        try:
            query_of(search.filters)
        except ConfigurationError as error:
            raise ConfigurationError(f"rules/searches.yaml: {search.name}.filters: {error}") from error


def query_of(filters: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return filters as documented: lists as `name[]`, ranges as `name[min]`, flags in lower case.

    Raises:
        ConfigurationError: Apollo has no such filter; it would ignore it and return anybody.
    """
    unknown = sorted(set(filters) - FILTERS)
    if unknown:
        raise ConfigurationError(
            f"Apollo has no search filter {', '.join(unknown)}; it knows {', '.join(sorted(FILTERS))}"
        )
    pairs: list[tuple[str, str]] = []
    for name, value in filters.items():
        if isinstance(value, dict):
            pairs += [(f"{name}[{key}]", _word(item)) for key, item in value.items()]
        elif isinstance(value, list | tuple):
            pairs += [(f"{name}[]", _word(item)) for item in value]
        elif value is not None:
            pairs.append((name, _word(value)))
    return pairs


def _word(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
