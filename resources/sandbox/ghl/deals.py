"""Pipelines and opportunity search: GET with snake_case parameters, POST with a body (GHL fact sheet §7)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from resources.sandbox.ghl.ids import milliseconds
from resources.sandbox.ghl.opportunities import STATUSES, opportunity_view
from resources.sandbox.ghl.refusals import unprocessable
from resources.sandbox.ghl.routing import Request, Route
from resources.sandbox.ghl.shapes import ARRAY, NUMBER, OBJECT, shape, texts

Record = dict[str, Any]
Result = tuple[int, Record]

_FILTERS = {
    "pipeline_id": "pipelineId",
    "pipeline_stage_id": "pipelineStageId",
    "contact_id": "contactId",
    "assigned_to": "assignedTo",
    "id": "id",
}
_BODY = shape(
    {
        **texts("locationId query"),
        "limit": NUMBER,
        "page": NUMBER,
        "searchAfter": ARRAY,
        "additionalDetails": OBJECT,
    },
    "locationId",
)
_DAY_MS = 86_400_000


def _day(text: str, name: str) -> int:
    try:
        return milliseconds(datetime.strptime(text, "%m-%d-%Y").replace(tzinfo=UTC))
    except ValueError:
        raise unprocessable(f"{name} must have the format mm-dd-yyyy") from None


def _wanted(request: Request, row: Record) -> bool:
    call = request.call
    status = call.param("status")
    if status and status != "all" and row["status"] != status:
        return False
    for name, key in _FILTERS.items():
        if call.param(name) and row.get(key) != call.param(name):
            return False
    since, until = call.param("date"), call.param("endDate")
    if since and row["createdAt"] < _day(since, "date"):
        return False
    return not until or row["createdAt"] < _day(until, "endDate") + _DAY_MS


def search(request: Request) -> Result:
    """GET /opportunities/search: newest first unless `order=added_asc`; page or cursor."""
    request.located("location_id")
    call, limit = request.call, request.whole("limit", 20, least=1, most=100)
    page = request.whole("page", 1, least=1)
    if call.param("status") and call.param("status") not in STATUSES | {"all"}:
        raise unprocessable("status must be one of the following values: open, won, lost, abandoned, all")
    words, sign = (call.param("q") or "").lower(), 1 if call.param("order") == "added_asc" else -1
    rows = [row for row in request.account["opportunities"].values() if _wanted(request, row)]
    rows = sorted(
        (row for row in rows if words in row["name"].lower()),
        key=lambda row: (sign * row["createdAt"], row["id"]),
    )
    after, after_id = call.param("startAfter"), call.param("startAfterId")
    start = (page - 1) * limit
    if after and after_id:
        edge = (sign * int(after), after_id)
        start = sum((sign * row["createdAt"], row["id"]) <= edge for row in rows)
    shown = rows[start : start + limit]
    more = start + limit < len(rows)
    meta: Record = {"total": len(rows), "currentPage": page, "nextPage": page + 1 if more else None}
    meta["prevPage"] = page - 1 if page > 1 else None
    if shown:
        meta |= {"startAfter": shown[-1]["createdAt"], "startAfterId": shown[-1]["id"]}
    if more:
        query = f"location_id={request.account.location_id}&limit={limit}&page={page + 1}"
        cursor = f"startAfter={meta['startAfter']}&startAfterId={meta['startAfterId']}"
        meta["nextPageUrl"] = f"https://services.leadconnectorhq.com/opportunities/search?{query}&{cursor}"
    found = [opportunity_view(request.account, row) for row in shown]
    return 200, {"opportunities": found, "meta": meta, "aggregations": {}}


def search_by_body(request: Request) -> Result:
    """POST /opportunities/search: newest first, page or `searchAfter` of the last row."""
    body = request.body(_BODY)
    request.own_location(body["locationId"])
    limit, page = int(body.get("limit") or 20), int(body.get("page") or 1)
    if not 1 <= limit <= 100:
        raise unprocessable("limit must not be greater than 100")
    words = (body.get("query") or "").lower()
    rows = [row for row in request.account["opportunities"].values() if words in row["name"].lower()]
    rows.sort(key=lambda row: (-row["createdAt"], row["id"]))
    start, after = (page - 1) * limit, body.get("searchAfter") or []
    if after:
        if len(after) != 2:
            raise unprocessable("searchAfter must contain 2 elements")
        edge = (-int(after[0]), str(after[1]))
        start = sum((-row["createdAt"], row["id"]) <= edge for row in rows)
    shown = [
        {**opportunity_view(request.account, row), "sort": [row["createdAt"], row["id"]]}
        for row in rows[start : start + limit]
    ]
    return 200, {"opportunities": shown, "total": len(rows), "aggregations": {}}


def pipelines(request: Request) -> Result:
    """GET /opportunities/pipelines?locationId."""
    request.located()
    return 200, {"pipelines": list(request.account["pipelines"].values())}


def lost_reasons(request: Request) -> Result:
    """GET /opportunities/lost-reason: this location has defined none."""
    request.located()
    return 200, {"lostReasons": [], "total": 0}


ROUTES = (
    Route("GET", "/opportunities/lost-reason", "opportunities.readonly", lost_reasons),
    Route("GET", "/opportunities/pipelines", "opportunities.readonly", pipelines),
    Route("GET", "/opportunities/search", "opportunities.readonly", search),
    Route("POST", "/opportunities/search", "opportunities.readonly", search_by_body, kind="read"),
)
