"""The contacts of a GoHighLevel location as a search lists them (GoHighLevel fact sheet §5)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.errors import RequestRefused
from resources.ghl.answers import item, items
from resources.ghl.door import CONTACTS_VERSION
from resources.ghl.pages import milliseconds, more_follow, pairs, place_after
from resources.pagination import Page, by_cursor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.models import Json
    from resources.http import Door, Reply

    Row = dict[str, Json]
    Pages = Iterator[tuple[list[Row], bytes]]

CONTACTS_PER_PAGE = 500
OVERLAP = timedelta(minutes=5)
"""The search index lags seconds behind: each pull begins so much before the watermark."""

BLOCKED_CHANNELS = ("Email", "SMS", "Call")
BLOCKED_STATUSES = ("active", "permanent")


class Roster:
    """Lists contacts. The door knows the token and the limits."""

    def __init__(self, *, door: Door, location_id: str) -> None:
        self.door = door
        self.location_id = location_id

    def contacts(self, *, updated_since: datetime | None = None) -> Pages:
        """Yield contacts in the order they were changed, all or those changed since (with overlap).

        Some locations leave `dndSettings` out of what a search finds (§5). Then those who do not want to be
        contacted are searched for by name of the setting and read one by one, as the last page.
        """
        filters: list[Row] = []
        if updated_since is not None:
            since = {"gte": milliseconds(updated_since - OVERLAP)}
            filters.append({"field": "dateUpdated", "operator": "range", "value": since})
        is_empty, is_told = True, False
        for rows, content in self._searched(filters):
            is_empty = False
            is_told |= any("dndSettings" in row for row in rows)
            yield rows, content
        if not is_empty and not is_told:
            yield from self._blocked(filters)

    def _searched(self, filters: list[Row]) -> Pages:
        body: Row = {
            "locationId": self.location_id,
            "pageLimit": CONTACTS_PER_PAGE,
            "sort": [{"field": "dateUpdated", "direction": "asc"}],
            **({"filters": filters} if filters else {}),
        }
        read = 0

        def fetch(cursor: str | None) -> Page:
            nonlocal read
            place = json.loads(cursor) if cursor else {}
            reply = self._call("POST", "/contacts/search", CONTACTS_VERSION, json={**body, **place})
            rows = items(reply, "contacts")
            read += len(rows)
            return Page(
                rows=rows,
                content=reply.content,
                more=more_follow(reply, "contacts", read, len(rows), CONTACTS_PER_PAGE),
                cursor=place_after(rows, place.get("page", 1)),
            )

        return pairs(by_cursor(fetch, vendor="ghl", size=CONTACTS_PER_PAGE))

    def _blocked(self, filters: list[Row]) -> Pages:
        """Yield in full, as one page, the contacts whose settings say do not disturb on a channel."""
        marks = [
            {"field": f"dndSettings.{channel}.status", "operator": "eq", "value": status}
            for channel in BLOCKED_CHANNELS
            for status in BLOCKED_STATUSES
        ]
        try:
            ids = [
                row["id"] for rows, _ in self._searched([*filters, {"group": "OR", "filters": marks}]) for row in rows
            ]
        except RequestRefused:
            # Not every location can search for it; then the settings are absent because nobody has any.
            return
        replies = [self._call("GET", f"/contacts/{ident}", CONTACTS_VERSION) for ident in ids]
        found = [item(reply, "contact") for reply in replies]
        if found:
            yield found, json.dumps({"contacts": found}, ensure_ascii=False).encode()

    def _call(self, method: str, path: str, version: str, **rest: Any) -> Reply:
        return self.door.call(
            method, path, headers={"Version": version}, repeatable=True, writes=False, purpose="feed", **rest
        )
