"""Tag and follower calls on contacts (GHL fact sheet §4)."""

from __future__ import annotations

from typing import Any

from resources.sandbox.ghl.refusals import Refusal, unprocessable
from resources.sandbox.ghl.routing import Request, Route
from resources.sandbox.ghl.shapes import ARRAY, FLAG, TEXT, shape, text_items

Record = dict[str, Any]
Result = tuple[int, Record]

_TAGS = shape({"tags": ARRAY}, "tags")
_FOLLOWERS = shape({"followers": ARRAY}, "followers")
_BULK_ADD = {"contacts": ARRAY, "tags": ARRAY, "locationId": TEXT}
_BULK = {
    "add": shape(_BULK_ADD, "contacts", "tags", "locationId"),
    "remove": shape({**_BULK_ADD, "removeAllTags": FLAG}, "contacts", "tags", "locationId"),
}


def _retag(request: Request, contact: Record, tags: list[str]) -> None:
    if tags != contact["tags"]:
        request.account.contacts.put({**contact, "tags": tags}, request.now)


def _added(request: Request, contact: Record, names: list[str]) -> tuple[list[str], list[str]]:
    new = [name for name in request.account.know_tags(names) if name not in contact["tags"]]
    return contact["tags"] + new, new


def _without(contact: Record, names: list[str]) -> tuple[list[str], list[str]]:
    gone = {name.strip().lower() for name in names}
    kept = [tag for tag in contact["tags"] if tag not in gone]
    return kept, [tag for tag in contact["tags"] if tag in gone]


def add(request: Request) -> Result:
    """POST /contacts/{id}/tags: adds, and answers all tags."""
    contact = request.account.contacts.get(request.ids[0])
    names = text_items(request.body(_TAGS)["tags"], "tags")
    tags, new = _added(request, contact, names)
    _retag(request, contact, tags)
    return 201, {"tags": tags, "tagsAdded": new}


def remove(request: Request) -> Result:
    """DELETE /contacts/{id}/tags with a body: takes away, and answers what is left."""
    contact = request.account.contacts.get(request.ids[0])
    names = text_items(request.body(_TAGS)["tags"], "tags")
    tags, gone = _without(contact, names)
    _retag(request, contact, tags)
    return 200, {"tags": tags, "tagsRemoved": gone}


def bulk(request: Request) -> Result:
    """POST /contacts/bulk/tags/update/{add|remove}: a result per contact."""
    kind = request.ids[0]
    if kind not in _BULK:
        raise unprocessable("type must be one of the following values: add, remove")
    body = request.body(_BULK[kind])
    request.own_location(body["locationId"])
    names = text_items(body["tags"], "tags")
    contacts = text_items(body["contacts"], "contacts")
    responses = [_bulk_one(request, kind, one, names, everything=bool(body.get("removeAllTags"))) for one in contacts]
    errors = sum(response["type"] == "error" for response in responses)
    return 201, {"succeded": errors == 0, "errorCount": errors, "responses": responses}


def _bulk_one(request: Request, kind: str, contact_id: str, names: list[str], *, everything: bool) -> Record:
    try:
        contact = request.account.contacts.get(contact_id)
    except Refusal as refusal:
        nothing: Record = {"oldTags": [], "tagsAdded": [], "tagsRemoved": []}
        return {"contactId": contact_id, "message": refusal.body["message"], "type": "error", **nothing}
    old, new, gone = contact["tags"], list[str](), list[str]()
    if kind == "add":
        tags, new = _added(request, contact, names)
    elif everything:
        tags, gone = [], old
    else:
        tags, gone = _without(contact, names)
    _retag(request, contact, tags)
    outcome = {"contactId": contact_id, "message": "Tags updated", "type": "success"}
    return {**outcome, "oldTags": old, "tagsAdded": new, "tagsRemoved": gone}


def follow(request: Request) -> Result:
    """POST /contacts/{id}/followers."""
    contact = request.account.contacts.get(request.ids[0])
    wanted = text_items(request.body(_FOLLOWERS)["followers"], "followers")
    old = contact.get("followers", [])
    new = [one for one in dict.fromkeys(wanted) if one not in old]
    request.account.contacts.put({**contact, "followers": old + new}, request.now)
    return 201, {"followers": old + new, "followersAdded": new}


def unfollow(request: Request) -> Result:
    """DELETE /contacts/{id}/followers with a body."""
    contact = request.account.contacts.get(request.ids[0])
    wanted = text_items(request.body(_FOLLOWERS)["followers"], "followers")
    old = contact.get("followers", [])
    kept = [one for one in old if one not in wanted]
    request.account.contacts.put({**contact, "followers": kept}, request.now)
    return 200, {"followers": kept, "followersRemoved": [one for one in old if one in wanted]}


ROUTES = (
    Route("POST", "/contacts/:/tags", "contacts.write", add),
    Route("DELETE", "/contacts/:/tags", "contacts.write", remove),
    Route("POST", "/contacts/bulk/tags/update/:", "contacts.write", bulk),
    Route("POST", "/contacts/:/followers", "contacts.write", follow),
    Route("DELETE", "/contacts/:/followers", "contacts.write", unfollow),
)
