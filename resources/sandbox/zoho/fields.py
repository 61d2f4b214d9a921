"""Fields and modules of the simulated organisation, and how metadata describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resources.sandbox.zoho.dialect import Dialect

JSON_TYPES = {
    "integer": "integer",
    "double": "double",
    "currency": "double",
    "percent": "integer",
    "boolean": "boolean",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "multiselectpicklist": "jsonarray",
    "tags": "jsonarray",
}
NUMBERS = frozenset({"integer", "double", "currency", "percent"})
LOOKUPS = frozenset({"lookup", "ownerlookup"})
TIMES = frozenset({"date", "datetime"})
ANY_MODULE = "se_module"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a module; `converts` names the fields that receive its value when a lead is converted."""

    name: str
    kind: str
    length: int = 255
    choices: tuple[str, ...] = ()
    target: str = ""
    is_custom: bool = False
    is_unique: bool = False
    is_read_only: bool = False
    is_mandatory: bool = False
    is_layout_mandatory: bool = False
    converts: Mapping[str, str] = field(default_factory=dict)

    @property
    def json_type(self) -> str:
        """The JSON type that metadata announces."""
        return JSON_TYPES.get(self.kind, "string")

    def described(self, *, ident: str, target_id: str | None, dialect: Dialect) -> dict[str, Any]:
        """Describe the field as `GET /settings/fields` does (Zoho fact sheet §2).

        `target_id` is the id of the module a lookup points into; one that points into any has none.
        """
        required = self.is_mandatory or self.is_layout_mandatory
        label = self.name.replace("_", " ")
        name = self.target or ANY_MODULE
        target = {"api_name": name, "id": target_id} if dialect.has_objects else name
        return {
            "id": ident,
            "api_name": self.name,
            "field_label": label,
            "display_label": label,
            "data_type": "text" if self.kind == "tags" else self.kind,
            "json_type": self.json_type,
            "length": self.length,
            "custom_field": self.is_custom,
            "system_mandatory": self.is_mandatory,
            ("mandatory" if dialect.number < 3 else "required"): required,
            "read_only": self.is_read_only,
            "field_read_only": self.is_read_only,
            "visible": True,
            "unique": {"casesensitive": False} if self.is_unique else {},
            "type": "used",
            "external": None,
            "decimal_place": 2 if self.kind in {"double", "currency"} else None,
            "default_value": None,
            "lookup": {"module": target} if self.kind == "lookup" else {},
            "convert_mapping": {target: self.converts.get(target) for target in ("Contacts", "Deals", "Accounts")},
            "view_type": {
                "view": True,
                "edit": not self.is_read_only,
                "quick_create": False,
                "create": not self.is_read_only,
            },
            "operation_type": {
                "api_create": not self.is_read_only,
                "api_update": not self.is_read_only,
                "web_create": not self.is_read_only,
                "web_update": not self.is_read_only,
            },
            "pick_list_values": [
                {
                    "display_value": choice,
                    "actual_value": choice,
                    "sequence_number": place,
                    "id": f"{ident[:-3]}{place:03d}",
                    "type": "used",
                }
                for place, choice in enumerate(self.choices, start=1)
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One module: its fields by API name, its system dedupe field, and what it allows."""

    name: str
    fields: Mapping[str, Field]
    dedupe: str = ""
    title: str = ""

    @property
    def can_upsert(self) -> bool:
        """Whether `/upsert` serves this module (activities and notes do not)."""
        return bool(self.dedupe)

    @property
    def unique(self) -> tuple[str, ...]:
        """API names of the fields marked unique."""
        return tuple(name for name, item in self.fields.items() if item.is_unique)
