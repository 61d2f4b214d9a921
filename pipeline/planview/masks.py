"""Masking of a plan's values by field type: what changes stays recognisable to its owner, nobody else learns it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.models import Json

CUT = "…"
_EMAIL = re.compile(r"[^\s@<>()\"',;:]+@[^\s@<>()\"',;:]+")
_PHONE = re.compile(r"(?<![\w/])(?!\d{4}-\d\d-\d\d)\+?\d(?:[\s().-]{0,2}\d){6,14}(?!\w)")
"""Seven to fifteen digits; not a date, and not the longer ids of vendors."""
_OPEN = frozenset({"integer", "number", "boolean", "date", "datetime", "lookup", "picklist", "multipicklist"})


def mask(value: Json, kind: str, prefix: str = "lf-") -> Json:
    """Return a value of a field of type `kind` with what is personal in it masked.

    Numbers, dates and choices stay; an e-mail address becomes `j…@a….com`, a phone `…67`, a link `a….com`, other text
    its first letter; of a lookup only the id stays; of tags those with our `prefix`.
    """
    if kind == "lookup" and isinstance(value, dict) and "id" in value:
        return {"id": value["id"]}
    if kind == "tags" and isinstance(value, list):
        return [_tag(item, prefix) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _phone(str(value)) if kind == "phone" else value
    return _string(value, kind) if isinstance(value, str) else _text(value)


def mask_reason(reason: str) -> str:
    """Return a reason in words without the addresses and numbers of people that may stand in it."""
    return _PHONE.sub(lambda found: _phone(found[0]), _EMAIL.sub(lambda found: _email(found[0]), reason))


def _string(value: str, kind: str) -> str:
    if "@" in value:
        return _email(value)
    if kind == "phone":
        return _phone(value)
    if kind in _OPEN:
        return value if kind == "lookup" else mask_reason(value)
    if kind == "url":
        return _host(re.sub(r"^[a-z]+://(www\.)?", "", value.strip()).split("/")[0])
    return _first(value)


def _email(value: str) -> str:
    name, _, host = value.rpartition("@")
    return f"{_first(name)}@{_host(host)}"


def _host(host: str) -> str:
    first, dot, _ = host.partition(".")
    return f"{_first(first)}{dot}{host.rpartition('.')[2]}" if dot and first else _first(host)


def _phone(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    return f"{CUT}{digits[-2:]}" if len(digits) > 4 else CUT


def _first(value: str) -> str:
    text = value.strip()
    return f"{text[0]}{CUT}" if len(text) > 1 else CUT if text else ""


def _tag(item: Json, prefix: str) -> Json:
    return item if isinstance(item, str) and item.startswith(prefix) else _text(item)


def _text(value: Json) -> Json:
    if isinstance(value, str):
        return _email(value) if "@" in value else _first(value)
    if isinstance(value, list):
        return [_text(item) for item in value]
    if isinstance(value, dict):
        return {name: _text(item) for name, item in value.items()}
    return value
