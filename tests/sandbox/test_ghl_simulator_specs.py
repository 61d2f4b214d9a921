"""The simulator against the vendor's published OpenAPI files, where the shared folder with them exists."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from resources.sandbox.ghl import calendars, conversations, fields, notes, opportunities, tags, vendor
from resources.sandbox.ghl.routing import V3

SPECS = Path(__file__).parents[2].parent / "shared" / "specs" / "ghl" / "apps"
ROUTES = [route for module in vendor._MODULES for route in module.ROUTES]


def spec_files():
    return sorted(SPECS.glob("*.json")) + sorted(SPECS.glob("v3/*.json"))


@cache
def operations():
    """Every operation of the files: (verb, path with : for ids, v3?) -> operation."""
    found = {}
    for file in spec_files():
        for path, verbs in json.loads(file.read_text()).get("paths", {}).items():
            form = "/" + "/".join(re.sub(r"\{.*\}", ":", part) for part in path.split("/") if part)
            for verb, operation in verbs.items():
                found[verb.upper(), form, file.parent.name == "v3"] = operation
    return found


def schema(file, name):
    return json.loads((SPECS / file).read_text())["components"]["schemas"][name]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_each_endpoint_is_one_of_the_vendors(route):
    known = operations()
    path = route.path.rstrip("/")
    # The v3 files name the three lists of e-mail sources one by one.
    path = path.replace("/campaigns/:", "/campaigns/workflows") if path.endswith("locations/:/campaigns/:") else path
    operation = known.get((route.method, path, route.version == V3))
    assert operation is not None or not known
    for parameter in (operation or {}).get("parameters", []):
        if parameter.get("name") == "Version":
            assert route.version in parameter["schema"]["enum"]
    scopes = [scope for entry in (operation or {}).get("security", []) for names in entry.values() for scope in names]
    assert not scopes or route.scope in scopes


@pytest.mark.parametrize(
    ("shape", "file", "name"),
    [
        (fields.CREATE, "contacts.json", "CreateContactDto"),
        (fields.UPSERT, "contacts.json", "UpsertContactDto"),
        (fields.UPDATE, "contacts.json", "UpdateContactDto"),
        (fields._CHANNELS, "contacts.json", "DndSettingsSchema"),
        (fields._DND, "contacts.json", "DndSettingSchema"),
        (fields._INBOUND_DND, "contacts.json", "InboundDndSettingSchema"),
        (tags._TAGS, "contacts.json", "TagsDTO"),
        (tags._BULK["remove"], "contacts.json", "UpdateTagsDTO"),
        (notes._NEW_NOTE, "contacts.json", "NotesDTO"),
        (notes._CHANGED_NOTE, "contacts.json", "UpdateNoteDTO"),
        (notes._NEW_TASK, "contacts.json", "CreateTaskParams"),
        (notes._CHANGED_TASK, "contacts.json", "UpdateTaskBody"),
        (opportunities._NEW, "opportunities.json", "CreateDto"),
        (opportunities._CHANGED, "opportunities.json", "UpdateOpportunityDto"),
        (opportunities._STATUS, "opportunities.json", "UpdateStatusDto"),
        (calendars._NEW, "calendars.json", "AppointmentCreateSchema"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_body_has_the_keys_of_its_dto(shape, file, name):
    if not (SPECS / file).exists():
        return
    published = schema(file, name)
    assert set(shape.fields) == set(published["properties"])
    # `status` of a DND entry is required by the fact sheet, though the file does not say so.
    assert set(published.get("required", [])) <= set(shape.required) <= {*published.get("required", []), "status"}


def test_a_message_carries_the_published_keys():
    if not spec_files():
        return
    published = schema("conversations.json", "GetMessageResponseDto")
    message = dict.fromkeys(("id", "type", "messageType", "locationId", "contactId", "conversationId"), 0)
    message |= {
        "dateAdded": 0,
        "dateUpdated": 0,
        "direction": "",
        "status": "",
        "contentType": "",
        "body": "",
    }
    shown = conversations.message_view(message)
    assert set(published["required"]) <= set(shown)
    assert set(shown) - set(published["properties"]) == {"dateUpdated"}
