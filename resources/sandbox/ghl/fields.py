"""Contact fields: the DTOs of the contact calls, and how a body becomes a stored contact and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.book import name_of
from resources.sandbox.ghl.ids import iso
from resources.sandbox.ghl.phones import stored_phone
from resources.sandbox.ghl.refusals import bad_request, unprocessable
from resources.sandbox.ghl.shapes import ANY, ARRAY, FLAG, OBJECT, TEXT, shape, text_items, texts

if TYPE_CHECKING:
    from resources.sandbox.ghl.account import Account

Record = dict[str, Any]
_SCALARS = texts(
    "firstName lastName email phone address1 city state postalCode country website timezone companyName "
    "source dateOfBirth assignedTo"
)
_UPDATE = {
    **texts(
        "firstName lastName name email phone address1 city state postalCode website timezone source country assignedTo"
    ),
    "dnd": FLAG,
    "dndSettings": OBJECT,
    "inboundDndSettings": OBJECT,
    "tags": ARRAY,
    "customFields": ARRAY,
    "dateOfBirth": ANY,
}
_CREATE = {**_UPDATE, **texts("locationId gender companyName")}
UPDATE = shape(_UPDATE)
CREATE = shape(_CREATE, "locationId")
UPSERT = shape({**_CREATE, "createNewIfDuplicateAllowed": FLAG}, "locationId")

_CHANNELS = shape(dict.fromkeys(("Call", "Email", "SMS", "WhatsApp", "GMB", "FB"), OBJECT))
_INBOUND = shape({"all": OBJECT})
_DND = shape(texts("status message code"), "status", status=frozenset({"active", "inactive", "permanent"}))
_INBOUND_DND = shape(texts("status message"), "status", status=frozenset({"active", "inactive"}))
_CUSTOM = shape({"id": TEXT, "key": TEXT, "field_value": ANY})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_TIMES = ("dateAdded", "dateUpdated", "lastActivity")


def check_contact(body: Record, account: Account) -> None:
    """Refuse values that no contact may have; keys were checked by the DTO."""
    refused = account.switches.refused_values
    found = [f"{key} must be a valid {key}" for key, value in body.items() if value in refused.get(key, ())]
    email, country = body.get("email"), body.get("country")
    if email and not _EMAIL.fullmatch(email):
        found.append("email must be an email")
    if country and account.switches.strict_country and not _COUNTRY.fullmatch(country):
        found.append("country must be a valid ISO31661 Alpha2 code")
    for name, settings, each in (
        ("dndSettings", _CHANNELS, _DND),
        ("inboundDndSettings", _INBOUND, _INBOUND_DND),
    ):
        given = body.get(name) or {}
        found += settings.problems(given, f"{name}.")
        for channel, setting in given.items():
            if isinstance(setting, dict):
                found += each.problems(setting, f"{name}.{channel}.")
    for place, item in enumerate(body.get("customFields") or []):
        if not isinstance(item, dict):
            found.append(f"customFields.{place} must be an object")
            continue
        found += _CUSTOM.problems(item, f"customFields.{place}.")
        if not item.get("id") and not item.get("key"):
            found.append(f"customFields.{place}.id should not be empty")
    text_items(body.get("tags") or [], "tags")
    if found:
        raise unprocessable(*found)


def merged(old: Record, body: Record, account: Account) -> Record:
    """Give the contact after a write: omitted keys stay, null and "" clear, `tags` replaces the set."""
    new = dict(old)
    if body.get("name") and not body.get("firstName") and not body.get("lastName"):
        first, _, last = body["name"].strip().partition(" ")
        body = {**body, "firstName": first, "lastName": last}
    if body.get("phone"):
        body = {**body, "phone": stored_phone(body["phone"], body.get("country") or old.get("country"))}
    for key in _SCALARS:
        if key in body:
            _set(new, key, body[key])
    if isinstance(body.get("dnd"), bool):
        new["dnd"] = body["dnd"]
    for key in ("dndSettings", "inboundDndSettings"):
        if key in body:
            _set(new, key, {**old.get(key, {}), **body[key]} if body[key] else None)
    if "tags" in body:
        new["tags"] = account.know_tags(body["tags"] or [])
    if body.get("customFields"):
        new["customFields"] = _custom_values(old.get("customFields", {}), body["customFields"], account)
    return new


def _set(contact: Record, key: str, value: object) -> None:
    if value is None or value == "":
        contact.pop(key, None)
    else:
        contact[key] = value


def _custom_values(old: Record, items: list[Record], account: Account) -> Record:
    """Merge custom values by field; an unknown field is ignored without a word."""
    values = dict(old)
    for item in items:
        field = account.custom_field(item)
        if field is not None and field["model"] == "contact":
            _set(values, field["id"], _stored_value(item.get("field_value"), field))
    return values


def _stored_value(value: Any, field: Record) -> Any:
    if value is None or value == "":
        return None
    if field["dataType"] in ("NUMERICAL", "MONETORY"):
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise bad_request(f"Invalid value for custom field {field['name']}") from None
        return int(number) if number.is_integer() else number
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def view(contact: Record) -> Record:
    """Give a contact as it is read; what has no value is absent, not null."""
    shown = {key: value for key, value in contact.items() if key not in ("validEmail", "customFields")}
    name = name_of(contact)
    if name:
        shown["name"] = name
        shown["fullNameLowerCase"] = name.lower()
    for key in ("firstName", "lastName"):
        if key in contact:
            shown[f"{key}LowerCase"] = contact[key].lower()
    if "email" in contact:
        shown["emailLowerCase"] = contact["email"].lower()
    for key in _TIMES:
        if key in contact:
            shown[key] = iso(contact[key])
    shown["customFields"] = [{"id": one, "value": value} for one, value in contact.get("customFields", {}).items()]
    return shown
