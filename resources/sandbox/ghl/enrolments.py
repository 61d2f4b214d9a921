"""Workflow and campaign enrolment: written, never readable (GHL fact sheet §4, §9)."""

from __future__ import annotations

from typing import Any

from resources.sandbox.ghl.ids import parse_time
from resources.sandbox.ghl.refusals import unprocessable
from resources.sandbox.ghl.routing import V3, Request, Route
from resources.sandbox.ghl.shapes import TEXT, shape

Record = dict[str, Any]
Result = tuple[int, Record]
_WORKFLOW = shape({"eventStartTime": TEXT})


def _enrolment_key(request: Request) -> tuple[str, str]:
    contact_id, target_id = request.ids
    request.account.contacts.get(contact_id)
    return f"{contact_id}/{target_id}", target_id


def enrol(request: Request) -> Result:
    """POST /contacts/{id}/workflow/{workflow}: a body is needed, `{}` is enough."""
    key, workflow_id = _enrolment_key(request)
    request.account.row("workflows", workflow_id, "Workflow")
    start = request.body(_WORKFLOW).get("eventStartTime")
    if start and parse_time(start) is None:
        raise unprocessable("eventStartTime must be a valid ISO 8601 date string")
    contact_id = request.ids[0]
    # Enrolling again starts the workflow again: the vendor has no idempotency here.
    row = {"contactId": contact_id, "workflowId": workflow_id, "at": request.now, "times": 1}
    times = request.account["enrolments"].get(key, {}).get("times", 0)
    request.account["enrolments"][key] = {**row, "times": times + 1}
    request.account["journeys"].pop(contact_id, None)
    return 200, {"succeded": True}


def leave(request: Request) -> Result:
    """DELETE /contacts/{id}/workflow/{workflow}."""
    key, workflow_id = _enrolment_key(request)
    request.account.row("workflows", workflow_id, "Workflow")
    request.account["enrolments"].pop(key, None)
    return 200, {"succeded": True}


def join_campaign(request: Request) -> Result:
    """POST /contacts/{id}/campaigns/{campaign} (legacy campaigns)."""
    _, campaign_id = _enrolment_key(request)
    request.account.row("campaigns", campaign_id, "Campaign")
    return 201, {"succeded": True}


def leave_campaign(request: Request) -> Result:
    """DELETE /contacts/{id}/campaigns/{campaign}, or all of them with `removeAll`."""
    request.account.contacts.get(request.ids[0])
    return 200, {"succeded": True}


ROUTES = (
    Route("POST", "/contacts/:/workflow/:", "contacts.write", enrol),
    Route("DELETE", "/contacts/:/workflow/:", "contacts.write", leave),
    Route("POST", "/contacts/:/campaigns/:", "contacts.write", join_campaign),
    Route("DELETE", "/contacts/:/campaigns/:", "contacts.write", leave_campaign),
    Route("DELETE", "/contacts/:/campaigns/removeAll", "contacts.write", leave_campaign, in_v3=False),
    Route("DELETE", "/contacts/:/campaigns/remove-all", "contacts.write", leave_campaign, V3),
)
