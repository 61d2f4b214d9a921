"""Masking of values in reports: what changed stays recognisable to its owner, nobody else learns it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from resources.ledger.store import dumps

if TYPE_CHECKING:
    from pipeline.models import Json


def masked(text: str | None) -> str | None:
    """Return JSON text with every string in it masked; numbers and yes/no stay. `null` becomes None."""
    if text is None or text == "null":
        return None
    return dumps(mask(json.loads(text)))


def mask(value: Json) -> Json:
    """Return a JSON value with every string in it masked."""
    if isinstance(value, str):
        return value if len(value) <= 1 or value.startswith("lf-") else f"{value[0]}***"
    if isinstance(value, list):
        return [mask(item) for item in value]
    if isinstance(value, dict):
        return {name: mask(item) for name, item in value.items()}
    return value
