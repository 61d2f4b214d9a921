"""Live field metadata of each vendor, in the vendor's words, as facts that plans understand.

Zoho: entries of `GET /settings/fields` (Zoho fact sheet §2). GoHighLevel: its standard contact fields are
fixed by the API (GoHighLevel fact sheet §4), only custom fields are told (§6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.planning.capabilities import Capabilities, FieldFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.models import Json

GHL_CONTACT_FIELDS = (
    *(
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
    ),
    *(
        "timezone",
        "country",
        "companyName",
        "source",
        "assignedTo",
        "dateOfBirth",
        "dnd",
        "dndSettings",
        "tags",
    ),
)
_CHOICES = ("picklist",)


def zoho_capabilities(fields: Mapping[str, Iterable[Mapping[str, Json]]]) -> Capabilities:
    """Return the capabilities of Zoho modules: module → entries of its fields endpoint."""
    return Capabilities({module: {fact.name: fact for fact in map(_zoho, told)} for module, told in fields.items()})


def ghl_capabilities(custom_fields: Iterable[Mapping[str, Json]]) -> Capabilities:
    """Return the capabilities of GoHighLevel contacts, from the entries of the location's custom fields."""
    names = [*GHL_CONTACT_FIELDS, *(f"customFields.{ghl_key(entry)}" for entry in custom_fields)]
    return Capabilities({"contact": {name: FieldFact(name=name) for name in names}})


def ghl_key(custom_field: Mapping[str, Json]) -> str:
    """Return the key of a custom field without its `contact.` prefix."""
    return str(custom_field.get("fieldKey") or custom_field.get("name") or "").removeprefix("contact.")


def _zoho(entry: Mapping[str, Json]) -> FieldFact:
    kind = entry.get("data_type")
    choices = None
    if kind in _CHOICES:
        told = entry.get("pick_list_values") or []
        choices = frozenset(str(choice.get("actual_value") or choice.get("display_value")) for choice in told)
    length = entry.get("length")
    return FieldFact(
        name=str(entry["api_name"]),
        max_length=int(length) if kind in {"text", "email", "phone", "website", "textarea"} and length else None,
        choices=choices,
        is_read_only=bool(entry.get("read_only") or entry.get("field_read_only")),
        is_unique=bool(entry.get("unique")),
    )
