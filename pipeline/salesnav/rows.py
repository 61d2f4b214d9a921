"""One line of a lead file in canonical names (Sales Navigator fact sheet §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.salesnav import cells, places, urls
from pipeline.salesnav.formats import CANONICAL, columns_of
from pipeline.salesnav.titles import seniority

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that names no person, and why, in words."""

    reason: str


def canonical(form: str, line: Mapping[str, str | None]) -> Mapping[str, str | None] | Reject:
    """Return every key of `CANONICAL` for one line (original header → cell) of a file of that format.

    All values are text or None: addresses and pages are canonical, numbers bare digits, flags `yes` or `no`,
    places split. `source_row_id` is the exporter's own id; `row_key` identifies the line across files
    (`member:`, `slug:`, `email:`, else `name:` with company). A line that no longer fits the saved search is
    kept with `matches_filters` = `no`. Raises KeyError for an unknown format.
    """
    row = _Line(line, columns_of(form, tuple(line)))
    person = _person(row)
    company = _company(row)
    found: dict[str, str | None] = dict.fromkeys(CANONICAL)
    found.update(person)
    found.update(company)
    found["row_key"] = _row_key(found)
    reason = _refusal(row, found)
    return Reject(reason) if reason else found


@dataclass(frozen=True, slots=True)
class _Line:
    cells: Mapping[str, str | None]
    columns: Mapping[str, tuple[str, ...]]

    def texts(self, role: str) -> list[str]:
        """Return the filled cells of a role, best column first."""
        found = [cells.text(self.cells[header]) for header in self.columns.get(role, ())]
        return [each for each in found if each is not None]

    def first(self, role: str) -> str | None:
        for header in self.columns.get(role, ()):
            found = cells.text(self.cells[header])
            if found is not None:
                return found
        return None


def _person(row: _Line) -> dict[str, str | None]:
    first, last = cells.name(row.first("first_name")), cells.name(row.first("last_name"))
    full = cells.name(row.first("full_name")) or " ".join(part for part in (first, last) if part) or None
    if full and not last:
        first, last = cells.halves(full) if not first else (first, full.removeprefix(first).strip() or None)
    profiles = [each for each in map(urls.profile, row.texts("linkedin")) if each]
    slug = next((each.slug for each in profiles if each.slug), None)
    member = row.first("member") or next((each.member_id for each in profiles if each.member_id), None)
    salesnav = next((each.member_id for each in profiles if each.is_salesnav), None)
    title = _squeezed(row.first("title"))
    return {
        "first_name": first,
        "last_name": last,
        "full_name": full,
        "title": title,
        "headline": _squeezed(row.first("headline")),
        "email": next(filter(None, map(cells.email, row.texts("email"))), None),
        "email_status": row.first("email_status"),
        "phone": next(filter(None, map(cells.phone, row.texts("phone"))), None),
        "linkedin_url": f"https://linkedin.com/in/{slug}" if slug else None,
        "linkedin_member_id": member,
        "salesnav_url": f"https://linkedin.com/sales/lead/{salesnav}" if salesnav else None,
        **_place(row),
        "seniority": seniority(row.first("seniority"), title),
        "departments": row.first("departments"),
        "source_row_id": row.first("source_row_id"),
        "seen_at": row.first("seen_at"),
        "matches_filters": cells.flag(row.first("matches_filters")),
        "no_match_reasons": _squeezed(row.first("no_match_reasons")),
        "do_not_call": cells.flag(row.first("do_not_call")),
    }


def _company(row: _Line) -> dict[str, str | None]:
    city, state, country = places.split(row.first("company_place"))
    size = row.first("employees")
    employees = cells.whole(size)
    millions = cells.number(row.first("revenue_millions"))
    revenue = millions * 1_000_000 if millions else cells.number(row.first("annual_revenue_usd"))
    return {
        "company_name": _squeezed(row.first("company_name")),
        "company_domain": next(filter(None, map(urls.web_host, row.texts("website"))), None),
        "company_linkedin": next(filter(None, map(urls.company_page, row.texts("company_linkedin"))), None),
        "employees": employees,
        "employee_range": row.first("employee_range") or (size if size and not employees and size != "0" else None),
        "industry": row.first("industry"),
        "annual_revenue_usd": f"{revenue:.0f}" if revenue else None,
        "founded_year": cells.whole(row.first("founded_year")),
        "company_phone": cells.phone(row.first("company_phone")),
        "company_city": row.first("company_city") or city,
        "company_state": row.first("company_state") or state,
        "company_country": row.first("company_country") or country,
    }


def _place(row: _Line) -> dict[str, str | None]:
    told = {key: row.first(key) for key in ("city", "state", "country")}
    location = row.first("location")
    if not any(told.values()):
        told = dict(zip(told, places.split(location), strict=True))
    joined = ", ".join(part for part in told.values() if part) or None
    return {"location": location or joined, **told}


def _squeezed(value: str | None) -> str | None:
    return " ".join(value.split()) if value else None


def _row_key(found: Mapping[str, str | None]) -> str | None:
    if found["linkedin_member_id"]:
        return f"member:{found['linkedin_member_id']}"
    if found["linkedin_url"]:
        return f"slug:{found['linkedin_url'].rpartition('/')[2]}"
    if found["email"]:
        return f"email:{found['email'].casefold()}"
    if found["full_name"] and found["last_name"]:
        return f"name:{found['full_name'].casefold()}|{(found['company_name'] or '').casefold()}"
    return None


def _refusal(row: _Line, found: Mapping[str, str | None]) -> str | None:
    failure = row.first("error")
    if failure and not found["full_name"]:
        return f"the exporter could not read this person: {failure}"
    if (found["full_name"] or "").casefold() == "linkedin member":
        return 'hidden by LinkedIn ("LinkedIn Member", out of network): nobody can be told from it'
    if not found["row_key"]:
        return "no last name, e-mail address or LinkedIn profile: nobody can be told from it"
    return None
