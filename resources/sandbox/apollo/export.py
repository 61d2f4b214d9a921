"""Contacts as Apollo exports them, in the layout with `Company Name` (Sales Navigator fact sheet §5)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from resources.sandbox.apollo.directory import company_name
from resources.sandbox.entities import hex24
from resources.sandbox.layouts import APOLLO_HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resources.sandbox.world import Person, World

_SENIORITY_WORDS = {"c_suite": "C suite", "vp": "VP"}


def contacts(world: World, people: Iterable[Person]) -> str:
    """Write people as Apollo exports its contacts (the layout with `Company Name`)."""
    out = io.StringIO()
    writer = csv.DictWriter(out, APOLLO_HEADERS, lineterminator="\n", restval="")
    writer.writeheader()
    for person in people:
        writer.writerow(_apollo_row(world, person))
    return out.getvalue()


def _apollo_row(world: World, person: Person) -> dict[str, object]:
    rng = world.rng("apollo_export", person.index)
    company = person.company
    email = person.email if person.email and rng.random() < 0.85 else ""
    guessed = bool(email) and rng.random() < 0.15
    status = ("Extrapolated" if guessed else "Verified") if email else "Unavailable"
    has_direct = rng.random() < 0.25
    name = company_name(company)
    return {
        "First Name": person.first_name,
        "Last Name": person.last_name,
        "Title": person.title,
        "Company Name": name,
        "Company Name for Emails": name,
        "Email": email,
        "Email Status": status,
        "Primary Email Source": "Apollo" if email else "",
        "Email Confidence": round(rng.uniform(0.4, 0.95), 2) if guessed else "",
        "Seniority": _SENIORITY_WORDS.get(person.seniority, person.seniority.capitalize()),
        "Departments": ", ".join(_words(department) for department in person.departments),
        "Work Direct Phone": f"'{person.phone}" if has_direct else "",
        "Corporate Phone": f"'{company.phone}" if rng.random() < 0.5 else "",
        "Do Not Call": "False",
        "Stage": "Cold",
        "Lists": "Exported, Q4 prospects",
        "# Employees": company.employees if company.index % 9 else "",
        "Industry": company.industry,
        "Keywords": f"b2b, {company.industry}, growth, platform",
        "Person Linkedin Url": f"http://www.linkedin.com/in/{person.linkedin_slug}" if rng.random() < 0.95 else "",
        "Website": f"http://www.{company.domain}",
        "Company Linkedin Url": f"http://www.linkedin.com/company/{company.linkedin_slug}",
        "City": person.city,
        "State": person.state,
        "Country": person.country,
        "Company Address": f"{company.city}, {company.state}, {company.country}",
        "Company City": company.city,
        "Company State": company.state,
        "Company Country": company.country,
        "Company Phone": f"'{company.phone}" if rng.random() < 0.5 else "",
        "Technologies": "Salesforce, Google Analytics",
        "Annual Revenue": company.revenue if company.index % 4 else "",
        "Email Sent": "false",
        "Email Open": "false",
        "Email Bounced": "false",
        "Replied": "false",
        "Demoed": "false",
        "Apollo Contact Id": hex24("contact", world.seed, person.index),
        "Apollo Account Id": hex24("account", world.seed, company.index),
        "Qualify Contact": "",
    }


def _words(department: str) -> str:
    return department.removeprefix("master_").replace("_", " ").title().replace("C Suite", "C-Suite")
