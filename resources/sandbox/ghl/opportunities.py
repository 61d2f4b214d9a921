"""Opportunities: create, upsert, change, status (GHL fact sheet §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.book import name_of
from resources.sandbox.ghl.ids import iso
from resources.sandbox.ghl.refusals import bad_request, not_found_by_id, unprocessable
from resources.sandbox.ghl.routing import Request, Route
from resources.sandbox.ghl.shapes import ANY, ARRAY, FLAG, NUMBER, shape, texts

if TYPE_CHECKING:
    from resources.sandbox.ghl.account import Account

Record = dict[str, Any]
Result = tuple[int, Record]

STATUSES = frozenset({"open", "won", "lost", "abandoned"})
_CHANGE = {
    **texts("pipelineId name pipelineStageId status assignedTo"),
    "monetaryValue": NUMBER,
    "customFields": ARRAY,
}
_NEW = shape(
    {**_CHANGE, **texts("locationId contactId")},
    *("pipelineId", "locationId", "name", "status", "contactId"),
    status=STATUSES,
)
_CHANGED = shape(_CHANGE, status=STATUSES)
_STATUS = shape(texts("status lostReasonId"), "status", status=STATUSES)
# Two generations of the specification are accepted: by id and followers, or by contactId.
_UPSERT = shape(
    {
        **texts("id pipelineId locationId contactId name status pipelineStageId assignedTo lostReasonId"),
        "followers": ANY,
        "isRemoveAllFollowers": FLAG,
        "followersActionType": ANY,
        "monetaryValue": ANY,
    },
    "pipelineId",
    "locationId",
    status=STATUSES,
)
_TIMES = ("createdAt", "updatedAt", "lastStatusChangeAt", "lastStageChangeAt", "lastActionDate")


def opportunity_view(account: Account, row: Record) -> Record:
    """Give an opportunity as it is read, with a summary of its contact."""
    shown = {
        **row,
        **{key: iso(row[key]) for key in _TIMES},
        "indexVersion": "1",
        "source": row.get("source", ""),
    }
    contact = account.contacts.rows.get(row["contactId"])
    if contact:
        summary = {key: contact[key] for key in ("id", "companyName", "email", "phone", "tags") if key in contact}
        shown["contact"] = {**summary, "name": name_of(contact)}
    return shown


def _placed(account: Account, body: Record) -> Record:
    """Hold pipeline and stage of a body against each other; without a stage it is the first one."""
    pipeline = account.row("pipelines", body["pipelineId"], "Pipeline")
    stages = [stage["id"] for stage in pipeline["stages"]]
    stage = body.get("pipelineStageId") or stages[0]
    if stage not in stages:
        raise not_found_by_id("Pipeline stage", stage)
    return {"pipelineId": pipeline["id"], "pipelineStageId": stage}


def make_opportunity(account: Account, now: int, body: Record) -> Record:
    """Store a new opportunity of a contact, made at `now` (epoch ms)."""
    row = {
        "id": account.ids.short(),
        "name": body["name"],
        "monetaryValue": body.get("monetaryValue") or 0,
        "status": body["status"],
        "contactId": body["contactId"],
        "locationId": account.location_id,
        "customFields": _custom(body),
        "followers": [],
        **_placed(account, body),
        **dict.fromkeys(_TIMES, now),
    }
    if body.get("assignedTo"):
        row["assignedTo"] = body["assignedTo"]
    account["opportunities"][row["id"]] = row
    return row


def _custom(body: Record) -> list[Record]:
    items = body.get("customFields") or []
    return [{"id": one.get("id") or one.get("key"), "fieldValue": one.get("field_value")} for one in items]


def change_opportunity(account: Account, now: int, row: Record, body: Record) -> Record:
    """Store changes of an opportunity; moved stages and statuses are dated."""
    given = {key: value for key, value in body.items() if key in _CHANGE and value is not None}
    if "pipelineId" in given or "pipelineStageId" in given:
        given |= _placed(account, {"pipelineId": row["pipelineId"], **given})
    if "customFields" in given:
        given["customFields"] = _custom(given)
    if given.get("pipelineStageId", row["pipelineStageId"]) != row["pipelineStageId"]:
        given["lastStageChangeAt"] = now
    if given.get("status", row["status"]) != row["status"]:
        given["lastStatusChangeAt"] = now
    changed: Record = {**row, **given, "updatedAt": now, "lastActionDate": now}
    account["opportunities"][row["id"]] = changed
    return changed


def _of_contact(request: Request, contact_id: str, pipeline_id: str) -> Record | None:
    for row in request.account["opportunities"].values():
        if (row["contactId"], row["pipelineId"]) == (contact_id, pipeline_id):
            return dict(row)
    return None


def create(request: Request) -> Result:
    """POST /opportunities/: one per contact and pipeline, by the location's setting."""
    body = request.body(_NEW)
    request.own_location(body["locationId"])
    request.account.contacts.get(body["contactId"])
    if _of_contact(request, body["contactId"], body["pipelineId"]):
        raise bad_request("Can not create duplicate opportunity for the contact.")
    made = make_opportunity(request.account, request.now, body)
    return 201, {"opportunity": opportunity_view(request.account, made)}


def upsert(request: Request) -> Result:
    """POST /opportunities/upsert: by `id`, else by contact and pipeline."""
    body = request.body(_UPSERT)
    request.own_location(body["locationId"])
    if body.get("id"):
        row = request.account.row("opportunities", body["id"], "Opportunity")
    elif body.get("contactId"):
        contact = request.account.contacts.get(body["contactId"])
        known = _of_contact(request, contact["id"], body["pipelineId"])
        if known is None:
            fresh = {"name": name_of(contact), "status": "open", **body}
            return 200, {
                "opportunity": opportunity_view(request.account, make_opportunity(request.account, request.now, fresh)),
                "new": True,
            }
        row = known
    else:
        raise unprocessable("contactId should not be empty")
    return 200, {
        "opportunity": opportunity_view(request.account, change_opportunity(request.account, request.now, row, body)),
        "new": False,
    }


def update(request: Request) -> Result:
    """PUT /opportunities/{id}."""
    row = request.account.row("opportunities", request.ids[0], "Opportunity")
    changed = change_opportunity(request.account, request.now, row, request.body(_CHANGED))
    return 200, {"opportunity": opportunity_view(request.account, changed)}


def set_status(request: Request) -> Result:
    """PUT /opportunities/{id}/status."""
    row = request.account.row("opportunities", request.ids[0], "Opportunity")
    body = request.body(_STATUS)
    changed = change_opportunity(request.account, request.now, row, body)
    if body.get("lostReasonId"):
        changed["lostReasonId"] = body["lostReasonId"]
    return 200, {"succeded": True}


def read(request: Request) -> Result:
    """GET /opportunities/{id}."""
    row = request.account.row("opportunities", request.ids[0], "Opportunity")
    return 200, {"opportunity": opportunity_view(request.account, row)}


def delete(request: Request) -> Result:
    """DELETE /opportunities/{id}."""
    row = request.account.row("opportunities", request.ids[0], "Opportunity")
    del request.account["opportunities"][row["id"]]
    return 200, {"succeded": True}


ROUTES = (
    Route("POST", "/opportunities/", "opportunities.write", create),
    Route("POST", "/opportunities/upsert", "opportunities.write", upsert),
    Route("GET", "/opportunities/:", "opportunities.readonly", read),
    Route("PUT", "/opportunities/:", "opportunities.write", update),
    Route("DELETE", "/opportunities/:", "opportunities.write", delete),
    Route("PUT", "/opportunities/:/status", "opportunities.write", set_status),
)
