"""Which exporter wrote a file, told by its header row, and which of its columns holds what.

Headers are compared folded (letters and digits only, lower case), never by position: the order of columns
differs between versions of the same tool. Custom columns are ignored.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.salesnav.exporters import FORMATS, GENERIC, Format, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CANONICAL = (
    "first_name",
    "last_name",
    "full_name",
    "title",
    "headline",
    "email",
    "email_status",
    "phone",
    "linkedin_url",
    "linkedin_member_id",
    "salesnav_url",
    "company_name",
    "company_domain",
    "company_linkedin",
    "employees",
    "employee_range",
    "industry",
    "location",
    "city",
    "state",
    "country",
    "seniority",
    "departments",
    "annual_revenue_usd",
    "founded_year",
    "company_phone",
    "company_city",
    "company_state",
    "company_country",
    "source_row_id",
    "row_key",
    "seen_at",
    "matches_filters",
    "no_match_reasons",
    "do_not_call",
)
"""Every key of a canonical row, in order."""


BY_NAME: Mapping[str, Format] = {each.name: each for each in FORMATS}
MARKS_NEEDED = 2


def detect(headers: Iterable[str]) -> str | None:
    """Return the format whose tell-tale headers are there, `generic`, or None when no person can be read."""
    seen = {fold(header) for header in headers}
    hits = [(len(each.marks & seen), each) for each in FORMATS if each.must <= seen]
    count, best = max(hits, key=lambda hit: hit[0])
    if count >= MARKS_NEEDED:
        return best.name
    columns = columns_of("generic", tuple(seen))
    alone = ("email", "linkedin", "last_name")
    named = "full_name" in columns and ("title" in columns or "company_name" in columns)
    return "generic" if named or any(key in columns for key in alone) else None


@lru_cache(maxsize=64)
def columns_of(name: str, headers: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return where the lines of one file hold what: role → its headers in order of preference.

    A format's own columns come first, then the generic aliases, so that a renamed column is still found.
    """
    by_fold: dict[str, str] = {}
    for header in headers:
        by_fold.setdefault(fold(header), header)
    own = BY_NAME[name].columns
    found: dict[str, tuple[str, ...]] = {}
    for role in {**own, **GENERIC.columns}:
        wanted = dict.fromkeys((*own.get(role, ()), *GENERIC.columns.get(role, ())))
        present = tuple(by_fold[each] for each in wanted if each in by_fold)
        if present:
            found[role] = present
    return found
