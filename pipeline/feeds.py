"""Feeds: how one landed answer is taken apart into the records of a raw table.

A feed names the raw table, where it lands, at which key of the answer the list of records stands and
which key of a record is its id. The answer is kept as received; splitting it again always gives the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import UnexpectedAnswer


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: its raw table, its landing place, and where its records stand in an answer.

    `inside` names a nested object to take instead of the record (the organisation of an Apollo person).
    """

    table: str
    vendor: str
    kind: str
    records_at: str
    id_at: str = "id"
    inside: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an answer: its place, its id (None where it has none), itself, what else is known."""

    position: int
    record_id: str | None
    payload: Mapping[str, Any]
    context: Mapping[str, Any] = field(default_factory=dict)


FEEDS: Mapping[str, Feed] = {
    feed.table: feed
    for feed in (
        Feed("raw.apollo__people", "apollo", "people", "matches"),
        Feed("raw.apollo__companies", "apollo", "people", "matches", inside="organization"),
        Feed("raw.apollo__sequences", "apollo", "sequences", "items"),
        Feed("raw.zoho__leads", "zoho", "leads", "data"),
        Feed("raw.zoho__contacts", "zoho", "contacts", "data"),
        Feed("raw.zoho__accounts", "zoho", "accounts", "data"),
        Feed("raw.zoho__deals", "zoho", "deals", "data"),
        Feed("raw.zoho__deleted", "zoho", "deleted", "data"),
        Feed("raw.zoho__metadata", "zoho", "metadata", "items"),
        Feed("raw.ghl__contacts", "ghl", "contacts", "contacts"),
        Feed("raw.ghl__opportunities", "ghl", "opportunities", "opportunities"),
        Feed("raw.ghl__messages", "ghl", "messages", "messages"),
        Feed("raw.ghl__appointments", "ghl", "appointments", "events"),
        Feed("raw.ghl__email_stats", "ghl", "email_stats", "items"),
        Feed("raw.ghl__metadata", "ghl", "metadata", "items"),
        # CSV files are landed as they are and taken apart by their own reader, not by `split`.
        Feed("raw.salesnav__people", "salesnav", "csv", ""),
        Feed("raw.salesnav__files", "salesnav", "csv", ""),
    )
}


def split(feed: Feed, content: bytes, *, place: str) -> list[Record]:
    """Return the records of one landed answer; an empty body has none.

    Raises:
        UnexpectedAnswer: it is not JSON, or has no list where the feed expects it; `place` names it.
    """
    if not content.strip():
        return []
    try:
        document = json.loads(content)
    except ValueError as error:
        raise UnexpectedAnswer(f"{place} is not complete JSON: {error}", vendor=feed.vendor) from error
    items = document.get(feed.records_at) if isinstance(document, dict) else None
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise UnexpectedAnswer(f"{place} has no list at {feed.records_at!r}", vendor=feed.vendor)
    found: list[Record] = []
    for position, item in enumerate(items):
        chosen = item.get(feed.inside) if feed.inside and isinstance(item, dict) else item
        if isinstance(chosen, Mapping) and chosen:
            identity = chosen.get(feed.id_at)
            found.append(Record(position, None if identity is None else str(identity), chosen))
    return found
