"""Businesses and the contacts linked to them (GHL fact sheet §4, §6)."""

from __future__ import annotations

from typing import Any

from resources.sandbox.ghl.ids import hex_id, iso
from resources.sandbox.ghl.refusals import bad_request, unprocessable
from resources.sandbox.ghl.routing import Request, Route
from resources.sandbox.ghl.shapes import ANY, ARRAY, TEXT, shape, text_items, texts

Record = dict[str, Any]
Result = tuple[int, Record]

_BUSINESS = shape(
    texts("name locationId phone email website address city state postalCode country description"),
    "name",
    "locationId",
)
_LINK = shape({"locationId": TEXT, "ids": ARRAY, "businessId": ANY}, "locationId", "ids")
_LINK_MOST = 50


def businesses(request: Request) -> Result:
    """GET /businesses/?locationId&limit&skip."""
    request.located()
    start, limit = request.whole("skip", 0), request.whole("limit", 100, least=1, most=100)
    found = list(request.account["businesses"].values())
    return 200, {"businesses": found[start : start + limit]}


def add_business(request: Request) -> Result:
    """POST /businesses/; the answer's key is misspelt, as the vendor's is."""
    body = request.body(_BUSINESS)
    request.own_location(body["locationId"])
    account, now = request.account, iso(request.now)
    made = {**body, "id": hex_id(account.ids.short()), "createdAt": now, "updatedAt": now}
    account["businesses"][made["id"]] = made
    return 201, {"success": True, "buiseness": made}


def link_business(request: Request) -> Result:
    """POST /contacts/bulk/business: at most 50 contacts; null unlinks."""
    body = request.body(_LINK)
    request.own_location(body["locationId"])
    contact_ids = text_items(body["ids"], "ids")
    if len(contact_ids) > _LINK_MOST:
        raise unprocessable(f"ids must contain no more than {_LINK_MOST} elements")
    business_id = body.get("businessId")
    if business_id is not None and business_id not in request.account["businesses"]:
        raise bad_request(f"Business with id {business_id} not found")
    linked = {"businessId": business_id} if business_id else {}
    for contact_id in contact_ids:
        contact = request.account.contacts.get(contact_id)
        rest = {key: value for key, value in contact.items() if key != "businessId"}
        request.account.contacts.put({**rest, **linked}, request.now)
    return 200, {"success": True, "ids": contact_ids}


ROUTES = (
    Route("GET", "/businesses/", "businesses.readonly", businesses),
    Route("POST", "/businesses/", "businesses.write", add_business),
    Route("POST", "/contacts/bulk/business", "contacts.write", link_business),
)
