"""What the organisation knew before the first run: the world, as sales people typed it in."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

    from resources.sandbox.entities import Company, Person
    from resources.sandbox.world import World
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.store import Record

STAGES = (
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Proposal/Price Quote",
    "Negotiation/Review",
)
SOURCES = ("Trade Show", "Web Download", "Cold Call", "Partner", None)
STATUSES = ("Contacted", "Not Contacted", "Attempted to Contact", None)


def seed(organisation: Organisation, world: World) -> None:
    """Fill an empty organisation; depends on the world only, except for stamps."""
    _Seeding(organisation, world).run()


class _Seeding:
    def __init__(self, organisation: Organisation, world: World) -> None:
        self._organisation = organisation
        self._world = world
        self._now = organisation.moment()
        self._accounts: dict[int, str] = {}
        self._people = 0

    def run(self) -> None:
        for person in self._world.people:
            module = self._world.in_zoho(person)
            if module is None:
                continue
            rng = self._world.rng("zoho", person.index)
            self._people += 1
            if module == "Leads":
                self._lead(person, rng)
                if self._people % 25 == 5:
                    self._again(person, rng)
            else:
                contact = self._contact(person, rng)
                if rng.random() < 0.4:
                    self._deal(person, contact, rng)
                if self._people % 40 == 7:
                    self._lead(person, rng)

    def _add(self, module: str, values: dict[str, Any], rng: random.Random) -> Record:
        known = self._organisation.modules[module].fields
        kept = {name: value for name, value in values.items() if name in known and value not in (None, "", False)}
        owner = rng.choice(self._organisation.owners).id
        at = self._now - rng.randint(3 * 86_400, 300 * 86_400)
        return self._organisation.new(module, kept, owner=owner, by=owner, at=at)

    def _lead(self, person: Person, rng: random.Random) -> Record:
        company = person.company
        first, last = spelled(person, rng)
        values = {
            "First_Name": first[:40],
            "Last_Name": last[:80],
            "Company": company_spelled(company, rng),
            "Designation": person.title[:100] if rng.random() < 0.8 else None,
            "Email": email_spelled(person, rng),
            "Phone": phone_spelled(person, rng),
            "City": person.city,
            "Country": person.country,
            "Website": f"https://www.{company.domain}" if rng.random() < 0.5 else None,
            "Lead_Source": rng.choice(SOURCES),
            "Lead_Status": rng.choice(STATUSES),
            "Email_Opt_Out": self._world.is_opted_out_zoho(person),
        }
        return self._add("Leads", values, rng)

    def _again(self, person: Person, rng: random.Random) -> None:
        """Enter the same person a second time, as a colleague would: another spelling, the same mailbox."""
        values = {
            "First_Name": person.first_name[:1] + ".",
            "Last_Name": plain(person.last_name).upper()[:80],
            "Company": person.company.name[:200],
            "Email": person.email.upper() if person.email else person.personal_email,
            "Lead_Source": "Trade Show",
        }
        self._add("Leads", values, rng)

    def _contact(self, person: Person, rng: random.Random) -> Record:
        first, last = spelled(person, rng)
        values = {
            "First_Name": first[:40],
            "Last_Name": last[:80],
            "Title": person.title[:100],
            "Email": email_spelled(person, rng),
            "Phone": phone_spelled(person, rng),
            "Account_Name": {"id": self._account(person.company, rng)},
            "Mailing_City": person.city,
            "Mailing_Country": person.country,
            "Lead_Source": rng.choice(SOURCES),
            "Email_Opt_Out": self._world.is_opted_out_zoho(person),
        }
        return self._add("Contacts", values, rng)

    def _account(self, company: Company, rng: random.Random) -> str:
        if company.index not in self._accounts:
            values = {
                "Account_Name": company.name[:200],
                "Website": f"https://{company.domain}",
                "Phone": company.phone[:30],
                "Employees": company.employees,
                "Annual_Revenue": company.revenue,
                "Account_Type": rng.choice(("Customer", "Prospect", "Partner")),
                "Billing_City": company.city,
                "Billing_Country": company.country,
            }
            self._accounts[company.index] = self._add("Accounts", values, rng).id
        return self._accounts[company.index]

    def _deal(self, person: Person, contact: Record, rng: random.Random) -> None:
        values = {
            "Deal_Name": f"{person.company.name[:90]} - pilot {person.index}",
            "Stage": rng.choice((*STAGES, "Closed Won", "Closed Lost")),
            "Pipeline": "Standard (Standard)",
            "Closing_Date": f"2026-{rng.randint(1, 12):02d}-28",
            "Amount": rng.randint(5, 90) * 1000,
            "Account_Name": contact.values["Account_Name"],
            "Contact_Name": {"id": contact.id},
        }
        self._add("Deals", values, rng)


def plain(text: str) -> str:
    """Drop accents, as an English keyboard does."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def spelled(person: Person, rng: random.Random) -> tuple[str, str]:
    """Give a name as it was typed: mostly right, else without accents, in capitals or as an initial."""
    draw = rng.random()
    if draw < 0.08:
        return plain(person.first_name), plain(person.last_name)
    if draw < 0.12:
        return person.first_name.upper(), person.last_name.upper()
    if draw < 0.15:
        return f"{person.first_name[:1]}.", person.last_name
    return person.first_name, person.last_name


def email_spelled(person: Person, rng: random.Random) -> str | None:
    """Give the work address, sometimes in capitals, sometimes none, rarely the private one."""
    draw = rng.random()
    if draw < 0.04:
        return person.personal_email
    if person.email is None or draw < 0.08:
        return None
    return person.email.upper() if draw < 0.12 else person.email


def phone_spelled(person: Person, rng: random.Random) -> str | None:
    """Give the phone number as people write it."""
    draw = rng.random()
    if draw < 0.3:
        return None
    if draw < 0.6:
        return person.phone
    digits = person.phone.lstrip("+")
    return f"+{digits[:2]} ({digits[2:5]}) {digits[5:8]}-{digits[8:]}"[:30]


def company_spelled(company: Company, rng: random.Random) -> str:
    """Give the company's name, sometimes without its legal form."""
    words = company.name.split()
    short = " ".join(words[:-1]) if len(words) > 1 and rng.random() < 0.15 else company.name
    return short[:200]
