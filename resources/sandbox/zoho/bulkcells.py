"""From the text of a CSV cell to the value a field stores (Zoho fact sheet §4.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.bulkformats import DAY, MOMENT, parser
from resources.sandbox.zoho.fields import LOOKUPS, TIMES
from resources.sandbox.zoho.problems import CallError
from resources.sandbox.zoho.store import folded
from resources.sandbox.zoho.values import UnfitError, accepted

if TYPE_CHECKING:
    from collections.abc import Callable

    from resources.sandbox.zoho.fields import Field
    from resources.sandbox.zoho.organisation import Organisation

WHOLE = re.compile(r"[+-]?\d+")
DECIMAL = re.compile(r"[+-]?\d+(?:\.\d+)?")
TRUTHS = {"true": True, "false": False}


def cell_reader(
    organisation: Organisation, field: Field, *, pattern: str | None, find_by: str | None
) -> Callable[[str], Any]:
    """Give the function that reads a filled cell of a field; it raises UnfitError for a text that does not fit.

    A lookup without `find_by` and a pattern on a field that is no date refuse the call.
    """
    if field.kind in LOOKUPS:
        find = _finder(organisation, field, find_by)
        return lambda text: accepted(organisation, field, {"id": find(text)})
    if field.kind in TIMES:
        return _time_reader(organisation, field, pattern)
    if pattern is not None:
        raise bad_format(field.name)
    convert = _CONVERTERS.get(field.kind)
    if convert is None:
        return lambda text: accepted(organisation, field, text)
    return lambda text: accepted(organisation, field, convert(field, text))


def bad_format(name: str) -> CallError:
    """Refuse a pattern."""
    return CallError(400, "INVALID_FORMAT", "invalid format", {"api_name": name})


def _time_reader(organisation: Organisation, field: Field, pattern: str | None) -> Callable[[str], Any]:
    is_day = field.kind == "date"
    try:
        parse = parser(pattern or (DAY if is_day else MOMENT), organisation.zone)
    except ValueError:
        raise bad_format(field.name) from None

    def read(text: str) -> Any:
        try:
            moment = parse(text)
        except ValueError:
            raise UnfitError(expected_data_type=field.kind) from None
        return moment.date().isoformat() if is_day else moment.isoformat(timespec="seconds")

    return read


def _finder(organisation: Organisation, field: Field, find_by: str | None) -> Callable[[str], str]:
    """Give the search for the record or user that a lookup cell means."""
    if find_by is None:
        details = {"api_name": field.name}
        raise CallError(400, "MANDATORY_NOT_FOUND", "Required key find_by is not available", details)
    if find_by == "id":
        return str
    if field.kind == "ownerlookup" and find_by == "email":
        users = {folded(user.email): user.id for user in organisation.users}
        return lambda text: _known(users.get(folded(text)))
    target = organisation.tables.get(field.target)
    if target is None or not target.is_indexed(find_by):
        raise CallError(400, "INVALID_FIELD", f"invalid mapping. invalid find_by {find_by}.", {"api_name": field.name})

    def find(text: str) -> str:
        found = target.matches(find_by, text)
        return _known(found[0].id if found else None)

    return find


def _known(ident: str | None) -> str:
    if ident is None:
        raise UnfitError(expected_data_type="bigint")
    return ident


def _whole(field: Field, text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise UnfitError(expected_data_type=field.kind)
    return int(text)


def _decimal(field: Field, text: str) -> float | int:
    if not DECIMAL.fullmatch(text):
        raise UnfitError(expected_data_type=field.kind)
    return float(text) if "." in text else int(text)


def _truth(field: Field, text: str) -> bool:
    if text.lower() not in TRUTHS:
        raise UnfitError(expected_data_type=field.kind)
    return TRUTHS[text.lower()]


def _several(_: Field, text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


_CONVERTERS: dict[str, Callable[[Field, str], Any]] = {
    "integer": _whole,
    "percent": _whole,
    "double": _decimal,
    "currency": _decimal,
    "boolean": _truth,
    "multiselectpicklist": _several,
}
