"""Reading GoHighLevel's answers: objects and lists under a key, moments, and errors when they are missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.errors import UnexpectedAnswer

if TYPE_CHECKING:
    from pipeline.models import Json
    from resources.http import Reply

    Row = dict[str, Json]


def mapping(reply: Reply) -> Row:
    """Return the body as an object, `{}` when it is empty; UnexpectedAnswer when it is something else."""
    body = reply.json()
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise unexpected(reply, "a JSON object")
    return body


def item(reply: Reply, key: str) -> Row:
    """Return the object under a key. Raises UnexpectedAnswer when it is not there."""
    found = mapping(reply).get(key)
    if not isinstance(found, dict):
        raise unexpected(reply, key)
    return found


def items(reply: Reply, key: str) -> list[Row]:
    """Return the list under a key, each with an id. Raises UnexpectedAnswer when one is not there."""
    found = _listed(reply, key)
    if not all(isinstance(each, dict) and each.get("id") for each in found):
        raise unexpected(reply, f"{key}[].id")
    return found


def events(reply: Reply, key: str) -> list[Row]:
    """Return the list under a key of what happened: a single event may lack its id, and is told by its content.

    Raises UnexpectedAnswer when the list is not there, or when of several events none has an id.
    """
    found = _listed(reply, key)
    if not all(isinstance(each, dict) for each in found):
        raise unexpected(reply, key)
    if len(found) > 1 and not any(each.get("id") for each in found):
        raise unexpected(reply, f"{key}[].id")
    return found


def _listed(reply: Reply, key: str) -> list[Json]:
    """Return the list under a key; null is an empty one, a missing key another shape."""
    body = mapping(reply)
    found = body.get(key)
    if key in body and found is None:
        return []
    if not isinstance(found, list):
        raise unexpected(reply, key)
    return found


def event_key(row: Row) -> str:
    """Return what tells one event from another: its id, else its content."""
    return str(row.get("id") or json.dumps(row, sort_keys=True, default=str))


def moment(value: Json) -> datetime | None:
    """Return a time given as ISO text or epoch milliseconds, None when it is neither."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000, UTC)
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def unexpected(reply: Reply, wanted: str) -> UnexpectedAnswer:
    """Return the error for an answer without something that is documented."""
    body = reply.json_or_none()
    seen = ", ".join(sorted(body)[:12]) if isinstance(body, dict) else type(body).__name__
    return UnexpectedAnswer(
        f"GoHighLevel answered {reply.request} without `{wanted}` (it holds: {seen}); nothing of it was used",
        vendor="ghl",
        status=reply.status,
        answer=body,
    )
