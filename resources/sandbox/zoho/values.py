"""What each type of field accepts (Zoho fact sheet §10.8-§10.11) and how it is kept."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from resources.sandbox.zoho.fields import Field
    from resources.sandbox.zoho.organisation import Organisation

EMAIL = re.compile(r"[A-Za-z0-9._%+'&-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,22}")
PHONE = re.compile(r"(?!\.)[\w+\-().,;:/ #&]+")
WEBSITE = re.compile(r"[^\s\"'<>]+\.[^\s\"'<>]+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")


class UnfitError(Exception):
    """A value that its field does not take; `details` goes into INVALID_DATA."""

    def __init__(self, **details: Any) -> None:
        super().__init__(str(details))
        self.details = details


def accepted(organisation: Organisation, field: Field, value: Any) -> Any:
    """Give the stored form of a value (None = clear); raise UnfitError when the field refuses it."""
    if value is None or value == "":
        return None
    if field.kind in _JUDGES:
        return _JUDGES[field.kind](field, value)
    if field.kind in {"picklist", "multiselectpicklist"}:
        return _choice(field, value, is_strict=organisation.switches.picklist_strict)
    if field.kind == "ownerlookup":
        ident = _reference(value)
        if organisation.user(ident) is None:
            raise UnfitError(expected_data_type="bigint")
        return {"id": ident}
    if field.kind == "lookup":
        ident = _reference(value)
        targets = [field.target] if field.target else ["Leads", "Contacts", "Accounts", "Deals"]
        if not any(organisation.tables[target].living(ident) for target in targets):
            raise UnfitError(expected_data_type="bigint")
        return {"id": ident}
    return _text(field, value)


def _reference(value: Any) -> str:
    if not isinstance(value, dict):
        raise UnfitError(expected_data_type="jsonobject")
    ident = value.get("id")
    if not isinstance(ident, str) or not ident.isdigit():
        raise UnfitError(expected_data_type="bigint")
    return ident


def _string(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise UnfitError(expected_data_type=field.kind)
    kept = value.strip()
    if len(kept) > field.length:
        raise UnfitError(maximum_length=field.length)
    return kept


def _text(field: Field, value: Any) -> str | None:
    return _string(field, value) or None


def _pattern(pattern: re.Pattern[str]) -> Callable[[Field, Any], Any]:
    def judge(field: Field, value: Any) -> Any:
        kept = _string(field, value)
        if kept and not pattern.fullmatch(kept):
            raise UnfitError(expected_data_type=field.kind)
        return kept or None

    return judge


def _integer(field: Field, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnfitError(expected_data_type=field.kind)
    if len(str(abs(value))) > field.length:
        raise UnfitError(maximum_length=field.length)
    return value


def _number(field: Field, value: Any) -> float | int:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise UnfitError(expected_data_type="double" if field.kind == "double" else field.kind)
    if len(str(abs(int(value)))) > field.length:
        raise UnfitError(maximum_length=field.length)
    return value


def _boolean(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UnfitError(expected_data_type=field.kind)
    return value


def _date(field: Field, value: Any) -> str:
    if not isinstance(value, str) or len(value) != 10:
        raise UnfitError(expected_data_type=field.kind)
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise UnfitError(expected_data_type=field.kind) from None


def _moment(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise UnfitError(expected_data_type=field.kind)
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise UnfitError(expected_data_type=field.kind) from None
    return value


def _choice(field: Field, value: Any, *, is_strict: bool) -> Any:
    values = value if field.kind == "multiselectpicklist" else [value]
    if not isinstance(values, list) or not all(isinstance(entry, str) for entry in values):
        raise UnfitError(expected_data_type=field.json_type)
    for entry in values:
        if is_strict and entry not in field.choices:
            raise UnfitError(supported_values=list(field.choices))
        if len(entry) > field.length:
            raise UnfitError(maximum_length=field.length)
    return None if value == "-None-" else value


_JUDGES: dict[str, Callable[[Field, Any], Any]] = {
    "email": _pattern(EMAIL),
    "phone": _pattern(PHONE),
    "website": _pattern(WEBSITE),
    "integer": _integer,
    "percent": _integer,
    "double": _number,
    "currency": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _moment,
}
