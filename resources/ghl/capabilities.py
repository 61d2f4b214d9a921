"""What a GoHighLevel location can take: the contact keys of its API and its own custom fields (§4, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.planning.capabilities import Capabilities, FieldFact
from resources.ghl.contacts import PREFIX, UPSERT_KEYS, keys_of
from resources.ghl.finding import OBJECT

if TYPE_CHECKING:
    from collections.abc import Sequence


def capabilities(custom_fields: Sequence[dict[str, Any]]) -> Capabilities:
    """Return the live fields of contacts."""
    names = {*UPSERT_KEYS, "tags", *(PREFIX + key for key in keys_of(custom_fields))}
    return Capabilities({OBJECT: {name: FieldFact(name=name) for name in names}})
