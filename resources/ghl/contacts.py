"""A contact between our words and GoHighLevel's (GoHighLevel fact sheet §4, §6).

Ours is flat: standard keys as in the API, custom fields as `customFields.<key>` (the key without `contact.`).
GoHighLevel writes custom fields as `[{id, field_value}]` and reads them as `[{id, value}]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.models import Json

PREFIX = "customFields."

_CHANNELS = frozenset(("Call", "Email", "SMS", "WhatsApp", "GMB", "FB"))
_SETTING = frozenset(("status", "message", "code"))

UPDATE_KEYS = frozenset(
    (
        "firstName",
        "lastName",
        "name",
        "email",
        "phone",
        "address1",
        "city",
        "state",
        "postalCode",
        "website",
        "timezone",
        "dnd",
        "dndSettings",
        "inboundDndSettings",
        "source",
        "dateOfBirth",
        "country",
        "assignedTo",
    ),
)
"""Standard keys that PUT /contacts/{id} takes; others are a 422. Not `tags`: it overwrites all tags."""

UPSERT_KEYS = UPDATE_KEYS | {"companyName", "gender"}
"""Standard keys that POST /contacts/upsert takes besides `locationId`, `tags` left out as well."""


def keys_of(custom_fields: Iterable[Mapping[str, Json]]) -> dict[str, str]:
    """Return key → id of the contact fields in an answer of GET /locations/{id}/customFields."""
    return {
        str(field["fieldKey"]).removeprefix("contact."): str(field["id"])
        for field in custom_fields
        if field.get("fieldKey") and field.get("id") and field.get("model", "contact") == "contact"
    }


def flatten(contact: Mapping[str, Json], keys: Mapping[str, str]) -> dict[str, Json]:
    """Return a contact as read, with custom fields under `customFields.<key>` instead of the list of ids."""
    names = {field_id: key for key, field_id in keys.items()}
    flat = {name: value for name, value in contact.items() if name != "customFields"}
    if isinstance(flat.get("dndSettings"), dict):
        flat["dndSettings"] = _channels(flat["dndSettings"])
    for item in contact.get("customFields") or ():
        name = names.get(str(item.get("id")))
        if name is not None:
            flat[PREFIX + name] = next(
                (item[key] for key in ("value", "field_value", "fieldValue") if key in item), None
            )
    return flat


def body_of(
    values: Mapping[str, Json], keys: Mapping[str, str], allowed: frozenset[str]
) -> tuple[dict[str, Json], list[str]]:
    """Return the body for these values, and the names left out because the call does not take them."""
    body: dict[str, Json] = {}
    custom: list[dict[str, Json]] = []
    left_out: list[str] = []
    for name, value in values.items():
        if name.startswith(PREFIX):
            field_id = keys.get(name.removeprefix(PREFIX))
            if field_id is None:
                left_out.append(name)
            else:
                custom.append({"id": field_id, "field_value": value})
        elif name in allowed:
            body[name] = value
        else:
            left_out.append(name)
    if custom:
        body["customFields"] = custom
    return body, left_out


def addresses_of(contact: Mapping[str, Json]) -> set[str]:
    """Return every e-mail address of a contact, in lower case."""
    others = (each.get("email") for each in contact.get("additionalEmails") or () if isinstance(each, dict))
    return {str(each).lower() for each in (contact.get("email"), *others) if each}


def channels_of(contact: Mapping[str, Json]) -> dict[str, Json]:
    """Return the do-not-disturb settings of a contact in the form that a write takes."""
    stored = _channels(contact.get("dndSettings") or {})
    return {
        channel: {name: value for name, value in setting.items() if name in _SETTING and value is not None}
        for channel, setting in stored.items()
        if channel in _CHANNELS and isinstance(setting, dict) and setting.get("status")
    }


def refused_channel(contact: Mapping[str, Json], channels: Iterable[str]) -> str | None:
    """Return the first of these channels (ours: email, sms, call) on which a contact is not to be disturbed.

    `all`: do not disturb at all. Inbound settings are no opt-out. GoHighLevel fact sheet §4.
    """
    if contact.get("dnd") is True:
        return "all"
    settings = {name.casefold(): setting for name, setting in (contact.get("dndSettings") or {}).items()}
    for channel in channels:
        setting = settings.get(channel)
        if isinstance(setting, dict) and setting.get("status") in {"active", "permanent"}:
            return channel
    return None


def _channels(settings: Mapping[str, Json]) -> dict[str, Json]:
    """Return settings under the channel names that a write takes: some versions read them in lower case (§0)."""
    known = {channel.casefold(): channel for channel in _CHANNELS}
    return {known.get(name.casefold(), name): setting for name, setting in settings.items()}
