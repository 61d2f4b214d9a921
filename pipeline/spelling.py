"""Distinct spellings and their normal forms: how staging normalises whole columns at the speed of SQL.

Each view holds one row per distinct value of the columns that join it, with the value and what it means; the
staging SELECTs join on the value.
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
    from collections.abc import Callable, Mapping, Sequence

SEPARATOR = "\x1f"
"""Stands between the parts of a value that can only be read together (name, phone with country)."""

Cell = str | bool | None


@dataclass(frozen=True, slots=True)
class Spelling:
    """A view of normal forms: the columns that a value becomes, with their types, and what it becomes."""

    columns: Mapping[str, str]
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


def _texts(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "VARCHAR")


SPELLINGS: Mapping[str, Spelling] = {
    "spelled_names": Spelling(_texts("first_name", "last_name", "full_name", "name_norm"), _name),
    "spelled_emails": Spelling(
        {**_texts("email", "email_norm", "company_domain"), "is_role_email": "BOOLEAN"},
        _email,
    ),
    "spelled_statuses": Spelling(_texts("email_status"), lambda value: (emails.status(value),)),
    "spelled_phones": Spelling(_texts("phone"), _phone),
    "spelled_profiles": Spelling(_texts("linkedin_slug", "linkedin_member_id"), _profile),
    "spelled_companies": Spelling(_texts("company_name", "company_norm"), _company),
    "spelled_websites": Spelling(_texts("domain"), lambda value: (domains.registrable(value),)),
    "spelled_pages": Spelling(_texts("page"), lambda value: (company_page(value),)),
    "spelled_levels": Spelling(_texts("seniority"), _level),
    "spelled_countries": Spelling(_texts("country"), lambda value: (places.country(value),)),
}


def spelled(view: str, values: Sequence[str]) -> pa.Table:
    """Return one row per value of a view: `value`, and `cells` in the order of its columns, flags as `true`, `false`.

    Raises KeyError for an unknown view.
    """
    read = SPELLINGS[view].read
    cells = [[str(cell).lower() if isinstance(cell, bool) else cell for cell in read(value)] for value in values]
    return pa.table({"value": pa.array(values, pa.string()), "cells": pa.array(cells, pa.list_(pa.string()))})
