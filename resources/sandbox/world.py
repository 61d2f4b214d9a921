"""The truth behind the simulated vendors: people and companies that each vendor distorts in its own way.

Everything follows from seed and size, so a test that knows them knows who is who. Company domains end in
.example (RFC 2606): nobody can be mailed by accident.
"""

from __future__ import annotations

import random

from resources.sandbox.entities import Company, Person, ascii_word, hex24
from resources.sandbox.population import make_companies, make_people

__all__ = ["Company", "Person", "World", "ascii_word", "hex24"]


class World:
    """People and companies of one seed and size; equal seed and size give an equal world."""

    def __init__(self, seed: int = 7, people: int = 2000) -> None:
        if people < 1:
            raise ValueError(f"a world needs at least one person, not {people}")
        self.seed = seed
        self.companies: list[Company] = make_companies(self, max(1, people // 5))
        self.people: list[Person] = make_people(self, people)

    def rng(self, *parts: object) -> random.Random:
        """Give the generator of these parts; it depends on the seed and on nothing else."""
        return random.Random(":".join(map(str, (self.seed, *parts))))

    def in_zoho(self, person: Person) -> str | None:
        """Say whether the CRM knew the person before the first run: "Leads", "Contacts" or None."""
        draw = self.rng("in_zoho", person.index).random()
        if draw < 0.08:
            return "Leads"
        return "Contacts" if draw < 0.11 else None

    def in_ghl(self, person: Person) -> bool:
        """Say whether the outreach platform knew the person before the first run (3 %)."""
        return self.rng("in_ghl", person.index).random() < 0.03

    def is_opted_out_zoho(self, person: Person) -> bool:
        """Say whether the person, where the CRM knew them, had opted out of e-mail there (4 %)."""
        return self.rng("optout_zoho", person.index).random() < 0.04

    def is_opted_out_ghl(self, person: Person) -> bool:
        """Say whether the person, where the outreach platform knew them, had DND e-mail set (8 %)."""
        return self.rng("optout_ghl", person.index).random() < 0.08
