"""POST /contacts/search: filters, sorting, pages up to 10 000 rows or a cursor (GHL fact sheet §5)."""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import Any

from resources.sandbox.ghl.book import name_of
from resources.sandbox.ghl.fields import view
from resources.sandbox.ghl.filters import compile_filters, known_field, value_of
from resources.sandbox.ghl.refusals import bad_search, unprocessable
from resources.sandbox.ghl.routing import Request, Route
from resources.sandbox.ghl.shapes import ARRAY, NUMBER, TEXT, shape

Record = dict[str, Any]
Order = list[tuple[str, bool]]

_BODY = shape(
    {
        "locationId": TEXT,
        "pageLimit": NUMBER,
        "page": NUMBER,
        "searchAfter": ARRAY,
        "query": TEXT,
        "filters": ARRAY,
        "sort": ARRAY,
    },
    "locationId",
    "pageLimit",
)
_MOST_PER_PAGE = 500
_WINDOW = 10_000


def _rank(value: Any) -> tuple[int, Any]:
    """Make values comparable: numbers before texts."""
    return (0, value) if isinstance(value, int | float) else (1, str(value))


class _Place:
    """One sort value of a cursor: missing values come last, a descending column turns the rest round."""

    __slots__ = ("_down", "_value")

    def __init__(self, value: Any, *, down: bool) -> None:
        self._value, self._down = value, down

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Place) and self._value == other._value

    def __hash__(self) -> int:
        return hash(_rank(self._value))

    def __lt__(self, other: _Place) -> bool:
        if self._value is None or other._value is None:
            return self._value is not None and other._value is None
        mine, yours = _rank(self._value), _rank(other._value)
        return yours < mine if self._down else mine < yours


def _order(sort: list[Any]) -> Order:
    found: Order = []
    for entry in sort:
        if not isinstance(entry, dict) or entry.get("direction", "asc") not in ("asc", "desc"):
            raise bad_search("Invalid sort")
        found.append((known_field(entry.get("field")), entry.get("direction", "asc") == "desc"))
    return found or [("dateAdded", True)]


def _sorted(rows: list[Record], order: Order) -> list[Record]:
    """Sort by the columns, then by id: one stable pass per column, from the last to the first."""
    rows = sorted(rows, key=lambda one: str(one["id"]))
    for field, down in reversed(order):
        values = {one["id"]: value_of(one, field) for one in rows}
        present = [one for one in rows if values[one["id"]] is not None]
        missing = [one for one in rows if values[one["id"]] is None]
        ranks = {key: _rank(value) for key, value in values.items() if value is not None}
        present.sort(key=lambda one: ranks[one["id"]], reverse=down)
        rows = present + missing
    return rows


def _cursor(contact: Record, order: Order) -> list[Any]:
    return [*(value_of(contact, field) for field, _ in order), contact["id"]]


def _places(cursor: list[Any], order: Order) -> list[_Place]:
    downs = [down for _, down in order] + [False]
    return [_Place(value, down=down) for value, down in zip(cursor, downs, strict=True)]


def search(request: Request) -> tuple[int, Record]:
    """Answer a search over what the index has seen so far."""
    body = request.body(_BODY)
    request.own_location(body["locationId"])
    limit, page = body["pageLimit"], body.get("page")
    if limit > _MOST_PER_PAGE:
        raise unprocessable(f"pageLimit must not be greater than {_MOST_PER_PAGE}")
    if limit < 1:
        raise unprocessable("pageLimit must not be less than 1")
    after = body.get("searchAfter")
    if page is not None and after:
        raise bad_search("page and searchAfter can not be used together")
    page = page or 1
    if page * limit > _WINDOW:
        raise bad_search(f"page * pageLimit must not be greater than {_WINDOW}, use searchAfter")
    order = _order(body.get("sort") or [])
    filters, words = body.get("filters") or [], (body.get("query") or "").lower()
    test = compile_filters(filters)

    def find(contacts: list[Record]) -> list[Record]:
        return _sorted([one for one in contacts if test(one) and words in _words(one)], order)

    question = json.dumps([filters, words, order], sort_keys=True)
    rows = request.account.contacts.index.rows(question, request.now, find)
    start = _behind(rows, after, order) if after else (page - 1) * limit
    shown = [_row(request, one, order) for one in rows[start : start + limit]]
    return 200, {"contacts": shown, "total": len(rows)}


def _behind(rows: list[Record], after: list[Any], order: Order) -> int:
    if len(after) != len(order) + 1:
        raise bad_search("Invalid searchAfter")
    edge = _places(after, order)
    return bisect_right(rows, edge, key=lambda one: _places(_cursor(one, order), order))


def _words(contact: Record) -> str:
    known = (name_of(contact), contact.get("email"), contact.get("phone"), contact.get("companyName"))
    return " ".join(filter(None, known)).lower()


def _row(request: Request, contact: Record, order: Order) -> Record:
    row = view(contact)
    if request.account.switches.search_omits_dnd_settings:
        row.pop("dndSettings", None)
    if "address1" in row:
        row["address"] = row["address1"]
    if "companyName" in row:
        row["businessName"] = row["companyName"]
    row.setdefault("additionalEmails", [])
    if "email" in contact:
        row["validEmail"] = contact.get("validEmail", True)
    deals = request.account["opportunities"].values() if request.account["opportunities"] else ()
    row |= {
        "additionalPhones": [],
        "opportunities": [_deal(deal) for deal in deals if deal["contactId"] == contact["id"]],
        "searchAfter": _cursor(contact, order),
    }
    return row


def _deal(deal: Record) -> Record:
    return {
        "id": deal["id"],
        "pipeline_id": deal["pipelineId"],
        "pipeline_stage_id": deal["pipelineStageId"],
        "monetary_value": deal.get("monetaryValue", 0),
        "status": deal["status"],
    }


ROUTES = (Route("POST", "/contacts/search", "contacts.readonly", search, kind="read"),)
