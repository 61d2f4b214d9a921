"""Contact calls: create, upsert, update, read, delete, duplicate lookup (GHL fact sheet §4)."""

from __future__ import annotations

from typing import Any

from resources.sandbox.ghl.book import name_of
from resources.sandbox.ghl.fields import CREATE, UPDATE, UPSERT, check_contact, merged, view
from resources.sandbox.ghl.phones import stored_phone
from resources.sandbox.ghl.refusals import duplicate, unprocessable
from resources.sandbox.ghl.routing import Request, Route

Record = dict[str, Any]
Result = tuple[int, Record]


def _identity(request: Request, body: Record) -> list[tuple[str, str | None]]:
    """Give the identities of a body in the location's order of priority."""
    phone = stored_phone(body["phone"], body.get("country")) if body.get("phone") else None
    values = {"email": body.get("email"), "phone": phone}
    return [(field, values[field]) for field in request.account.switches.match_priority]


def _new(request: Request, body: Record) -> Record:
    account = request.account
    blank: Record = {
        "id": account.ids.short(),
        "locationId": account.location_id,
        "type": "lead",
        "dnd": False,
        "tags": [],
        "dateAdded": request.now,
        "lastActivity": request.now,
    }
    contact = account.contacts.put(merged(blank, body, account), request.now)
    account.created += 1
    ghost = account.switches.ghost_422_every
    if ghost and account.created % ghost == 0:
        raise unprocessable("Unprocessable Entity")
    return contact


def create(request: Request) -> Result:
    """POST /contacts/: a known e-mail or phone is 400 with the id of its owner."""
    body = request.body(CREATE)
    request.own_location(body["locationId"])
    check_contact(body, request.account)
    if not request.account.switches.allow_duplicates:
        _refuse_owned(request, body, besides=None)
    return 201, {"contact": view(_new(request, body))}


def upsert(request: Request) -> Result:
    """POST /contacts/upsert: the first identity with an owner decides; the other one then yields.

    A match on a secondary address makes it the primary one, and the old primary is lost.
    """
    body = request.body(UPSERT)
    request.own_location(body["locationId"])
    account = request.account
    check_contact(body, account)
    if not (body.get("createNewIfDuplicateAllowed") and account.switches.allow_duplicates):
        for field, value in _identity(request, body):
            owners = account.contacts.owners(field, value)
            if owners:
                contact = _change(request, owners[0], _yielding(request, body, owners[0]))
                return 200, {"new": False, "contact": view(contact)}
    return account.switches.upsert_created_status, {"new": True, "contact": view(_new(request, body))}


def _yielding(request: Request, body: Record, contact: Record) -> Record:
    """Leave out of a body each identity that belongs to another contact."""
    kept = dict(body)
    for field, value in _identity(request, body):
        owners = request.account.contacts.owners(field, value)
        if owners and all(owner is not contact for owner in owners):
            del kept[field]
    return kept


def _change(request: Request, contact: Record, body: Record) -> Record:
    changed = merged(contact, body, request.account)
    promoted = changed.get("email", "").lower()
    if "additionalEmails" in changed:
        others = [entry for entry in changed["additionalEmails"] if entry["email"].lower() != promoted]
        changed["additionalEmails"] = others
    return request.account.contacts.put(changed, request.now)


def _refuse_owned(request: Request, body: Record, *, besides: Record | None) -> None:
    for field, value in _identity(request, body):
        for owner in request.account.contacts.owners(field, value):
            if owner is not besides:
                raise duplicate(owner, name_of(owner), field)


def update(request: Request) -> Result:
    """PUT /contacts/{id}: knows neither locationId nor companyName nor gender."""
    contact = request.account.contacts.get(request.ids[0])
    body = request.body(UPDATE)
    check_contact(body, request.account)
    if not request.account.switches.allow_duplicates:
        _refuse_owned(request, body, besides=contact)
    return 200, {"succeded": True, "contact": view(_change(request, contact, body))}


def read(request: Request) -> Result:
    """GET /contacts/{id}."""
    return 200, {"contact": view(request.account.contacts.get(request.ids[0]))}


def delete(request: Request) -> Result:
    """DELETE /contacts/{id}: what hangs on the contact goes with it."""
    account, contact_id = request.account, request.ids[0]
    account.contacts.remove(contact_id, request.now)
    for table in ("opportunities", "messages", "events", "notes", "tasks", "enrolments"):
        rows = account[table]
        for row_id in [one for one, row in rows.items() if row["contactId"] == contact_id]:
            del rows[row_id]
    account["conversations"].pop(contact_id, None)
    account["journeys"].pop(contact_id, None)
    return 200, {"succeded": True}


def find_duplicate(request: Request) -> Result:
    """GET /contacts/search/duplicate: by e-mail and phone in the location's order; null when unknown."""
    request.located()
    email, number = request.call.param("email"), request.call.param("number")
    if not email and not number:
        raise unprocessable("email or number should not be empty")
    for field, value in _identity(request, {"email": email, "phone": number}):
        for owner in request.account.contacts.owners(field, value):
            return 200, {"contact": view(owner)}
    return 200, {"contact": None}


def listed(request: Request) -> Result:
    """GET /contacts/ (deprecated): newest first, continued behind startAfter and startAfterId."""
    request.located()
    limit = request.whole("limit", 20, least=1, most=100)
    words = (request.call.param("query") or "").lower()
    rows = [one for one in request.account.contacts if words in _searchable(one)]
    rows.sort(key=lambda one: (-one["dateAdded"], one["id"]))
    after, after_id = request.call.param("startAfter"), request.call.param("startAfterId")
    if after and after_id:
        edge = (-int(after), after_id)
        rows = [one for one in rows if (-one["dateAdded"], one["id"]) > edge]
    page = rows[:limit]
    meta: Record = {"total": len(request.account.contacts)}
    if page and len(rows) > limit:
        meta |= {"startAfter": page[-1]["dateAdded"], "startAfterId": page[-1]["id"]}
    return 200, {
        "contacts": [view(one) for one in page],
        "count": len(request.account.contacts),
        "meta": meta,
    }


def _searchable(contact: Record) -> str:
    return f"{name_of(contact)} {contact.get('email', '')} {contact.get('phone', '')}".lower()


ROUTES = (
    Route("POST", "/contacts/upsert", "contacts.write", upsert),
    Route("POST", "/contacts/", "contacts.write", create),
    Route("GET", "/contacts/", "contacts.readonly", listed, in_v3=False),
    Route("GET", "/contacts/search/duplicate", "contacts.readonly", find_duplicate),
    Route("GET", "/contacts/:", "contacts.readonly", read),
    Route("PUT", "/contacts/:", "contacts.write", update),
    Route("DELETE", "/contacts/:", "contacts.write", delete),
)
