"""Deleting second records: looked at a last time, one by one, right before the call.

Zoho has no conditional delete (`If-Unmodified-Since` is for updates, Zoho fact sheet §0.2), so that between this look
and the call a few seconds remain. What is deleted lies in the recycle bin for 60 days (§3.2).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import CredentialsRejected, RequestRefused
from pipeline.models import Intent, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from resources.zoho.client import ZohoClient

WATCHED = (
    *("Notes", "Attachments", "Tasks", "Events", "Calls", "Activities", "Deals", "Campaigns"),
    *("Cases", "Quotes", "Sales_Orders", "Invoices", "Products", "Visits_Zoho_Livedesk"),
)
"""Related lists in which people's work hangs on a lead or contact; those that the module has are looked at."""


class Removal:
    """Deletes records of one organisation that nobody touched and nothing hangs on."""

    def __init__(self, client: ZohoClient) -> None:
        self._client = client
        self._lists: dict[str, tuple[str, ...]] = {}

    def delete(self, intents: Sequence[Intent], *, priority: str) -> list[Outcome]:
        """Return one outcome per deletion, of one module; refused are those that are not what the plan saw.

        Raises:
            What `Door.call` raises, while nothing was deleted.
        """
        module = intents[0].object
        now = {row["id"]: row for row in self._client.by_ids(module, _ids(intents), fields=["Modified_Time"])}
        firsts = list(dict.fromkeys(str(intent.payload["duplicate_of"]["id"]) for intent in intents))
        there = {row["id"] for row in self._client.by_ids(module, firsts, fields=["Modified_Time"])}
        told = {intent.intent_id: self._refusal(intent, now, there) for intent in intents}
        ready = [intent for intent in intents if told[intent.intent_id] is None]
        outcomes = self._client.delete(module, _ids(ready), priority=priority) if ready else []
        done = dict(zip((intent.intent_id for intent in ready), outcomes, strict=True))
        return [told[intent.intent_id] or done[intent.intent_id] for intent in intents]

    def _refusal(self, intent: Intent, now: Mapping[str, Mapping[str, object]], firsts: set[str]) -> Outcome | None:
        """Return why a record is not deleted (or that it is gone already), None when it may be."""
        record_id = intent.record_id or ""
        row = now.get(record_id)
        if row is None:
            return Outcome(status="confirmed", record_id=record_id, code="GONE", message="somebody deleted it before")
        planned = _moment(intent.payload.get("modified_at"))
        if planned is None or _moment(row.get("Modified_Time")) != planned:
            return _refused(record_id, "CHANGED_SINCE", "it was changed since the plan was made")
        if str(intent.payload["duplicate_of"]["id"]) not in firsts:
            return _refused(record_id, "FIRST_IS_GONE", "the record that was to stay is not there any more")
        try:
            for name in self._lists_of(intent.object):
                if self._client.related(intent.object, record_id, name):
                    return _refused(record_id, "NOT_ALONE", f"something hangs on it: {name}")
        except (RequestRefused, CredentialsRejected) as error:
            return _refused(record_id, "NOT_LOOKED_AT", f"nobody can say what hangs on it: {error}")
        return None

    def _lists_of(self, module: str) -> tuple[str, ...]:
        if module not in self._lists:
            has = {str(row["api_name"]) for row in self._client.related_lists(module)}
            self._lists[module] = tuple(name for name in WATCHED if name in has)
        return self._lists[module]


def _moment(told: object) -> datetime | None:
    """Return a moment, whatever zone it was told in: lists tell the user's, bulk read may tell another."""
    try:
        return datetime.fromisoformat(str(told))
    except ValueError:
        return None


def _ids(intents: Sequence[Intent]) -> list[str]:
    return [intent.record_id or "" for intent in intents]


def _refused(record_id: str, code: str, message: str) -> Outcome:
    return Outcome(
        status="rejected", record_id=record_id, code=code, message=f"not deleted: {message}", answer={"code": code}
    )
