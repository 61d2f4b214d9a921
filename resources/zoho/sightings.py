"""Looking for records that we wrote or tried to write: by id, by our key, behind conversions, among the deleted.

COQL is the source of truth because the search index lags (Zoho fact sheet §3.3, §10). What COQL does not give
(tags, converted leads) comes from the list of records by id.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.errors import (
    CredentialsRejected,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
    VendorUnavailable,
)
from pipeline.models import Intent, Sighting
from resources.zoho import coql
from resources.zoho.reader import TERMS
from resources.zoho.seen import contact_of, indexed, is_converted, plain, sighting, title_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resources.zoho.client import ZohoClient
    from resources.zoho.rows import Row

HOMES = {"Leads": ("Leads", "Contacts"), "Contacts": ("Contacts", "Leads")}
"""Where a person's record may live now, the usual place first. These modules have our key; others may not."""

_UNKNOWN = (RateLimited, RequestRefused, UnexpectedAnswer, VendorUnavailable)
DELETED_WITHIN = timedelta(days=1)
"""How far back the deleted list is searched for a record that somebody deleted right after we made it."""

_TAGGING = frozenset({"add_tags", "remove_tags"})


class Observer:
    """Answers "what does Zoho hold for these intents now?", in batches."""

    def __init__(self, client: ZohoClient) -> None:
        self._client = client
        self._key = client.external_key
        self._known: dict[str, frozenset[str]] = {}

    def sight(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Return one sighting per intent, in order; `found` is None where Zoho gave no usable answer.

        Raises:
            QuotaExhausted, CredentialsRejected: Zoho could not be asked at all.
        """
        # Whose tags are wanted is looked at by the list, which shows the fields as well.
        tagged = {(intent.object, intent.record_id) for intent in intents if intent.operation in _TAGGING}
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, intent in enumerate(intents):
            has_tags = intent.record_id is not None and (intent.object, intent.record_id) in tagged
            groups[intent.object, _kind(intent, has_tags=has_tags)].append(place)
        seen: dict[int, Sighting] = {}
        for (module, kind), places in groups.items():
            members = [intents[place] for place in places]
            try:
                if kind == "convert":
                    found = [self._conversion(intent) for intent in members]
                elif kind == "delete":
                    found = self._remaining(module, members)
                else:
                    found = self._records(module, members, tags=kind == "tags")
            except _UNKNOWN:
                found = [Sighting(found=None) for _ in members]
            seen.update(zip(places, found, strict=True))
        return [seen[place] for place in range(len(intents))]

    def _records(self, module: str, intents: Sequence[Intent], *, tags: bool) -> list[Sighting]:
        key = {self._key} if self._is_keyed(module) else set[str]()
        fields = sorted({name for intent in intents for name in _fields(intent)} | key)
        ids = list(dict.fromkeys(intent.record_id for intent in intents if intent.record_id))
        by_id = self._by_id(module, ids, fields, tags=tags)
        missing = [intent for intent in intents if (intent.record_id or "") not in by_id]
        keys = [self._key_of(intent) for intent in missing] if key else []
        by_key = self._by_key(module, keys, fields, tags=tags)
        unseen = [i for i in missing if i.operation == "insert" and self._key_of(i) not in by_key]
        deleted = self._deleted(module, unseen)
        sightings = []
        for intent in intents:
            home, row = module, by_id.get(intent.record_id or "")
            if row is None:
                home, row = by_key.get(self._key_of(intent), (module, deleted.get(intent.intent_id)))
            sightings.append(sighting(home, row, _fields(intent)))
        return sightings

    def _by_id(self, module: str, ids: Sequence[str], fields: Sequence[str], *, tags: bool) -> dict[str, Row]:
        if not ids:
            return {}
        if not tags and len(fields) < coql.COLUMNS:
            try:
                return indexed(self._client.select(module, fields, "id", ids))
            except RequestRefused:
                pass  # a field that COQL cannot give: the list of records has all of them
        named = [*fields, "Tag"] if self._client.dialect.fields_required else ()
        return indexed(row for row in self._client.by_ids(module, ids, fields=named) if not is_converted(row))

    def _by_key(
        self, module: str, keys: Sequence[str], fields: Sequence[str], *, tags: bool
    ) -> dict[str, tuple[str, Row]]:
        """Return key → (module, row) over every place where a record of that key may live."""
        found: dict[str, tuple[str, Row]] = {}
        for home in HOMES.get(module, (module,)):
            wanted = [key for key in dict.fromkeys(keys) if key not in found]
            if not wanted:
                break
            rows = self._client.select(home, ["id"], self._key, wanted)
            held = {str(row["id"]): str(row.get(self._key)) for row in rows}
            known = fields if home == module else [name for name in fields if name in self._names(home)]
            details = self._by_id(home, list(held), known, tags=tags)
            found.update({held[name]: (home, row) for name, row in details.items()})
        wanted = [key for key in dict.fromkeys(keys) if key not in found]
        if module == "Leads" and wanted:
            found.update({key: ("Leads", row) for key, row in self._converted_leads(wanted).items()})
        return found

    def _converted_leads(self, keys: Sequence[str]) -> dict[str, Row]:
        """Return converted leads by key: only the search sees them; `equals` means "contains", so check.

        A call costs as much for many keys as for one; an edition that takes one only is asked one by one.
        """
        rows: list[Row] = []
        size = TERMS
        left = list(keys)
        while left:
            part = left[:size]
            try:
                rows += self._client.search_converted(self._key, part)
            except (RequestRefused, CredentialsRejected) as error:
                if len(part) > 1 and isinstance(error, RequestRefused):
                    size = 1
                    continue
                return {}  # searching needs a scope of its own; without it this place stays unseen
            left = left[size:]
        return {str(row[self._key]): row for row in rows if row.get(self._key) in keys}

    def _deleted(self, module: str, intents: Sequence[Intent]) -> dict[str, Row]:
        """Return intent id → record that was made and deleted since, by a person: it is not to be made again.

        The deleted list shows no field but the name, so that only a name that one deleted record has is believed.
        """
        names = {intent.intent_id: title_of(intent) for intent in intents if title_of(intent)}
        if not names:
            return {}
        by_name: dict[str, list[str]] = defaultdict(list)
        for rows, _ in self._client.deleted(module, since=self._client.now() - DELETED_WITHIN):
            for row in rows:
                by_name[plain(row.get("display_name"))].append(str(row["id"]))
        asked = Counter(names.values())
        return {
            intent_id: {"id": by_name[name][0]}
            for intent_id, name in names.items()
            if len(by_name.get(name, ())) == 1 and asked[name] == 1
        }

    def _remaining(self, module: str, intents: Sequence[Intent]) -> list[Sighting]:
        """Return which records are still there, by their ids only; our key is in another record by now."""
        rows = indexed(self._client.by_ids(module, [i.record_id or "" for i in intents], fields=["Modified_Time"]))
        return [
            Sighting(found=intent.record_id in rows, object=module, record_id=intent.record_id) for intent in intents
        ]

    def _conversion(self, intent: Intent) -> Sighting:
        """Return the contact that a lead became, or the lead itself, or that both are gone."""
        lead_id = intent.record_id or ""
        rows = self._client.by_ids("Leads", [lead_id])
        lead = rows[0] if rows else None
        if lead is not None and is_converted(lead) is None:
            lead = self._client.record("Leads", lead_id)
        if lead is not None and not is_converted(lead):
            return Sighting(found=True, object="Leads", record_id=lead_id)
        for field, value in (
            ("id", contact_of(lead)),
            (self._key, self._key_of(intent)),
            ("Email", lead.get("Email") if lead else None),
        ):
            contacts = self._client.select("Contacts", [self._key], field, [str(value)]) if value else []
            if len(contacts) == 1:
                return sighting("Contacts", contacts[0], [self._key])
        # A lead that is gone without a contact was deleted; a converted one must have a contact somewhere.
        return Sighting(found=None if lead else False, record_id=lead_id)

    def _is_keyed(self, module: str) -> bool:
        return module in HOMES or self._key in self._names(module)

    def _names(self, module: str) -> frozenset[str]:
        if module not in self._known:
            self._known[module] = frozenset(str(field["api_name"]) for field in self._client.fields(module))
        return self._known[module]

    def _key_of(self, intent: Intent) -> str:
        return str(intent.payload.get(self._key) or intent.person_key)


def _kind(intent: Intent, *, has_tags: bool) -> str:
    if intent.operation in {"convert", "delete"}:
        return intent.operation
    return "tags" if has_tags or intent.operation in _TAGGING else "fields"


def _fields(intent: Intent) -> list[str]:
    return [] if intent.operation in _TAGGING else list(intent.payload)
