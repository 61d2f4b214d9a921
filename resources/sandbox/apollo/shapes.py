"""The JSON of people, in the shapes of Apollo's reference (Apollo fact sheet §4, §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.apollo.directory import company_name
from resources.sandbox.apollo.organizations import organization
from resources.sandbox.entities import hex24

if TYPE_CHECKING:
    from resources.sandbox.apollo.directory import Entry
    from resources.sandbox.world import World

PLACEHOLDER = "email_not_unlocked@domain.com"
_FUNCTIONS = {
    "master_sales": "sales",
    "master_marketing": "marketing",
    "master_engineering_technical": "engineering",
    "master_information_technology": "information_technology",
    "master_operations": "operations",
    "master_finance": "finance",
    "master_human_resources": "human_resources",
    "product_management": "product_management",
    "c_suite": "entrepreneurship",
}


def teaser(entry: Entry) -> dict[str, Any]:
    """One row of people search: enough to want the person, not enough to reach them."""
    person, company = entry.person, entry.person.company
    return {
        "id": person.id24,
        "first_name": person.first_name,
        "last_name_obfuscated": f"{person.last_name[:2]}***{person.last_name[-1:]}",
        "title": entry.title,
        "last_refreshed_at": entry.refreshed,
        "has_email": entry.email is not None,
        "has_city": True,
        "has_state": True,
        "has_country": True,
        "has_direct_phone": "Yes" if entry.has_mobile else "Maybe: please request direct dial via people/bulk_match",
        "organization": {
            "name": company_name(company),
            "has_industry": True,
            "has_phone": company.index % 3 == 0,
            "has_city": True,
            "has_state": True,
            "has_country": True,
            "has_zip_code": False,
            "has_revenue": company.index % 4 != 0,
            "has_employee_count": company.index % 9 != 0,
        },
    }


def person(entry: Entry, world: World, *, revealed: bool, personal: bool = False) -> dict[str, Any]:
    """A whole person with their company; `personal` adds private addresses where the law allows it."""
    who, company = entry.person, entry.person.company
    body: dict[str, Any] = {
        "id": who.id24,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "name": who.name,
        "linkedin_url": f"http://www.linkedin.com/in/{who.linkedin_slug}" if entry.on_linkedin else None,
        "title": entry.title,
        "email_status": entry.status if entry.email else None,
        "photo_url": None,
        "twitter_url": None,
        "github_url": None,
        "facebook_url": None,
        "extrapolated_email_confidence": entry.confidence,
        "headline": f"{entry.title} at {company_name(company)}" if entry.title else None,
        "email": entry.email,
        "organization_id": company.id24,
        "employment_history": _history(entry, world),
        "state": who.state,
        "city": who.city,
        "country": who.country,
        "is_likely_to_engage": entry.likely,
        "show_intent": False,
        "departments": list(who.departments),
        "subdepartments": [],
        "seniority": who.seniority,
        "functions": [_FUNCTIONS[department] for department in who.departments],
        "revealed_for_current_team": revealed,
        "phone_numbers": [_number(number, kind, place) for place, (number, kind) in enumerate(entry.numbers)],
        "organization": organization(company, world),
    }
    if personal and who.country in {"United States", "Canada", "Brazil", "India"}:
        body["personal_emails"] = [who.personal_email]
    return body


def locked_person(entry: Entry, world: World, *, revealed: bool) -> dict[str, Any]:
    """A person as `GET /people/{id}` and the legacy search show them before the team paid for a reveal."""
    body = person(entry, world, revealed=revealed)
    body["email_status"] = entry.status
    if not revealed:
        body["email"] = PLACEHOLDER if entry.email else None
    return body


def _history(entry: Entry, world: World) -> list[dict[str, Any]]:
    who = entry.person
    rng = world.rng("history", who.index)
    former = rng.choice(world.companies)
    start = rng.randint(2012, 2022)
    jobs = (
        (True, who.company.id24, company_name(who.company), entry.title, f"{start}-01-01", None),
        (False, None, company_name(former), "Consultant", f"{start - 3}-06-01", f"{start}-01-01"),
    )
    rows: list[dict[str, Any]] = []
    for place, (current, company_id, name, title, begun, ended) in enumerate(jobs):
        key = hex24("job", world.seed, who.index, place)
        empty = dict.fromkeys(
            (
                "created_at",
                "degree",
                "description",
                "emails",
                "grade_level",
                "kind",
                "major",
                "raw_address",
                "updated_at",
            )
        )
        row = {"organization_id": company_id, "organization_name": name, "title": title, "start_date": begun}
        rows.append({"_id": key, "id": key, "key": key, "current": current, "end_date": ended, **row, **empty})
    return rows


def _number(number: str, kind: str, place: int) -> dict[str, Any]:
    return {
        "raw_number": f"{number[:3]} {number[3:6]} {number[6:]}",
        "sanitized_number": number,
        "type": kind,
        "position": place,
        "status": "no_status" if kind == "work_hq" else "valid_number",
        "dnc_status": None,
        "dnc_other_info": None,
        "dialer_flags": None,
    }
