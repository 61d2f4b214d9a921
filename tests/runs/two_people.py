"""Two people from a Sales Navigator list who share nothing, so that only a decision makes them one."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ADA, GRACE = ("salesnav", "member:ACwAAAdaByron01"), ("salesnav", "member:ACwAAGraceHopp1")
ADDRESS, NUMBER = "grace@compilers.example", "+14155552671"
HEADER = (
    *("First Name", "Last Name", "Full Name", "Linkedin URL Public", "Linkedin URL Unique ID", "Sales Navigator URL"),
    *("Current Job", "Location", "Email", "Email Status", "Phone", "Company Name", "Company Domain"),
    *("Company Employee Exact Count", "Company Industry"),
)


def person(
    name: tuple[str, str], slug: str, member: str, *, job: str, place: str, firm: str, email: str = "", phone: str = ""
) -> tuple[str, ...]:
    """Return a line of the list."""
    first, last = name
    site = "https://www.linkedin.com"
    lead = f"{site}/sales/lead/{member},NAME_SEARCH,abcd"
    links = (f"{site}/in/{slug}", f"{site}/in/{member}", lead)
    reach = (email, "safe" if email else "", phone)
    return (
        first,
        last,
        f"{first} {last}",
        *links,
        job,
        place,
        *reach,
        firm,
        f"{firm.lower()}.example",
        "120",
        "Software",
    )


def write(path: Path) -> None:
    """Write the list: Ada without any address, Grace with a mailbox and a number."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(HEADER)
        ada = {"job": "CTO", "place": "London, England, United Kingdom", "firm": "Engine"}
        grace = {"job": "Chief Operating Officer", "place": "New York, New York, United States", "firm": "Compilers"}
        reach = {"email": ADDRESS, "phone": NUMBER}
        lines.writerow(person(("Ada", "Byron"), "ada-byron-1a2b3c4d", "ACwAAAdaByron01", **ada))
        lines.writerow(person(("Grace", "Hopper"), "grace-hopper-9z8y7x6w", "ACwAAGraceHopp1", **grace, **reach))
