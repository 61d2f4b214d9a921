"""The people and companies themselves, and the identifiers made from them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

_LETTERS = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "ø": "o",
        "å": "a",
        "ł": "l",
        "æ": "ae",
        "þ": "th",
        "\u0131": "i",
    }
)


@dataclass(frozen=True, slots=True)
class Company:
    """A company as it really is; revenue in US dollars a year, phone in E.164."""

    index: int
    id24: str
    name: str
    domain: str
    industry: str
    employees: int
    revenue: int
    city: str
    state: str
    country: str
    phone: str
    linkedin_slug: str
    linkedin_id: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person as they really are; `email` is the work address, None when they have none."""

    index: int
    id24: str
    first_name: str
    last_name: str
    title: str
    seniority: str
    departments: tuple[str, ...]
    email: str | None
    personal_email: str
    phone: str
    linkedin_slug: str
    member_id: str
    company: Company
    city: str
    state: str
    country: str

    @property
    def name(self) -> str:
        """First and last name with a space between."""
        return f"{self.first_name} {self.last_name}"


def ascii_word(text: str) -> str:
    """Fold a name to lower-case a-z, 0-9 and single hyphens, as e-mail systems and URL slugs do."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    plain = folded.encode("ascii", "ignore").decode()
    return re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9-]", "", re.sub(r"[\s/&]+", "-", plain))).strip("-")


def hex24(*parts: object) -> str:
    """Give a stable 24-hex identifier, the form of Apollo's record ids."""
    return hashlib.sha1(":".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()[:24]
