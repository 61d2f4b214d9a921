"""Tasks and notes beside a record: made once, found again by the reference in their title (Zoho fact sheet §7.2).

Zoho has no upsert for either. COQL searches a task by its subject, without lag; text areas cannot be searched, so
the reference stands in the title. Notes have no COQL: they are listed below their record, oldest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import RateLimited, RequestRefused, UnexpectedAnswer, VendorUnavailable
from pipeline.models import Sighting
from resources.zoho.sightings import DELETED_WITHIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.models import Intent, Json, Outcome
    from resources.zoho.client import ZohoClient
    from resources.zoho.rows import Row

MODULES: Mapping[str, str] = {"add_task": "Tasks", "add_note": "Notes"}
TITLES: Mapping[str, str] = {"Tasks": "Subject", "Notes": "Note_Title"}
TEXTS: Mapping[str, str] = {"Tasks": "Description", "Notes": "Note_Content"}
WHO = "Contacts"
"""The module whose tasks hang at `Who_Id`; those of every other hang at `What_Id`."""

_UNKNOWN = (RateLimited, RequestRefused, UnexpectedAnswer, VendorUnavailable)


class ActivityDesk:
    """Makes tasks and notes, and tells which of them are there."""

    def __init__(self, client: ZohoClient) -> None:
        self._client = client

    def create(self, intents: Sequence[Intent], *, priority: str = "normal") -> list[Outcome]:
        """Make the tasks or notes of one batch; never repeated, because that would double them."""
        module = MODULES[intents[0].operation]
        rows = [self._row(module, intent) for intent in intents]
        return self._client.insert(module, rows, priority=priority)

    def sight(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Return what Zoho holds for each, by its id where that is known, else by its reference.

        `values` holds the fields of the payload; `found` is None where Zoho gave no usable answer.

        Raises:
            QuotaExhausted, CredentialsRejected: Zoho could not be asked at all.
        """
        seen: dict[str, Sighting] = {}
        for operation, module in MODULES.items():
            members = [intent for intent in intents if intent.operation == operation]
            if not members:
                continue
            try:
                rows = self._tasks(members) if module == "Tasks" else self._notes(members)
            except _UNKNOWN:
                seen |= {intent.intent_id: Sighting(found=None) for intent in members}
            else:
                seen |= {intent.intent_id: _sighting(intent, rows) for intent in members}
        return [seen[intent.intent_id] for intent in intents]

    def _row(self, module: str, intent: Intent) -> Row:
        fields, parent = dict(intent.payload["fields"]), intent.record_id or ""
        if module == "Notes":
            return {**fields, **self._client.dialect.note_parent(intent.object, parent)}
        if intent.object == WHO:
            return {**fields, "Who_Id": {"id": parent}}
        return {**fields, "What_Id": {"id": parent}, "$se_module": intent.object}

    def _tasks(self, intents: Sequence[Intent]) -> dict[str, Row]:
        names = sorted({name for intent in intents for name in intent.payload["fields"]} | {"Subject", "Description"})
        known = [str(intent.payload["id"]) for intent in intents if intent.payload.get("id")]
        found = {str(row["id"]): row for row in self._select(names, "id", known)}
        unknown = [intent for intent in intents if not intent.payload.get("id")]
        by_title = self._select(names, "Subject", [intent.payload["fields"]["Subject"] for intent in unknown])
        found |= _by_reference(by_title, unknown, "Tasks")
        # Somebody may have given it another subject: then its text still names the event.
        for field, is_who in (("Who_Id", True), ("What_Id", False)):
            rest = [one for one in unknown if _name(one) not in found and (one.object == WHO) == is_who]
            beside = self._select(names, field, sorted({one.record_id or "" for one in rest}))
            found |= _by_reference(beside, rest, "Tasks")
        return found | self._deleted([one for one in unknown if _name(one) not in found])

    def _select(self, names: Sequence[str], field: str, values: Sequence[str]) -> list[Row]:
        """Return tasks by COQL; all that are listed where an organisation does not answer that."""
        if not values:
            return []
        try:
            return self._client.select("Tasks", names, field, values)
        except RequestRefused:
            if field == "id":
                return self._client.by_ids("Tasks", values, fields=names)
            return [row for rows, _ in self._client.records("Tasks") for row in rows]

    def _deleted(self, intents: Sequence[Intent]) -> dict[str, Row]:
        """Return reference → a task that was made, and deleted by a person since: it is not made again."""
        if not intents:
            return {}
        since = self._client.now() - DELETED_WITHIN
        gone = [row for rows, _ in self._client.deleted("Tasks", since=since) for row in rows]
        named = [{**row, "Subject": row.get("display_name")} for row in gone]
        return _by_reference(named, intents, "Tasks")

    def _notes(self, intents: Sequence[Intent]) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for place in dict.fromkeys((intent.object, intent.record_id or "") for intent in intents):
            here = [intent for intent in intents if (intent.object, intent.record_id or "") == place]
            known = {str(intent.payload["id"]) for intent in here if intent.payload.get("id")}
            try:
                rows = self._client.notes(*place)
            except RequestRefused:
                # The record is gone; what has an id can still be asked for by it.
                if len(known) < len(here):
                    raise
                rows = []
            found |= {str(row["id"]): row for row in rows} | _by_reference(rows, here, "Notes")
            moved = [self._client.record("Notes", name) for name in sorted(known - set(found))]
            found |= {str(row["id"]): row for row in moved if row is not None}
        return found


def _name(intent: Intent) -> str:
    return str(intent.payload["reference"])


def _by_reference(rows: Iterable[Row], intents: Sequence[Intent], module: str) -> dict[str, Row]:
    """Return reference → the first row whose title or text holds it."""
    wanted = [_name(intent) for intent in intents]
    found: dict[str, Row] = {}
    for row in rows:
        said = f"{row.get(TITLES[module])} {row.get(TEXTS[module])}"
        for name in wanted:
            if name in said:
                found.setdefault(name, row)
    return found


def _sighting(intent: Intent, rows: Mapping[str, Row]) -> Sighting:
    known = intent.payload.get("id")
    row = rows.get(str(known) if known else _name(intent))
    if row is None:
        return Sighting(found=False)
    values: dict[str, Json] = {name: row.get(name) for name in intent.payload["fields"]}
    return Sighting(found=True, record_id=str(row["id"]), values=values)
