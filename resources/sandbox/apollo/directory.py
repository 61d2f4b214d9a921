"""What Apollo knows of the world: most people, some of them wrongly, each found by the usual handles."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from resources.sandbox.entities import ascii_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from resources.sandbox.world import Company, Person, World

_REFRESHED = datetime(2025, 11, 4, 23, 20, 32, 690_000, tzinfo=UTC)
_LEGAL_FORM = re.compile(r" (Inc\.|LLC|Corp\.|Ltd\.?|Limited|PLC|GmbH.*|AG|SAS|SA|B\.V\.|AB|S\.[AL]\.)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One person as Apollo has them; `email` is what a reveal would give, with its status and confidence."""

    person: Person
    title: str | None
    email: str | None
    status: str
    confidence: float | None
    on_linkedin: bool
    numbers: tuple[tuple[str, str], ...]
    has_mobile: bool
    likely: bool
    refreshed: str

    @property
    def is_obsolete(self) -> bool:
        """Whether the id is still listed but no longer stands for anybody (about one in a hundred)."""
        return self.status == "obsolete"


def knows(world: World, person: Person) -> bool:
    """Say whether Apollo has the person at all (88 %)."""
    return world.rng("in_apollo", person.index).random() < 0.88


def company_name(company: Company) -> str:
    """Give a company's name in Apollo's manner: without the legal form."""
    return _LEGAL_FORM.sub("", company.name)


class Directory:
    """People and companies by id, e-mail, profile and domain."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: list[Person] = sorted((p for p in world.people if knows(world, p)), key=lambda p: p.id24)
        self._by_id = {person.id24: person for person in self.people}
        self.companies = {company.id24: company for company in world.companies}
        self._entries: dict[str, Entry] = {}

    @cached_property
    def _by_email(self) -> dict[str, Person]:
        return {found.email: found.person for found in self.entries() if found.email}

    @cached_property
    def _by_hash(self) -> dict[str, Person]:
        hashes: dict[str, Person] = {}
        for email, person in self._by_email.items():
            hashes[hashlib.md5(email.encode(), usedforsecurity=False).hexdigest()] = person
            hashes[hashlib.sha256(email.encode()).hexdigest()] = person
        return hashes

    @cached_property
    def _by_slug(self) -> dict[str, Person]:
        return {person.linkedin_slug: person for person in self.people}

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Person]:
        names: dict[tuple[str, str], Person] = {}
        for person in self.people:
            for place in (person.company.domain, company_name(person.company), person.company.name):
                names.setdefault((ascii_word(person.name), place.lower()), person)
        return names

    @cached_property
    def by_domain(self) -> dict[str, Company]:
        """Companies by their domain; of a group the first one."""
        return {company.domain: company for company in reversed(self.world.companies)}

    def entries(self) -> Iterator[Entry]:
        """Give everybody Apollo lists, in the order of their ids."""
        return map(self.entry, self.people)

    def find(self, id24: str) -> Entry | None:
        """Give the entry with this id, obsolete ones included."""
        person = self._by_id.get(id24)
        return self.entry(person) if person else None

    def match(self, detail: Mapping[str, Any]) -> Entry | None:
        """Find the person whom id, e-mail, profile or name with company describe, in this order."""
        person = self._person(detail)
        entry = self.entry(person) if person else None
        return None if entry is None or entry.is_obsolete else entry

    def _person(self, detail: Mapping[str, Any]) -> Person | None:
        if detail.get("id"):
            return self._by_id.get(str(detail["id"]))
        if detail.get("email"):
            return self._by_email.get(str(detail["email"]).strip().lower())
        if detail.get("hashed_email"):
            return self._by_hash.get(str(detail["hashed_email"]).lower())
        if detail.get("linkedin_url"):
            return self._by_slug.get(str(detail["linkedin_url"]).rstrip("/").rsplit("/", 1)[-1])
        first, last = detail.get("first_name") or "", detail.get("last_name") or ""
        name = ascii_word(str(detail.get("name") or f"{first} {last}"))
        place = str(detail.get("domain") or detail.get("organization_name") or "").lower()
        return self._by_name.get((name, place.removeprefix("www.")))

    def entry(self, person: Person) -> Entry:
        """Give a person as Apollo has them; always the same."""
        known = self._entries.get(person.id24)
        if known is None:
            known = self._entries[person.id24] = _distorted(self.world, person)
        return known


def _distorted(world: World, person: Person) -> Entry:
    rng = world.rng("apollo", person.index)
    email, status, confidence = person.email, "verified", None
    luck = rng.random()
    if email is None or luck < 0.06:
        email, status = None, "unavailable"
    elif luck < 0.15:  # a guess in the commonest style of addresses, right or wrong
        email = f"{ascii_word(person.first_name)}.{ascii_word(person.last_name)}@{person.company.domain}"
        status, confidence = "extrapolated", round(rng.uniform(0.4, 0.95), 2)
    if rng.random() < 0.01:
        status = "obsolete"
    numbers: list[tuple[str, str]] = []
    if rng.random() < 0.15:
        numbers.append((person.phone, "work_direct"))
    if rng.random() < 0.35:
        numbers.append((person.company.phone, "work_hq"))
    refreshed = _REFRESHED - timedelta(minutes=rng.randrange(500_000))
    return Entry(
        person=person,
        title=person.title if rng.random() < 0.97 else None,
        email=email,
        status=status,
        confidence=confidence,
        on_linkedin=rng.random() < 0.97,
        numbers=tuple(numbers),
        has_mobile=rng.random() < 0.4,
        likely=rng.random() < 0.2,
        refreshed=refreshed.isoformat(timespec="milliseconds"),
    )
