"""Location metadata: fields, tags, workflows, users, campaigns (GHL fact sheet §6)."""

from __future__ import annotations

import re
from typing import Any

from resources.sandbox.ghl.ids import iso
from resources.sandbox.ghl.refusals import bad_request, forbidden_location, unprocessable
from resources.sandbox.ghl.routing import Request, Route
from resources.sandbox.ghl.shapes import ANY, ARRAY, FLAG, NUMBER, TEXT, shape, texts

Record = dict[str, Any]
Result = tuple[int, Record]

_DATA_TYPES = frozenset(
    texts(
        "TEXT LARGE_TEXT NUMERICAL PHONE MONETORY CHECKBOX SINGLE_OPTIONS MULTIPLE_OPTIONS DATE TEXTBOX_LIST "
        "FILE_UPLOAD RADIO EMAIL"
    )
)
_FIELD = shape(
    {
        **texts("name dataType placeholder model"),
        "acceptedFormat": ANY,
        "isMultipleFile": FLAG,
        "maxNumberOfFiles": NUMBER,
        "textBoxListOptions": ARRAY,
        "options": ARRAY,
        "position": NUMBER,
    },
    "name",
    "dataType",
    dataType=_DATA_TYPES,
    model=frozenset({"contact", "opportunity"}),
)
_TAG = shape({"name": TEXT}, "name")


def _own(request: Request) -> None:
    if request.ids[0] != request.account.location_id:
        raise forbidden_location()


def location(request: Request) -> Result:
    """GET /locations/{id}."""
    _own(request)
    account = request.account
    found = {
        "id": account.location_id,
        "companyId": account.company_id,
        "name": account.name,
        "address": "12 Harbour Road",
        "city": "Boston",
        "state": "MA",
        "country": "US",
        "postalCode": "02110",
        "website": "https://outreach.example",
        "timezone": "America/New_York",
        "email": "office@outreach.example",
        "phone": "+16175550100",
        "settings": {
            "allowDuplicateContact": account.switches.allow_duplicates,
            "allowDuplicateOpportunity": False,
            "allowFacebookNameMerge": False,
            "disableContactTimezone": False,
        },
    }
    return 200, {"location": found}


def fields(request: Request) -> Result:
    """GET /locations/{id}/customFields?model=contact|opportunity|all."""
    _own(request)
    model = request.call.param("model") or "contact"
    if model not in ("contact", "opportunity", "all"):
        raise unprocessable("model must be one of the following values: contact, opportunity, all")
    found = [one for one in request.account["custom_fields"].values() if model in ("all", one["model"])]
    return 200, {"customFields": sorted(found, key=lambda one: one["position"])}


def field(request: Request) -> Result:
    """GET /locations/{id}/customFields/{field}."""
    _own(request)
    return 200, {"customField": request.account.row("custom_fields", request.ids[1], "Custom field")}


def add_field(request: Request) -> Result:
    """POST /locations/{id}/customFields; the key follows from the name."""
    _own(request)
    body = request.body(_FIELD)
    account, model = request.account, body.get("model") or "contact"
    word = re.sub(r"[^a-z0-9]+", "_", body["name"].lower()).strip("_")
    key = f"{model}.{word}"
    if any(one["fieldKey"] == key for one in account["custom_fields"].values()):
        raise bad_request(f"Custom field with key {key} already exists")
    made = {
        "id": account.ids.short(),
        "name": body["name"],
        "fieldKey": key,
        "placeholder": body.get("placeholder") or "",
        "dataType": body["dataType"],
        "position": body.get("position") or 50 * len(account["custom_fields"]),
        "picklistOptions": body.get("options") or [],
        "model": model,
        "locationId": account.location_id,
    }
    account["custom_fields"][made["id"]] = made
    return 201, {"customField": made}


def _tag(request: Request, name: str) -> Record:
    return {"id": request.account["tags"][name], "name": name, "locationId": request.account.location_id}


def tags(request: Request) -> Result:
    """GET /locations/{id}/tags."""
    _own(request)
    return 200, {"tags": [_tag(request, name) for name in sorted(request.account["tags"])]}


def add_tag(request: Request) -> Result:
    """POST /locations/{id}/tags."""
    _own(request)
    names = request.account.know_tags([request.body(_TAG)["name"]])
    if not names:
        raise unprocessable("name should not be empty")
    return 201, {"tag": _tag(request, names[0])}


def workflows(request: Request) -> Result:
    """GET /workflows/?locationId."""
    request.located()
    shown = []
    for one in request.account["workflows"].values():
        times = {"createdAt": iso(one["createdAt"]), "updatedAt": iso(one["updatedAt"])}
        shown.append({**one, **times})
    return 200, {"workflows": shown}


def users(request: Request) -> Result:
    """GET /users/?locationId (gone in v3)."""
    request.located()
    return 200, {"users": list(request.account["users"].values())}


def search_users(request: Request) -> Result:
    """GET /users/search?companyId."""
    company = request.call.param("companyId")
    if not company:
        raise unprocessable("companyId should not be empty", "companyId must be a string")
    if company != request.account.company_id:
        raise forbidden_location()
    found = list(request.account["users"].values())
    start, limit = request.whole("skip", 0), request.whole("limit", 25, least=1)
    return 200, {"users": found[start : start + limit], "count": len(found)}


def campaigns(request: Request) -> Result:
    """GET /campaigns/?locationId&status (legacy campaigns)."""
    request.located()
    status = request.call.param("status")
    found = [one for one in request.account["campaigns"].values() if status in (None, one["status"])]
    return 200, {"campaigns": [{key: one[key] for key in ("id", "name", "status", "locationId")} for one in found]}


ROUTES = (
    Route("GET", "/locations/:", "locations.readonly", location),
    Route("GET", "/locations/:/customFields", "locations/customFields.readonly", fields),
    Route("POST", "/locations/:/customFields", "locations/customFields.write", add_field),
    Route("GET", "/locations/:/customFields/:", "locations/customFields.readonly", field),
    Route("GET", "/locations/:/tags", "locations/tags.readonly", tags),
    Route("POST", "/locations/:/tags", "locations/tags.write", add_tag),
    Route("GET", "/workflows/", "workflows.readonly", workflows),
    Route("GET", "/users/", "users.readonly", users, in_v3=False),
    Route("GET", "/users/search", "users.readonly", search_users),
    Route("GET", "/campaigns/", "campaigns.readonly", campaigns),
)
