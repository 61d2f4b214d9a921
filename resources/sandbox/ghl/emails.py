"""E-mail reports: scheduled campaigns by date version, statistics of any source by v3 (GHL fact sheet §9)."""

from __future__ import annotations

from typing import Any

from resources.sandbox.ghl.ids import iso
from resources.sandbox.ghl.refusals import Refusal, forbidden_location, unprocessable
from resources.sandbox.ghl.routing import V3, Request, Route

Record = dict[str, Any]
Result = tuple[int, Record]

_SOURCES = {"email-campaigns": "campaigns", "workflow-campaigns": "workflows", "bulk-actions": "bulk"}
_RATES = {
    "openRate": "opened",
    "clickRate": "clicked",
    "unsubscribeRate": "unsubscribed",
    "complaintRate": "complained",
    "replyRate": "replied",
}
_DELIVERED = frozenset({"delivered", "opened", "clicked"})


def stats_of(request: Request, source_id: str) -> Record:
    """Count what happened to the e-mails of a workflow or campaign; cumulative, rates in percent."""
    rows = [one for one in request.account["messages"].values() if one.get("sourceId") == source_id]
    sent = [one for one in rows if one["direction"] == "outbound"]
    states = [one["status"] for one in sent]
    counts: Record = {
        "sent": len(sent),
        "accepted": states.count("sent"),
        "delivered": sum(state in _DELIVERED for state in states),
        "opened": states.count("opened") + states.count("clicked"),
        "clicked": states.count("clicked"),
        "unsubscribed": sum(bool(one.get("unsubscribed")) for one in sent),
        "complained": 0,
        "permanentFail": states.count("failed"),
        "temporaryFail": states.count("undelivered"),
        "rejected": 0,
        "failed": 0,
        "replied": sum(one["direction"] == "inbound" for one in rows),
    }
    delivered = counts["delivered"]
    rates = {name: _percent(counts[key], delivered) for name, key in _RATES.items()}
    bounced = counts["permanentFail"] + counts["temporaryFail"]
    return {**counts, **rates, "bounceRate": _percent(bounced, counts["sent"])}


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0


def schedule(request: Request) -> Result:
    """GET /emails/schedule: e-mail campaigns; counts only with showStats=true.

    `total` is a list of texts, as the specification declares it.
    """
    request.located()
    start, limit = request.whole("offset", 0), request.whole("limit", 10, least=1, most=100)
    status = request.call.param("status")
    rows = [one for one in request.account["campaigns"].values() if status in (None, one["schedule"]["status"])]
    shown = []
    for campaign in rows[start : start + limit]:
        row = {**campaign["schedule"], "locationId": request.account.location_id, "name": campaign["name"]}
        row |= {key: iso(row[key]) for key in ("createdAt", "updatedAt")}
        if request.yes("showStats"):
            row["stats"] = stats_of(request, campaign["id"])
        shown.append(row)
    return 200, {"schedules": shown, "total": [str(len(rows))]}


def _own(request: Request) -> None:
    if request.ids[0] != request.account.location_id:
        raise forbidden_location()


def stats(request: Request) -> Result:
    """GET /emails/locations/{id}/campaigns/stats/{source}/{sourceId} (v3)."""
    _own(request)
    location_id, source, source_id = request.ids
    if source not in _SOURCES:
        raise unprocessable(f"source must be one of the following values: {', '.join(sorted(_SOURCES))}")
    if source_id not in request.account.tables.get(_SOURCES[source], {}):
        error = {"code": "RESOURCE_NOT_FOUND", "message": f"{source} {source_id} not found", "details": {}}
        raise Refusal(404, {"error": {**error, "resolution": "List the sources of this location."}})
    found = {"locationId": location_id, "source": source, "sourceId": source_id}
    step = request.call.param("subSourceId")
    return 200, found | ({"subSourceId": step} if step else {}) | {"stats": stats_of(request, source_id)}


def sources(request: Request) -> Result:
    """GET /emails/locations/{id}/campaigns/{emails|workflows|bulk-actions} (v3)."""
    _own(request)
    start, limit = request.whole("offset", 0), request.whole("limit", 10, least=1, most=20)
    words, status = (request.call.param("search") or "").lower(), request.call.param("status")
    if request.ids[1] not in _LISTS:
        raise unprocessable(f"source must be one of the following values: {', '.join(sorted(_LISTS))}")
    table, label = _LISTS[request.ids[1]]
    rows = []
    for one in request.account.tables.get(table, {}).values():
        times = one.get("schedule", one)
        state = "sent" if table == "campaigns" else one["status"]
        if words in one["name"].lower() and status in (None, "all", state):
            row = {
                "id": one["id"],
                "source": label,
                "sourceId": one["id"],
                "name": one["name"],
                "status": state,
            }
            dates = {"createdAt": iso(times["createdAt"]), "updatedAt": iso(times["updatedAt"])}
            rows.append({**row, "deleted": False, **dates})
    return 200, {"campaigns": rows[start : start + limit], "total": len(rows)}


_LISTS = {
    "emails": ("campaigns", "email-campaign"),
    "workflows": ("workflows", "workflow"),
    "bulk-actions": ("bulk", "email-marketing"),
}
ROUTES = (
    Route("GET", "/emails/schedule", "emails/schedule.readonly", schedule, in_v3=False),
    Route("GET", "/emails/locations/:/campaigns/stats/:/:", "emails/stats.readonly", stats, V3),
    Route("GET", "/emails/locations/:/campaigns/:", "emails/campaigns.readonly", sources, V3),
)
