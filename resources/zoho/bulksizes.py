"""How much a module holds, and which way of reading all of it costs the fewest credits (Zoho fact sheet §4.6, §5, §8).

Credits: a sorted list 3 per 200 records; COQL 1 per 200 (v2) or 3 per 2,000; a bulk read 50 per job of 200,000
records, and 1 for each question and download. Bulk read and COQL give no tags that Zoho's documents promise, so
what the tags' own counters say comes first.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from pipeline.errors import CredentialsRejected, RequestRefused, UnexpectedAnswer
from resources.zoho import coql
from resources.zoho.lists import READ_SIZE, SORTED_CREDITS
from resources.zoho.rows import page_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from resources.zoho.client import ZohoClient
    from resources.zoho.dialect import ZohoDialect
    from resources.zoho.rows import Row

Route = Literal["list", "coql", "bulk"]

SMALL = 2_000
"""Up to here the list is always taken: it is complete, and what could be saved is not worth asking for."""
PROBES = (SMALL, 12_000)
"""Where v2, which counts nothing, is asked whether there are more records than this: smallest first."""
BULK_PAGE = 200_000
BULK_CREDITS = 50.0 + 8.0
"""A job, some questions, the download and the deleted list."""

_SILENT = (RequestRefused, CredentialsRejected, UnexpectedAnswer)


def credits_of(route: Route, records: int, dialect: ZohoDialect) -> float:
    """Return the credits of reading so many records of a module by a route."""
    if route == "bulk":
        return BULK_CREDITS * max(1, math.ceil(records / BULK_PAGE))
    size, price = (READ_SIZE, SORTED_CREDITS) if route == "list" else dialect.query_size
    return price * max(1, math.ceil(records / size))


def cheapest(records: int, dialect: ZohoDialect, routes: Iterable[Route]) -> Route:
    """Return the route with the fewest credits; of equal ones the first."""
    return min(routes, key=lambda route: credits_of(route, records, dialect))


def size_of(client: ZohoClient, module: str) -> int:
    """Return how many records a module holds: counted, or in v2 a lower bound from `PROBES` (0 for a small one)."""
    if not client.dialect.counts:
        return max((size + 1 for size in takewhile(lambda size: _holds_more(client, module, size), PROBES)), default=0)
    path = f"{client.dialect.root}/{module}/actions/count"
    try:
        return int(client.api.call("GET", path, repeatable=True, purpose="count").json()["count"])
    except (*_SILENT, KeyError, TypeError, ValueError):
        return _queried(client, module)  # counting needs the search scope, which a grant may lack


def tag_counts(client: ZohoClient, module: str, *, most: int) -> Mapping[str, int] | None:
    """Return tag → records that carry it; None when Zoho does not say, or more than `most` tags would be asked."""
    found: dict[str, int] = {}
    try:
        tags = client.tags(module)
        if len(tags) > most:
            return None
        for tag in tags:
            path = f"{client.dialect.root}/settings/tags/{tag['id']}/actions/records_count"
            reply = client.api.call("GET", path, params={"module": module}, repeatable=True, purpose="tags")
            found[str(tag["name"]).casefold()] = int(reply.json()["count"])
    except (*_SILENT, KeyError, TypeError, ValueError):
        return None
    return found


def carried(rows: Iterable[Row]) -> Counter[str]:
    """Return tag → records of `rows` that carry it."""
    return Counter(
        str(tag.get("name")).casefold() for row in rows for tag in row.get("Tag") or () if isinstance(tag, dict)
    )


def _holds_more(client: ZohoClient, module: str, records: int) -> bool:
    params = {"fields": "id", "page": records // READ_SIZE + 1, "per_page": READ_SIZE}
    path = f"{client.dialect.root}/{module}"
    try:
        return bool(page_of(client.api.call("GET", path, params=params, repeatable=True, purpose="count"), "data").rows)
    except _SILENT:
        return False


def _queried(client: ZohoClient, module: str) -> int:
    query = f"select COUNT(id) from {coql.name(module)} where id is not null"
    path = f"{client.dialect.root}/coql"
    asked = {"select_query": query}
    try:
        reply = client.api.call("POST", path, json=asked, repeatable=True, writes=False, purpose="count")
        row = reply.json()["data"][0]
        return next(int(value) for name, value in row.items() if str(name).lower().startswith("count"))
    except (*_SILENT, KeyError, TypeError, ValueError, IndexError, StopIteration):
        return 0
