"""How GoHighLevel's lists go on: totals, cursors of the last record, lists that run backwards."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from resources.ghl.answers import mapping, moment, unexpected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.models import Json
    from resources.http import Reply
    from resources.pagination import Page

    Row = dict[str, Json]


def pairs(pages: Iterator[Page]) -> Iterator[tuple[list[Row], bytes]]:
    """Return each page as (records, answer as received)."""
    return ((list(page.rows), page.content) for page in pages)


def more_follow(reply: Reply, key: str, read: int, got: int, size: int) -> bool:
    """Tell whether another page follows: a full page, or fewer read than the total that the answer names.

    Raises UnexpectedAnswer when the list is null where the total says that there is more.
    """
    total = mapping(reply).get("total")
    if total is None:
        meta = mapping(reply).get("meta")
        total = meta.get("total") if isinstance(meta, dict) else None
    if isinstance(total, str) and total.isdecimal():
        total = int(total)
    are_left = isinstance(total, int) and read < total
    if are_left and mapping(reply).get(key) is None:
        raise unexpected(reply, key)
    return got >= size or are_left


def place_after(rows: Sequence[Row], page: int) -> str | None:
    """Return where the next page of a search begins: behind the last contact, else by number."""
    if not rows:
        return None
    after = rows[-1].get("searchAfter")
    return json.dumps({"searchAfter": after} if after else {"page": page + 1})


def is_older(rows: Sequence[Mapping[str, Any]], since: datetime | None) -> bool:
    """Tell whether a page of messages lies before a moment and the list really runs backwards."""
    if since is None or not rows:
        return False
    times = [moment(row.get("dateAdded")) for row in rows]
    known = [each for each in times if each is not None]
    return len(known) == len(times) and known[0] >= known[-1] and max(known) < since


def milliseconds(when: datetime) -> int:
    """Return a moment as GoHighLevel's epoch milliseconds."""
    return int(when.astimezone(UTC).timestamp() * 1000)
