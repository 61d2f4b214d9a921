"""What a Zoho organisation can take, read off its field metadata (Zoho fact sheet §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.planning.capabilities import Capabilities, FieldFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PICKLISTS = frozenset({"picklist", "multiselectpicklist"})
ALWAYS = ("Tag", "Owner", "Layout")
"""Written by ways of their own; some organisations do not list them."""


def capabilities(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> Capabilities:
    """Return the live fields from (module, field as Zoho describes it)."""
    found: dict[str, dict[str, FieldFact]] = {}
    for module, field in rows:
        facts = found.setdefault(module, {name: FieldFact(name=name) for name in ALWAYS})
        facts[str(field["api_name"])] = _fact(field)
    return Capabilities(found)


def is_unique(field: Mapping[str, Any]) -> bool:
    """Tell whether a field is marked unique: `{"casesensitive": …}` when it is, `{}` when it is not (§2).

    Members that are not documented say nothing: whoever shares the value of such a field would wait for ever.
    """
    told = field.get("unique")
    return told is True or (isinstance(told, dict) and told.get("casesensitive") is not None)


def _fact(field: Mapping[str, Any]) -> FieldFact:
    length = field.get("length")
    choices = None
    if field.get("data_type") in PICKLISTS:
        # Matched and sent by actual value; "used" is the default of versions that do not tell.
        choices = frozenset(
            str(choice.get("actual_value") or choice["display_value"])
            for choice in field.get("pick_list_values") or ()
            if choice.get("type", "used") == "used"
        )
    is_text = field.get("json_type", "string") == "string" and isinstance(length, int) and length > 0
    return FieldFact(
        name=str(field["api_name"]),
        max_length=length if is_text else None,
        choices=choices,
        is_read_only=bool(field.get("field_read_only") or field.get("read_only")),
        is_unique=is_unique(field),
    )
