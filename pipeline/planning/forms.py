"""Our values in the form that a field type takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.models import Json


def formed(value: Any, kind: str, max_length: int | None = None) -> Json:
    """Return a value as a field of type `kind` takes it; None when it cannot.

    Text is cut to `max_length`; anything else that is too long is dropped, half of it would be another value.
    """
    if kind == "integer":
        number = _number(value)
        return None if number is None else round(number)
    if kind == "number":
        number = _number(value)
        return int(number) if number is not None and number.is_integer() else number
    if kind == "lookup":
        return value if isinstance(value, dict) else {"id": str(value)}
    if kind in {"boolean", "json", "tags"}:
        return value
    text = " ".join(str(value).split())
    if kind == "url" and not text.startswith(("http://", "https://")):
        text = f"https://{text}"
    if max_length is None or len(text) <= max_length:
        return text or None
    return text[:max_length].rstrip() if kind == "text" else None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
