"""GET /{Module}/search: the index-lagged search that is not a lookup (Zoho fact sheet §3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.columns import reader
from resources.sandbox.zoho.fields import NUMBERS, Field
from resources.sandbox.zoho.paging import paged, window
from resources.sandbox.zoho.problems import CallError
from resources.sandbox.zoho.rendering import shown_row
from resources.sandbox.zoho.store import Record, Table, folded

if TYPE_CHECKING:
    from resources.sandbox.calls import Answer
    from resources.sandbox.zoho.request import Request

SELECTORS = ("criteria", "email", "phone", "word")
REACH, MOST_TERMS = 2_000, 10
TERM = re.compile(r"([A-Za-z_]\w*):([a-z_]+):((?:\\.|[^()\\])*)")
Test = Callable[[Record], bool]


def search(request: Request, module: str, *, lag: float) -> Answer:
    """Answer one search: 204 when nothing is found (or not yet indexed; `lag` in seconds)."""
    organisation = request.organisation
    table = organisation.table(module)
    if module == "Notes":
        raise CallError(400, "NOT_SUPPORTED", "module not supported", {"module": module})
    call = request.call
    chosen = next((name for name in SELECTORS if call.param(name)), None)
    if chosen is None:
        if request.dialect.number < 3:
            raise CallError(400, "REQUIRED_PARAM_MISSING", "mandatory param missing", {"param_names": list(SELECTORS)})
        raise CallError(400, "EXPECTED_PARAM_MISSING", "expected param missing", {"param_names": list(SELECTORS)})
    test = _test(table, chosen, call.param(chosen) or "")
    start, size = window(request)
    if start + size > REACH:
        raise CallError(400, "LIMIT_REACHED", "limit reached", {"limit": REACH})
    converted = call.param("converted", "false")
    newest = organisation.moment() - lag
    found = [
        record
        for record in table.ordered()
        if record.created <= newest
        and (converted == "both" or (record.converted is not None) == (converted == "true"))
        and test(record)
    ]
    fields = call.param("fields")
    names = fields.split(",") if fields else None
    rows = [shown_row(organisation, table, record, request.dialect, names) for record in found[start : start + size]]
    return paged(request, rows, start=start, size=size, total=len(found))


def _test(table: Table, chosen: str, given: str) -> Test:
    if chosen == "criteria":
        parser = _Criteria(table, given)
        return parser.whole()
    if chosen == "word":
        if len(given) < 2:
            raise _invalid("word", "at least two characters")
        wanted = folded(given)
        return lambda record: any(wanted in folded(value) for value in record.values.values() if isinstance(value, str))
    kinds = {chosen}
    names = [name for name, field in table.module.fields.items() if field.kind in kinds]
    wanted = folded(given)
    return lambda record: any(folded(record.values.get(name) or "") == wanted for name in names)


class _Criteria:
    """`((A:equals:x)and(B:starts_with:y))`."""

    def __init__(self, table: Table, text: str) -> None:
        self._table = table
        self._text = text
        self._place = 0
        self._terms = 0

    def whole(self) -> Test:
        test = self._group() if self._text.startswith("(") else self._term()
        while self._place < len(self._text):
            test = self._joined(test)
        return test

    def _group(self) -> Test:
        self._expect("(")
        test = self._group() if self._text[self._place : self._place + 1] == "(" else self._term()
        while self._text[self._place : self._place + 1] != ")":
            test = self._joined(test)
        self._expect(")")
        return test

    def _joined(self, left: Test) -> Test:
        rest = self._text[self._place :].lower()
        word = next((word for word in ("and", "or") if rest.startswith(f"{word}(")), None)
        if word is None:
            raise _invalid("criteria", "brackets or connective expected")
        self._place += len(word)
        right = self._group()
        if word == "and":
            return lambda record: left(record) and right(record)
        return lambda record: left(record) or right(record)

    def _expect(self, sign: str) -> None:
        if self._text[self._place : self._place + 1] != sign:
            raise _invalid("criteria", f"{sign} expected")
        self._place += 1

    def _term(self) -> Test:
        match = TERM.match(self._text, self._place)
        self._terms += 1
        if match is None or self._terms > MOST_TERMS:
            raise _invalid("criteria", "term expected" if match is None else "too many terms")
        self._place = match.end()
        name, operator, written = match.groups()
        field = self._table.module.fields.get(name)
        if field is None:
            raise _invalid(name, "unknown field")
        values = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\),", written)]
        whole = re.sub(r"\\(.)", r"\1", written)
        return _compare(field, operator, whole, values)


def _compare(field: Field, operator: str, whole: str, values: list[str]) -> Test:
    get = reader(field)

    def plain(value: Any) -> Any:
        if field.kind in NUMBERS:
            try:
                return float(value)
            except (TypeError, ValueError):
                raise _invalid(field.name, "number expected") from None
        return folded(str(value).lower() if isinstance(value, bool) else value)

    is_text = field.kind not in NUMBERS and field.kind != "boolean" and field.name != "id"
    wanted = [plain(value) for value in ([whole] if operator not in {"in", "between"} else values)]
    if operator == "in" and len(wanted) > 100:
        raise _invalid(field.name, "too many values")
    if operator == "between" and len(wanted) != 2:
        raise _invalid(field.name, "two values expected")
    tests: dict[str, Callable[[Any], bool]] = {
        "equals": lambda value: wanted[0] in value if is_text else bool(value == wanted[0]),
        "not_equal": lambda value: bool(value != wanted[0]),
        "starts_with": lambda value: str(value).startswith(str(wanted[0])),
        "in": lambda value: value in wanted,
        "between": lambda value: bool(wanted[0] <= value <= wanted[1]),
        "greater_than": lambda value: bool(value > wanted[0]),
        "greater_equal": lambda value: bool(value >= wanted[0]),
        "less_than": lambda value: bool(value < wanted[0]),
        "less_equal": lambda value: bool(value <= wanted[0]),
    }
    test = tests.get(operator)
    if test is None:
        raise CallError(
            400, "INVALID_QUERY", "invalid query formed", {"operator": operator, "reason": "invalid operator"}
        )
    return lambda record: get(record) is not None and test(plain(get(record)))


def _invalid(name: str, reason: str) -> CallError:
    return CallError(400, "INVALID_QUERY", "invalid query formed", {"api_name": name, "reason": reason})
