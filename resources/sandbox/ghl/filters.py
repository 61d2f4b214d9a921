"""Filters of contacts/search: fields, operators, AND/OR groups (GHL fact sheet §5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from resources.sandbox.ghl.book import name_of
from resources.sandbox.ghl.ids import parse_time
from resources.sandbox.ghl.refusals import bad_search
from resources.sandbox.ghl.shapes import texts

Record = dict[str, Any]
Test = Callable[[Record], bool]

_LONGEST_VALUE = 75
_DATES = frozenset({"dateAdded", "dateUpdated", "lastActivity"})
_PLAIN = frozenset(
    texts(
        "id email phone type source dnd assignedTo businessName city state country postalCode website "
        "timezone companyName dateOfBirth tags validEmail firstNameLowerCase lastNameLowerCase "
        "fullNameLowerCase"
    )
)
_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "gte": lambda have, bound: bool(have >= bound),
    "lte": lambda have, bound: bool(have <= bound),
    "gt": lambda have, bound: bool(have > bound),
    "lt": lambda have, bound: bool(have < bound),
}


def known_field(field: object) -> str:
    """Give the field's name, or refuse it as the vendor does."""
    if isinstance(field, str) and (
        field in _PLAIN or field in _DATES or field == "inboundDndSettings.all.status" or _is_path(field)
    ):
        return field
    raise bad_search(f"Invalid field {field}")


def _is_path(field: str) -> bool:
    parts = field.split(".")
    if parts[0] == "dndSettings":
        return len(parts) == 3 and parts[2] == "status"
    return parts[0] == "customFields" and len(parts) == 2 and bool(parts[1])


def value_of(contact: Record, field: str) -> Any:
    """Give what the index holds of a contact under a field name; None when it has none."""
    if field == "businessName":
        return contact.get("companyName")
    if field == "fullNameLowerCase":
        return name_of(contact).lower() or None
    if field.endswith("LowerCase"):
        return (contact.get(field.removesuffix("LowerCase")) or "").lower() or None
    if field == "validEmail":
        return contact.get("validEmail", True) if "email" in contact else None
    found: Any = contact
    for part in field.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def compile_filters(filters: list[Any]) -> Test:
    """Turn the top-level filters into one test; they are joined by AND."""
    return _all([_compile(entry) for entry in filters])


def _compile(entry: Any) -> Test:
    if not isinstance(entry, dict):
        raise bad_search("each value in filters must be an object")
    if "group" in entry:
        tests = [_compile(inner) for inner in entry.get("filters") or []]
        if entry["group"] == "OR":
            return lambda contact: any(test(contact) for test in tests)
        if entry["group"] != "AND":
            raise bad_search(f"Invalid group {entry['group']}")
        return _all(tests)
    field = known_field(entry.get("field"))
    operator = entry.get("operator")
    if operator in ("exists", "not_exists"):
        wanted = operator == "exists"
        return lambda contact: (value_of(contact, field) not in (None, "", [])) is wanted
    if operator == "range":
        return _range(field, entry.get("value"))
    make = _MATCHES.get(str(operator))
    if make is None or "value" not in entry:
        raise bad_search(f"Invalid operator {operator} for field {field}")
    return make(field, _operands(field, entry["value"]))


def _all(tests: list[Test]) -> Test:
    return lambda contact: all(test(contact) for test in tests)


def _operands(field: str, value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    if any(isinstance(one, str) and len(one) > _LONGEST_VALUE for one in values):
        raise bad_search(f"Value of field {field} must not be longer than {_LONGEST_VALUE} characters")
    if field in _DATES:
        return [parse_time(one) for one in values]
    return [_folded(one) for one in values]


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _held(contact: Record, field: str) -> list[Any]:
    value = value_of(contact, field)
    if value is None:
        return []
    return [_folded(one) for one in value] if isinstance(value, list) else [_folded(value)]


def _equal(field: str, operands: list[Any]) -> Test:
    return lambda contact: any(one in operands for one in _held(contact, field))


def _contains(field: str, operands: list[Any]) -> Test:
    words = [str(one).strip("*") for one in operands]
    return lambda contact: any(word in str(one) for one in _held(contact, field) for word in words)


def _not(make: Callable[[str, list[Any]], Test]) -> Callable[[str, list[Any]], Test]:
    def opposite(field: str, operands: list[Any]) -> Test:
        test = make(field, operands)
        return lambda contact: not test(contact)

    return opposite


def _range(field: str, value: Any) -> Test:
    if not isinstance(value, dict) or not value or not set(value) <= set(_BOUNDS):
        raise bad_search(f"Invalid range for field {field}")
    bounds = [(_BOUNDS[word], parse_time(bound) if field in _DATES else bound) for word, bound in value.items()]
    if any(bound is None for _, bound in bounds):
        raise bad_search(f"Invalid range for field {field}")

    def within(contact: Record) -> bool:
        have = value_of(contact, field)
        try:
            return have is not None and all(holds(have, bound) for holds, bound in bounds)
        except TypeError:
            return False

    return within


_MATCHES: dict[str, Callable[[str, list[Any]], Test]] = {
    "eq": _equal,
    "not_eq": _not(_equal),
    "contains": _contains,
    "wildcard": _contains,
    "not_contains": _not(_contains),
}
