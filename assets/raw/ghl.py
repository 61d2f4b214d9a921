"""Raw GoHighLevel: contacts, opportunities, messages, appointments, statistics and metadata."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from assets.raw.cursors import utc_text
from assets.raw.feeds import Page, items, raw_asset
from pipeline.errors import RequestRefused, VendorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from assets.boundary import Stage

FIRST = 100
CHANNELS = ("Email", None)
"""The export leaves e-mail out unless it is asked for by name, and gives every other channel when none is named."""
STATUS_MOVES_FOR = timedelta(days=7)
"""A message keeps its date when its status moves: a bounce or click may come days after it was first read."""


def offered(stage: Stage, ask: Callable[[], Iterable[Any]]) -> Iterator[Any]:
    """Yield what a call lists; nothing, and a warning, where the location has no such thing (404).

    For what outreach can do without: calendars, statistics, opportunities, workflows, users.
    """
    try:
        yield from ask()
    except RequestRefused as error:
        if error.status != 404:
            raise
        stage.log.warning("left out, because it is not offered: %s", error)


def ghl_metadata(stage: Stage, _since: datetime | None) -> Iterator[Page]:
    """Fetch the location, its custom fields, workflows and users."""
    ghl = stage.vendors.ghl
    yield items("location", [ghl.location()])
    yield items("custom_field", ghl.custom_fields())
    yield items("workflow", list(offered(stage, ghl.workflows)))
    yield items("user", list(offered(stage, ghl.users)))


def ghl_contacts(stage: Stage, since: datetime | None) -> Iterator[Page]:
    """Fetch contacts that changed since the last run."""
    for _, content in stage.vendors.ghl.contacts(updated_since=since):
        yield Page(content, {"since": since.isoformat() if since else None})


def ghl_opportunities(stage: Stage, _since: datetime | None) -> Iterator[Page]:
    """Fetch every opportunity: the vendor has no filter for changed ones."""
    for _, content in offered(stage, stage.vendors.ghl.opportunities):
        yield Page(content, {})


def ghl_messages(stage: Stage, since: datetime | None) -> Iterator[Page]:
    """Fetch messages of the last days."""
    # Between two days only what is new is looked for: late changes of status can wait for the morning.
    begin = since if stage.is_watch or since is None else since - STATUS_MOVES_FOR
    for channel in CHANNELS:
        for _, content in stage.vendors.ghl.messages(since=begin, channel=channel):
            yield Page(content, {"channel": channel or "other"})


def messages_between(stage: Stage, begin: datetime, end: datetime) -> Iterator[Page]:
    """Fetch the messages of a past day; the export has no end to ask for, so that later ones are left out here."""
    for channel in CHANNELS:
        for rows, _ in stage.vendors.ghl.messages(since=begin, channel=channel):
            within = [row for row in rows if begin <= moment_of(row) < end]
            if within:
                yield Page(
                    json.dumps({"messages": within}, ensure_ascii=False).encode(), {"channel": channel or "other"}
                )


def moment_of(row: Mapping[str, Any]) -> datetime:
    """Return when a message was written."""
    return datetime.fromisoformat(utc_text(row.get("dateAdded") or 0))


def appointments_between(stage: Stage, begin: datetime, end: datetime) -> Iterator[Page]:
    """Fetch the appointments that began on a past day."""
    for _, content in offered(stage, lambda: stage.vendors.ghl.appointments(begin, end)):
        yield Page(content, {})


def ghl_appointments(stage: Stage, since: datetime | None) -> Iterator[Page]:
    """Fetch appointments from a month before the last run to three months ahead."""
    now = stage.now()
    begin, end = (since or now) - timedelta(days=31), now + timedelta(days=92)
    for _, content in offered(stage, lambda: stage.vendors.ghl.appointments(begin, end)):
        yield Page(content, {})


def ghl_email_stats(stage: Stage, _since: datetime | None) -> Iterator[Page]:
    """Fetch the cumulative statistics of each e-mail source: campaigns as scheduled, then every source by v3."""
    for found, _ in offered(stage, stage.vendors.ghl.email_campaigns):
        yield items("email_stats", list(found))
    try:
        found = [row for rows, _ in offered(stage, stage.vendors.ghl.email_stats) for row in rows]
    except VendorError as error:
        # What a day can do without never stops it; without the scope this is a 401.
        stage.log.warning("statistics of workflows and bulk actions are left out: %s", error)
    else:
        if found:
            yield items("email_stats", [{"id": f"{row.get('source')}:{row.get('sourceId')}", **row} for row in found])


ghl__metadata = raw_asset(
    "raw.ghl__metadata", ghl_metadata, meaning="Location, custom fields, workflows, users.", priority=FIRST
)
ghl__contacts = raw_asset("raw.ghl__contacts", ghl_contacts, meaning="The mirror of contacts.", moved_by="dateUpdated")
ghl__opportunities = raw_asset("raw.ghl__opportunities", ghl_opportunities, meaning="Opportunities.")
ghl__messages = raw_asset(
    "raw.ghl__messages",
    ghl_messages,
    meaning="Messages in both directions.",
    moved_by="dateAdded",
    window=messages_between,
)
ghl__appointments = raw_asset(
    "raw.ghl__appointments", ghl_appointments, meaning="Booked meetings.", window=appointments_between
)
ghl__email_stats = raw_asset("raw.ghl__email_stats", ghl_email_stats, meaning="Cumulative e-mail statistics.")
