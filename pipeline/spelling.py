"""Distinct spellings and their normal forms: how staging normalises whole columns at the speed of SQL.

Each view holds one row per distinct value of its columns, with the value and what it means; the staging
SELECTs join on the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.normalize import domains, emails, names, phones, places
from pipeline.normalize.text import clean
from pipeline.salesnav.titles import seniority
from pipeline.salesnav.urls import company_page, profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SEPARATOR = "\x1f"
"""Stands between the parts of a value that can only be read together (name, phone with country)."""

Cell = str | bool | None


@dataclass(frozen=True, slots=True)
class Spelling:
    """A view of normal forms: from which columns its values come, and what each value becomes."""

    columns: tuple[str, ...]
    schema: Mapping[str, pa.DataType]
    read: Callable[[str], tuple[Cell, ...]]


def _name(value: str) -> tuple[Cell, ...]:
    first, last, full = (part or None for part in value.split(SEPARATOR))
    name = names.person(first, last, full)
    return (name.first, name.last, name.full, name.norm)


def _email(value: str) -> tuple[Cell, ...]:
    norm = emails.canonical(value)
    return (emails.address(value), norm, domains.registrable(norm), emails.is_role(value))


def _phone(value: str) -> tuple[Cell, ...]:
    number, country = value.split(SEPARATOR)
    return (phones.phone(number, places.country_code(country)),)


def _company(value: str) -> tuple[Cell, ...]:
    name = clean(value)
    return (name, names.company(name))


def _level(value: str) -> tuple[Cell, ...]:
    word, title = value.split(SEPARATOR)
    return (seniority(clean(word), clean(title)),)


def _profile(value: str) -> tuple[Cell, ...]:
    found = profile(value)
    return (found.slug, found.member_id) if found else (None, None)


SPELLINGS: Mapping[str, Spelling] = {
    "spelled_names": Spelling(
        ("name_parts",),
        dict.fromkeys(("first_name", "last_name", "full_name", "name_norm"), pa.string()),
        _name,
    ),
    "spelled_emails": Spelling(
        ("email",),
        {
            **dict.fromkeys(("email", "email_norm", "company_domain"), pa.string()),
            "is_role_email": pa.bool_(),
        },
        _email,
    ),
    "spelled_statuses": Spelling(
        ("email_status",), {"email_status": pa.string()}, lambda value: (emails.status(value),)
    ),
    "spelled_phones": Spelling(("phone_parts", "company_phone_parts"), {"phone": pa.string()}, _phone),
    "spelled_profiles": Spelling(
        ("profile",), {"linkedin_slug": pa.string(), "linkedin_member_id": pa.string()}, _profile
    ),
    "spelled_companies": Spelling(
        ("company_name", "name"), {"company_name": pa.string(), "company_norm": pa.string()}, _company
    ),
    "spelled_websites": Spelling(("website",), {"domain": pa.string()}, lambda value: (domains.registrable(value),)),
    "spelled_pages": Spelling(("page",), {"page": pa.string()}, lambda value: (company_page(value),)),
    "spelled_levels": Spelling(("seniority_parts",), {"seniority": pa.string()}, _level),
    "spelled_countries": Spelling(
        ("country", "company_country"), {"country": pa.string()}, lambda value: (places.country(value),)
    ),
}


def spelled(view: str, values: Iterable[str]) -> pa.Table:
    """Return the rows of one view for distinct values; KeyError for an unknown view."""
    spelling = SPELLINGS[view]
    distinct = list(values)
    read = [spelling.read(value) for value in distinct]
    columns = {
        name: pa.array([cells[place] for cells in read], type=kind)
        for place, (name, kind) in enumerate(spelling.schema.items())
    }
    return pa.table({"value": pa.array(distinct, type=pa.string()), **columns})
