"""API version v3 where date versions serve the same endpoint (GHL fact sheet §11): its names for theirs.

The vendor's own client library speaks nothing but v3.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.refusals import unprocessable

if TYPE_CHECKING:
    from resources.sandbox.calls import Call
    from resources.sandbox.ghl.routing import Route

Record = dict[str, Any]

PARAMETERS = {
    "locationId": "location_id",
    "contactId": "contact_id",
    "assignedTo": "assigned_to",
    "pipelineId": "pipeline_id",
    "pipelineStageId": "pipeline_stage_id",
}
"""Query of GET /opportunities/search: v3 name → dated name."""
CHANNELS = {"call": "Call", "email": "Email", "sms": "SMS", "whatsApp": "WhatsApp", "gmb": "GMB", "fb": "FB"}
_DATED = {dated: new for new, dated in CHANNELS.items()}


def as_dated(route: Route, call: Call) -> Call:
    """Write a v3 call in the names of the date versions; names that v3 gave up refuse it."""
    if (route.method, route.path) == ("GET", "/opportunities/search"):
        dated = frozenset(PARAMETERS.values())
        pairs = tuple((PARAMETERS.get(name, name), value) for name, value in call.query if name not in dated)
        if not any(name == "location_id" for name, _ in pairs):
            raise unprocessable("locationId should not be empty", "locationId must be a string")
        return replace(call, query=pairs)
    try:
        body = call.json() if call.body else None
    except ValueError:
        return call  # refused by whoever reads it
    if not isinstance(body, dict):
        return call
    channels = body.get("dndSettings")
    if isinstance(channels, dict):
        given_up = [f"dndSettings.property {name} should not exist" for name in channels if name in _DATED]
        if given_up:
            raise unprocessable(*given_up)
        body["dndSettings"] = {CHANNELS.get(name, name): setting for name, setting in channels.items()}
    if isinstance(body.get("customFields"), list):
        body["customFields"] = [_dated_field(item) for item in body["customFields"]]
    return replace(call, body=json.dumps(body).encode())


def _dated_field(item: Any) -> Any:
    if not isinstance(item, dict) or "fieldValue" not in item:
        return item
    return {"field_value" if name == "fieldValue" else name: value for name, value in item.items()}


def as_newest(route: Route, body: Record) -> Record:
    """Write an answer in the names of v3."""
    shown = dict(body)
    if isinstance(shown.get("contact"), dict):
        shown["contact"] = _newest_contact(shown["contact"])
    if isinstance(shown.get("contacts"), list):
        shown["contacts"] = [_newest_contact(contact) for contact in shown["contacts"]]
    if "succeded" in shown:
        shown["succeeded"] = shown["succeded"]
        if route.path.startswith("/opportunities/"):
            shown["success"] = shown["succeded"]
        if (route.method, route.path) == ("PUT", "/contacts/:"):
            del shown["succeded"]  # everywhere else v3 keeps both spellings
    return shown


def _newest_contact(contact: Record) -> Record:
    channels = contact.get("dndSettings")
    if not isinstance(channels, dict):
        return contact
    return {**contact, "dndSettings": {_DATED.get(name, name): setting for name, setting in channels.items()}}
