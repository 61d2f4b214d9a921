"""People and company search: filters, and silence about names it does not know (Apollo fact sheet §4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from resources.sandbox.apollo.organizations import technologies
from resources.sandbox.apollo.parameters import Parameters, flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from resources.sandbox.apollo.directory import Directory, Entry
    from resources.sandbox.world import Company, World


class Search:
    """Filters over the directory; the last few results are kept, as pages of one search come in a row."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._kept: dict[str, list[Entry]] = {}

    def people(self, wanted: Parameters) -> tuple[int, list[Entry]]:
        """Give the total and all entries that fit.

        Unknown names are ignored; when nothing else was asked, everybody comes back with a total of 0, as
        has been seen live.
        """
        known = {name: value for name, value in wanted.items() if name in _PEOPLE and value not in (None, "", [])}
        unknown = set(wanted) - set(_PEOPLE) - _SILENT
        key = repr(sorted(known.items())) + str(flag(wanted.get("include_similar_titles"), default=True))
        if key not in self._kept:
            world = self._directory.world
            self._kept[key] = [
                entry
                for entry in self._directory.entries()
                if all(_PEOPLE[name](entry, _values(value), world, wanted) for name, value in known.items())
            ]
            while len(self._kept) > 4:
                del self._kept[next(iter(self._kept))]
        found = self._kept[key]
        return (0 if unknown and not known else len(found)), found

    def companies(self, wanted: Parameters) -> list[Company]:
        """Give all companies that fit."""
        known = {name: value for name, value in wanted.items() if name in _COMPANIES and value not in (None, "", [])}
        world = self._directory.world
        return [
            company
            for company in world.companies
            if all(_COMPANIES[name](company, _values(value), world) for name, value in known.items())
        ]


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _title(entry: Entry, values: list[Any], _: World, wanted: Mapping[str, Any]) -> bool:
    title = (entry.title or "").lower()
    words = set(re.findall(r"\w+", title))
    similar = flag(wanted.get("include_similar_titles"), default=True)
    for value in values:
        text = str(value).lower()
        if text in title or (similar and set(re.findall(r"\w+", text)) <= words):
            return True
    return False


def _keywords(entry: Entry, values: list[Any], _: World, __: Mapping[str, Any]) -> bool:
    text = f"{entry.person.name} {entry.title} {entry.person.company.name}".lower()
    return all(word in text for value in values for word in str(value).lower().split())


def _lives_in(places: tuple[str, str, str], values: list[Any]) -> bool:
    home = {place.lower() for place in places}
    return any({part.strip() for part in str(value).lower().split(",")} <= home for value in values)


def _status(entry: Entry, values: list[Any], _: World, __: Mapping[str, Any]) -> bool:
    words = {"verified": "verified", "extrapolated": "unverified"}
    has = {words.get(entry.status, "unavailable")} | ({"likely to engage"} if entry.likely else set())
    return not has.isdisjoint(str(value).lower() for value in values)


def _size(company: Company, values: list[Any], _: World) -> bool:
    for value in values:
        low, high = (*str(value).split(","), "")[:2]
        if int(low or 0) <= company.employees <= int(high or 10**9):
            return True
    return False


def _revenue(company: Company, values: list[Any], _: World) -> bool:
    limits = values[0] if isinstance(values[0], dict) else {}
    return int(limits.get("min") or 0) <= company.revenue <= int(limits.get("max") or 10**15)


def _uses(company: Company, world: World) -> set[str]:
    return {name.lower().replace(" ", "_").replace(".", "_") for name in technologies(company, world)}


_COMPANIES: dict[str, Callable[[Company, list[Any], World], bool]] = {
    "organization_locations": lambda c, v, _: _lives_in((c.city, c.state, c.country), v),
    "organization_not_locations": lambda c, v, _: not _lives_in((c.city, c.state, c.country), v),
    "q_organization_domains_list": lambda c, v, _: c.domain in {str(x).lower() for x in v},
    "organization_ids": lambda c, v, _: c.id24 in v,
    "organization_num_employees_ranges": _size,
    "revenue_range": _revenue,
    "q_organization_name": lambda c, v, _: any(str(x).lower() in c.name.lower() for x in v),
    "q_organization_keyword_tags": lambda c, v, _: any(str(x).lower() in c.industry for x in v),
    "currently_using_any_of_technology_uids": lambda c, v, w: not _uses(c, w).isdisjoint(v),
    "currently_using_all_of_technology_uids": lambda c, v, w: set(v) <= _uses(c, w),
    "currently_not_using_any_of_technology_uids": lambda c, v, w: _uses(c, w).isdisjoint(v),
}


def _of_company(
    test: Callable[[Company, list[Any], World], bool],
) -> Callable[[Entry, list[Any], World, Mapping[str, Any]], bool]:
    return lambda entry, values, world, _: test(entry.person.company, values, world)


_PEOPLE: dict[str, Callable[[Entry, list[Any], World, Mapping[str, Any]], bool]] = {
    "person_titles": _title,
    "q_keywords": _keywords,
    "person_locations": lambda e, v, _, __: _lives_in((e.person.city, e.person.state, e.person.country), v),
    "person_seniorities": lambda e, v, _, __: e.person.seniority in v,
    "person_departments": lambda e, v, _, __: not set(e.person.departments).isdisjoint(v),
    "contact_email_status": _status,
    **{name: _of_company(test) for name, test in _COMPANIES.items()},
}
# Known to Apollo, without effect in this world (hiring signals, funding) or not filters at all.
_SILENT = frozenset(
    {"page", "per_page", "include_similar_titles", "q_organization_job_titles", "organization_job_locations"}
    | {"organization_num_jobs_range", "organization_job_posted_at_range", "organization_industry_tag_ids"}
    | {"latest_funding_amount_range", "total_funding_range"}
)
