"""COQL criteria against fields: what each column may be compared with, as a test of one record."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.coql import Condition, Criteria, Joined
from resources.sandbox.zoho.fields import LOOKUPS, NUMBERS, Field
from resources.sandbox.zoho.problems import CallError
from resources.sandbox.zoho.store import Record, folded

if TYPE_CHECKING:
    from resources.sandbox.zoho.columns import Columns, Getter

Test = Callable[[Record], bool]


def compile_criteria(criteria: Criteria, columns: Columns, *, barred: frozenset[str]) -> Test:
    """Turn a tree of comparisons into one test; a value that does not fit its column refuses the query."""
    if isinstance(criteria, Joined):
        left = compile_criteria(criteria.left, columns, barred=barred)
        right = compile_criteria(criteria.right, columns, barred=barred)
        if criteria.word == "and":
            return lambda record: left(record) and right(record)
        return lambda record: left(record) or right(record)
    return _compile(criteria, columns, barred)


def _compile(condition: Condition, columns: Columns, barred: frozenset[str]) -> Test:
    field = columns.field(condition.column)
    if field.kind == "textarea" or condition.column in barred:
        raise _unfit(condition, "column not supported in criteria")
    get = columns.getter(condition.column)
    if condition.operator in {"is null", "is not null"}:
        wants_null = condition.operator == "is null"
        return lambda record: (get(record) is None) is wants_null
    if field.kind == "boolean" and condition.operator != "=":
        raise _unfit(condition, "operator not supported for boolean")
    convert = _converter(field, condition)
    values = [convert(value) for value in condition.values]
    if condition.operator in {"like", "not like"}:
        return _like(condition, field, get)
    test = _comparison(condition.operator, values)
    return lambda record: get(record) is not None and test(_plain(get(record)))


def _comparison(operator: str, values: list[Any]) -> Callable[[Any], bool]:
    """Give the test of one present value; absent ones never pass."""
    first, last, wanted = values[0], values[-1], frozenset(values)
    tests: dict[str, Callable[[Any], bool]] = {
        "=": lambda value: bool(value == first),
        "!=": lambda value: bool(value != first),
        ">": lambda value: bool(value > first),
        "<": lambda value: bool(value < first),
        ">=": lambda value: bool(value >= first),
        "<=": lambda value: bool(value <= first),
        "in": lambda value: value in wanted,
        "not in": lambda value: value not in wanted,
        "between": lambda value: bool(first <= value <= last),
    }
    return tests[operator]


def _plain(value: Any) -> Any:
    return folded(value) if isinstance(value, str) else value


def _like(condition: Condition, field: Field, get: Getter) -> Test:
    pattern = condition.values[0]
    if field.kind in NUMBERS or field.kind in LOOKUPS or field.name == "id":
        raise _unfit(condition, "operator not supported for the data type")
    if condition.operator == "not like" and not (pattern.startswith("%") and pattern.endswith("%")):
        raise _unfit(condition, "not like takes %value% only")
    parts = (re.escape(part) for part in folded(pattern).split("%"))
    compiled = re.compile(".*".join(parts), re.DOTALL)
    wants = condition.operator == "like"
    return lambda record: get(record) is not None and bool(compiled.fullmatch(_plain(get(record)))) is wants


def _converter(field: Field, condition: Condition) -> Callable[[Any], Any]:
    kind = "number" if field.kind in NUMBERS else field.kind
    if kind in LOOKUPS or field.name == "id":
        kind = "identity"
    read: Callable[[Any], Any] = _READERS.get(kind, _text)

    def convert(value: Any) -> Any:
        try:
            return read(value)
        except (ValueError, TypeError, KeyError):
            raise _unfit(condition, f"the value is not a {field.kind}") from None

    return convert


def _number(value: Any) -> float | int:
    if not isinstance(value, (int, float)):
        raise TypeError(value)
    return value


def _identity(value: Any) -> str:
    return str(int(value))


def _boolean(value: Any) -> bool:
    return {"true": True, "false": False}[_text(value)]


def _moment(value: Any) -> float:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment.timestamp()


def _day(value: Any) -> str:
    return date.fromisoformat(value).isoformat()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return folded(value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "number": _number,
    "identity": _identity,
    "boolean": _boolean,
    "datetime": _moment,
    "date": _day,
}


def _unfit(condition: Condition, reason: str) -> CallError:
    details = {"column_name": condition.column, "operator": condition.operator, "reason": reason}
    return CallError(400, "INVALID_QUERY", "value given seems to be invalid for the column", details)
