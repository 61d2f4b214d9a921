"""Criteria of a bulk read, flat in v2 and with `field` objects later (Zoho fact sheet §4.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.fields import LOOKUPS, NUMBERS, Field
from resources.sandbox.zoho.problems import CallError, Json
from resources.sandbox.zoho.store import Record, folded

if TYPE_CHECKING:
    from resources.sandbox.zoho.columns import Columns

Test = Callable[[Record], bool]
EMPTY = "${EMPTY}"
MOST_CRITERIA, MOST_VALUES = 25, 20
LISTS = frozenset({"in", "not_in", "between", "not_between"})
TEXTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, part: part in value,
    "not_contains": lambda value, part: part not in value,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
PLAIN: dict[str, Callable[[Any, list[Any]], bool]] = {
    "equal": lambda value, given: bool(value == given[0]),
    "not_equal": lambda value, given: bool(value != given[0]),
    "in": lambda value, given: value in given,
    "not_in": lambda value, given: value not in given,
    "less_than": lambda value, given: bool(value < given[0]),
    "less_equal": lambda value, given: bool(value <= given[0]),
    "greater_than": lambda value, given: bool(value > given[0]),
    "greater_equal": lambda value, given: bool(value >= given[0]),
    "between": lambda value, given: bool(given[0] <= value <= given[1]),
    "not_between": lambda value, given: not given[0] <= value <= given[1],
}


def conditions_of(criteria: Any) -> list[Json]:
    """Give the comparisons of a criteria tree; a shape that is none refuses the call."""
    if not isinstance(criteria, dict):
        raise invalid(criteria)
    if "group" not in criteria:
        return [criteria]
    group = criteria["group"]
    if not isinstance(group, list) or not group or criteria.get("group_operator") not in {"and", "or"}:
        raise invalid(criteria)
    return [one for inner in group for one in conditions_of(inner)]


def name_of(condition: Json, *, is_object: bool) -> str:
    """Give the field that a comparison is about, in the version's form."""
    field = condition.get("field")
    name = field.get("api_name") if is_object and isinstance(field, dict) else None
    if not is_object and field is None:
        name = condition.get("api_name")
    if not isinstance(name, str):
        raise invalid(condition)
    return name


def check_limits(listed: list[Json]) -> None:
    """Refuse more than 25 comparisons and lists of more than 20 values."""
    if len(listed) > MOST_CRITERIA:
        raise CallError(400, "CRITERIA_LIMIT_EXCEEDED", "criteria limit exceeded", {"limit": MOST_CRITERIA})
    for one in listed:
        value = one.get("value")
        if isinstance(value, list) and len(value) > MOST_VALUES:
            message = "value limit exceeded in criteria"
            raise CallError(400, "VALUE_LIMIT_EXCEEDED_IN_CRITERIA", message, {"limit": MOST_VALUES})


def compiled(criteria: Json, columns: Columns, *, is_object: bool) -> Test:
    """Turn criteria into one test of a record; what does not fit its field refuses the call."""
    if "group" not in criteria:
        return _one(criteria, columns, name_of(criteria, is_object=is_object))
    tests = [compiled(inner, columns, is_object=is_object) for inner in criteria["group"]]
    if criteria["group_operator"] == "and":
        return lambda record: all(test(record) for test in tests)
    return lambda record: any(test(record) for test in tests)


def _one(condition: Json, columns: Columns, name: str) -> Test:
    field, get = columns.field(name), columns.getter(name)
    comparator, value = condition.get("comparator"), condition.get("value")
    if value == EMPTY:
        if comparator not in {"equal", "not_equal"}:
            raise invalid(condition)
        wants_empty = comparator == "equal"
        return lambda record: (get(record) is None) is wants_empty
    if comparator in TEXTS:
        return _text_test(condition, field, get)
    if comparator not in PLAIN or isinstance(value, list) is not (comparator in LISTS):
        raise invalid(condition)
    read, listed = _reader(field), value if isinstance(value, list) else [value]
    if "between" in comparator and len(listed) != 2:
        raise invalid(condition)
    try:
        given = [read(one) for one in listed]
    except (ValueError, TypeError, KeyError):
        raise invalid(condition) from None
    test = PLAIN[comparator]
    return lambda record: get(record) is not None and test(_plain(get(record)), given)


def _text_test(condition: Json, field: Field, get: Callable[[Record], Any]) -> Test:
    value = condition.get("value")
    if not isinstance(value, str) or field.kind in NUMBERS | LOOKUPS | {"boolean", "date", "datetime"}:
        raise invalid(condition)
    test, part = TEXTS[condition["comparator"]], folded(value)
    return lambda record: get(record) is not None and test(folded(get(record)), part)


def _plain(value: Any) -> Any:
    return folded(value) if isinstance(value, str) else value


def _reader(field: Field) -> Callable[[Any], Any]:
    if field.kind in NUMBERS:
        return float
    if field.kind in LOOKUPS or field.name == "id":
        return lambda value: str(int(value))
    return _READERS.get(field.kind, folded)


def _moment(value: Any) -> float:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment.timestamp()


def _day(value: Any) -> str:
    return date.fromisoformat(value).isoformat()


def _truth(value: Any) -> bool:
    return {"true": True, "false": False}[str(value).lower()]


_READERS: dict[str, Callable[[Any], Any]] = {"datetime": _moment, "date": _day, "boolean": _truth}


def invalid(condition: Any) -> CallError:
    """Refuse criteria that make no sense, showing what was sent."""
    details = condition if isinstance(condition, dict) else {}
    known = ("api_name", "field", "comparator", "value", "type")
    return CallError(400, "INVALID_CRITERIA", "invalid criteria", {k: details[k] for k in known if k in details})
