"""A Sales Navigator search as Evaboot exports it, quirks included (Sales Navigator fact sheet §2)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from resources.sandbox.layouts import EVABOOT_HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resources.sandbox.world import Person, World

_SIZES = (
    (10, "1-10"),
    (50, "11-50"),
    (200, "51-200"),
    (500, "201-500"),
    (1000, "501-1000"),
    (5000, "1001-5000"),
)


def evaboot(world: World, people: Iterable[Person]) -> str:
    """Write people as Evaboot exports a Sales Navigator search, with its quirks and a few unusable rows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, EVABOOT_HEADERS, lineterminator="\r\n")
    writer.writeheader()
    for place, person in enumerate(people):
        row = _evaboot_row(world, person)
        if place % 40 == 17:  # out of the buyer's network: nobody, at a company
            row |= {
                "First Name": "LinkedIn",
                "Last Name": "Member",
                "Full Name": "LinkedIn Member",
                "Email": "",
            }
            row |= {
                "Linkedin URL Public": "",
                "Linkedin URL Unique ID": "",
                "Sales Navigator URL": "",
                "Phone": "",
            }
        writer.writerow(row)
        if place == 60:  # a row with more cells than the header has names
            out.write(",".join(["Stray", "Row", *["x"] * len(EVABOOT_HEADERS)]) + "\r\n")
    return out.getvalue()


def _evaboot_row(world: World, person: Person) -> dict[str, object]:
    rng = world.rng("evaboot", person.index)
    company = person.company
    has_email = person.email is not None and rng.random() < 0.6
    fits = rng.random() < 0.9
    www = f"http://www.{company.domain}/"
    domain = company.domain.capitalize() if rng.random() < 0.2 else company.domain
    years = rng.randint(0, 9)
    return {
        "First Name": person.first_name,
        "Last Name": person.last_name,
        "Full Name": person.name,
        "Linkedin URL Public": f"https://www.linkedin.com/in/{person.linkedin_slug}",
        "Linkedin URL Unique ID": f"https://www.linkedin.com/in/{person.member_id}",
        "Sales Navigator URL": f"https://www.linkedin.com/sales/lead/{person.member_id},NAME_SEARCH,{rng.choice('abcd')}Xq7",
        "Current Job": f"{person.title} " if rng.random() < 0.1 else person.title,
        "Current Jobs Number": '"1"' if rng.random() < 0.1 else 1,
        "Total Positions Count": rng.randint(1, 9),
        "Profile Headline": f"{person.title} at {company.name} | Let's talk 🚀" if rng.random() < 0.5 else "",
        "Profile Summary": 'I build teams.\nI "love" data, too.' if rng.random() < 0.2 else "",
        "Location": f"{person.city}, {person.state}, {person.country}",
        "Email": person.email if has_email else "",
        "Email Status": ("safe" if rng.random() < 0.8 else "riskier") if has_email else "",
        "Phone": person.phone if rng.random() < 0.15 else "",
        "Years in Position": years,
        "Years in Company": years + rng.randint(0, 4),
        "Has New Position": rng.choice(("TRUE", "FALSE", "false")),
        "Is Open To Work": rng.choice(("FALSE", "false", "0")),
        "Is Open Profile": rng.choice(("TRUE", "FALSE")),
        "Is Premium": rng.choice(("TRUE", "FALSE", "1")),
        "Connections": rng.randint(20, 500),
        "Matches Filters": "YES" if fits else "NO",
        "No Match Reasons": "" if fits else "Job title does not match",
        "Company Name": company.name,
        "Company Domain": domain if rng.random() < 0.9 else "",
        "Company Website URL": www,
        "Company Linkedin URL Unique ID": f"https://www.linkedin.com/company/{company.linkedin_id}",
        "Company Location": f"{company.city}, {company.state}, {company.country}",
        "Company Headquarters (Full Address)": f"1 Main Street, {company.city}, {company.country}",
        "Company Industry": company.industry.title(),
        "Company Type": "Privately Held",
        "Company Employee Exact Count": company.employees if rng.random() < 0.9 else 0,
        "Company Employee Range": next((words for size, words in _SIZES if company.employees <= size), "5001-10000"),
        "Company Employee Growth 6 Months (%)": rng.choice((3, -2, "")),
        "Company Employee Growth 1 Year (%)": rng.choice((8, -5, "")),
        "Company Employee Growth 2 Years (%)": "",
        "Company Year Founded": 1950 + company.index % 73 if company.index % 5 else 0,
        "Company Revenue Min (Millions USD)": round(company.revenue / 1e6 * 0.8, 1) if company.index % 4 else "0.0",
        "Company Revenue Max (Millions USD)": round(company.revenue / 1e6 * 1.2, 1) if company.index % 4 else "0.0",
        "Company Revenue Currency": "USD",
        "Company Specialities": f"{company.industry}, growth",
        "Company Description": f"{company.name} serves customers.\nFounded by people.",
        "Department Headcounts": f"Sales: {company.employees // 9}\nEngineering: {company.employees // 3}",
    }
