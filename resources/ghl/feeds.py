"""Lists and feeds of a GoHighLevel location, page by page (GoHighLevel fact sheet §5, §7, §8, §9).

Each yields (records, answer as received); inside one call a record comes once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipeline.errors import RequestRefused
from resources.ghl.answers import event_key, events, items, mapping, unexpected
from resources.ghl.door import CONTACTS_VERSION, CONVERSATIONS_VERSION, STATS_VERSION
from resources.ghl.pages import is_older, milliseconds, more_follow, pairs
from resources.ghl.roster import Roster
from resources.pagination import Page, by_cursor, by_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.models import Json
    from resources.http import Reply

    Row = dict[str, Json]
    Pages = Iterator[tuple[list[Row], bytes]]

MESSAGES_PER_PAGE = 500
OPPORTUNITIES_PER_PAGE = 100
SCHEDULES_PER_PAGE = 100
SOURCES_PER_PAGE = 20
STATS_SOURCES = {
    "emails": "email-campaigns",
    "workflows": "workflow-campaigns",
    "bulk-actions": "bulk-actions",
}


class Feeds(Roster):
    """What can be listed of one location."""

    def messages(self, *, since: datetime | None = None, channel: str | None = None) -> Pages:
        """Yield messages, newest first, until they are older than `since`.

        Without `channel` GoHighLevel leaves e-mail out; "Email" gives only e-mail. A message's status goes on
        changing after it was sent: choose `since` so that recent messages are read again. A last page may
        hold older messages too.
        """
        asked = {"sortBy": "createdAt", "sortOrder": "desc", "limit": str(MESSAGES_PER_PAGE)}
        if channel:
            asked["channel"] = channel

        def fetch(cursor: str | None) -> Page:
            place = {"cursor": cursor} if cursor else {}
            reply = self._get("/conversations/messages/export", CONVERSATIONS_VERSION, **asked, **place)
            rows = events(reply, "messages")
            following = mapping(reply).get("nextCursor") or None
            if following is not None and mapping(reply)["messages"] is None:
                raise unexpected(reply, "messages")
            more = following is not None and not is_older(rows, since)
            return Page(rows=rows, content=reply.content, more=more, cursor=following)

        return pairs(by_cursor(fetch, vendor="ghl", size=MESSAGES_PER_PAGE, key=event_key))

    def opportunities(self) -> Pages:
        """Yield all opportunities, oldest first; there is no filter by change."""
        asked = {
            "location_id": self.location_id,
            "limit": str(OPPORTUNITIES_PER_PAGE),
            "status": "all",
            "order": "added_asc",
        }
        read = 0

        def fetch(cursor: str | None) -> Page:
            nonlocal read
            place = json.loads(cursor) if cursor else {}
            reply = self._call("GET", "/opportunities/search", CONTACTS_VERSION, params={**asked, **place})
            rows = items(reply, "opportunities")
            read += len(rows)
            meta = mapping(reply).get("meta")
            meta = meta if isinstance(meta, dict) else {}
            following: Row = {"page": str(int(place.get("page", 1)) + 1)}
            if meta.get("startAfter") and meta.get("startAfterId"):
                following = {"startAfter": str(meta["startAfter"]), "startAfterId": str(meta["startAfterId"])}
            return Page(
                rows=rows,
                content=reply.content,
                more=more_follow(reply, "opportunities", read, len(rows), OPPORTUNITIES_PER_PAGE),
                cursor=json.dumps(following),
            )

        return pairs(by_cursor(fetch, vendor="ghl", size=OPPORTUNITIES_PER_PAGE))

    def calendars(self) -> list[Row]:
        """Return the calendars of the location: `id`, `name`."""
        return items(self._get("/calendars/", CONVERSATIONS_VERSION), "calendars")

    def appointments(self, since: datetime, until: datetime) -> Pages:
        """Yield the appointments that begin between two moments, calendar by calendar.

        A calendar that is gone when it is asked for keeps nobody from the others.
        """
        window = {"startTime": str(milliseconds(since)), "endTime": str(milliseconds(until))}
        for calendar in self.calendars():
            asked = {"calendarId": str(calendar["id"]), **window}
            try:
                reply = self._get("/calendars/events", CONVERSATIONS_VERSION, **asked)
            except RequestRefused as error:
                if error.code != "not_found":
                    raise
                continue
            rows = events(reply, "events")
            if rows:
                yield rows, reply.content

    def email_campaigns(self) -> Pages:
        """Yield e-mail campaigns with their cumulative statistics."""
        asked = {"showStats": "true", "campaignsOnly": "true", "emailStatus": "all"}

        def fetch(number: int) -> Page:
            offset = (number - 1) * SCHEDULES_PER_PAGE
            place = {"limit": str(SCHEDULES_PER_PAGE), "offset": str(offset)}
            reply = self._get("/emails/schedule", CONTACTS_VERSION, **asked, **place)
            rows = items(reply, "schedules")
            more = more_follow(reply, "schedules", offset + len(rows), len(rows), SCHEDULES_PER_PAGE)
            return Page(rows=rows, content=reply.content, more=more)

        return pairs(by_number(fetch, vendor="ghl", size=SCHEDULES_PER_PAGE))

    def email_stats(self) -> Pages:
        """Yield cumulative statistics of campaigns, workflows and bulk actions, one source at a time.

        Each record also has the `name` of its source. A source that is gone when it is asked for is left out.
        """
        root = f"/emails/locations/{self.location_id}/campaigns"
        for kind, source in STATS_SOURCES.items():
            for sources, _ in self._email_sources(f"{root}/{kind}"):
                for each in sources:
                    path = f"{root}/stats/{source}/{each.get('sourceId') or each['id']}"
                    try:
                        reply = self._call("GET", path, STATS_VERSION)
                    except RequestRefused as error:
                        if error.code != "not_found":
                            raise
                        continue
                    named = {"name": each["name"]} if each.get("name") else {}
                    yield [{**named, **mapping(reply)}], reply.content

    def _email_sources(self, path: str) -> Pages:
        def fetch(number: int) -> Page:
            offset = (number - 1) * SOURCES_PER_PAGE
            place = {"limit": str(SOURCES_PER_PAGE), "offset": str(offset)}
            reply = self._call("GET", path, STATS_VERSION, params=place)
            rows = items(reply, "campaigns")
            more = more_follow(reply, "campaigns", offset + len(rows), len(rows), SOURCES_PER_PAGE)
            return Page(rows=rows, content=reply.content, more=more)

        return pairs(by_number(fetch, vendor="ghl", size=SOURCES_PER_PAGE))

    def _get(self, path: str, version: str, **params: str) -> Reply:
        return self._call("GET", path, version, params={"locationId": self.location_id, **params})
