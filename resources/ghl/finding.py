"""Finding contacts of one location: by id, else by address and phone; our key in the record decides whose it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

from pipeline.errors import RateLimited, UnexpectedAnswer, VendorUnavailable
from pipeline.models import Sighting
from resources.ghl.contacts import PREFIX, addresses_of, flatten, keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import Intent, Json
    from resources.ghl.client import GhlClient

    Row = dict[str, Json]

OBJECT = "contact"


class Finder:
    """Finds contacts, a few calls at a time. `key_field` is the field of our key, with `contact.`.

    `keys` maps custom field keys to ids; they are asked for once when it is not given.
    """

    def __init__(self, *, client: GhlClient, key_field: str, keys: Mapping[str, str] | None, at_once: int) -> None:
        self._client = client
        self.key_field = key_field
        self._given_keys = keys
        self._at_once = at_once
        self._asking = Lock()

    def look_up(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Return what became of intents, as `GhlWriter.look_up` says."""
        return [self.sight(intent, ours_only=True) for intent in intents]

    def read_back(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Return the contacts as stored, as `GhlWriter.read_back` says."""
        ids = sorted({intent.record_id for intent in intents if intent.record_id})
        with ThreadPoolExecutor(self._at_once) as pool:
            contacts = dict(zip(ids, pool.map(self._read, ids), strict=True))
        return [
            self._shown(contacts[intent.record_id], intent, ours_only=False)
            if intent.record_id
            else self.sight(intent, ours_only=False)
            for intent in intents
        ]

    def _read(self, contact_id: str) -> Row | Exception | None:
        try:
            return self._client.contact(contact_id)
        except (RateLimited, VendorUnavailable, UnexpectedAnswer) as error:
            return error

    def is_taken(self, values: Mapping[str, Json]) -> bool:
        """Tell whether the phone of these values belongs to a contact with another address or surname."""
        email, phone = str(values.get("email") or "").lower(), values.get("phone")
        holder = self._client.duplicate(phone=str(phone)) if email and phone else None
        if holder is None or email in addresses_of(holder):
            return False
        names = {str(each.get("lastName") or "").casefold() for each in (holder, values)} - {""}
        return bool(addresses_of(holder)) or len(names) > 1

    def sight(self, intent: Intent, *, ours_only: bool) -> Sighting:
        """Return what is there for an intent; with `ours_only` a record under another key is not it."""
        try:
            contact = self._client.contact(intent.record_id) if intent.record_id else self._find(intent.payload)
        except (RateLimited, VendorUnavailable, UnexpectedAnswer) as error:
            return self._shown(error, intent, ours_only=ours_only)
        return self._shown(contact, intent, ours_only=ours_only)

    def _shown(self, contact: Row | Exception | None, intent: Intent, *, ours_only: bool) -> Sighting:
        if isinstance(contact, Exception):
            return Sighting(found=None)
        if contact is None:
            return Sighting(found=False)
        values, key = flatten(contact, self._keys()), intent.payload.get(self.key_field)
        can_tell = key is not None and self.key_field.removeprefix(PREFIX) in self._keys()
        if ours_only and intent.operation == "insert" and can_tell and values.get(self.key_field) != key:
            # The address was there before under another key, or without one: our upsert did not reach it.
            return Sighting(found=False)
        return Sighting(found=True, object=OBJECT, record_id=str(contact["id"]), values=values)

    def _find(self, payload: Mapping[str, Json]) -> Row | None:
        email, phone = str(payload.get("email") or ""), payload.get("phone")
        found = self._client.duplicate(email=email) if email else None
        if found is None and phone:
            found = self._client.duplicate(phone=str(phone))
            if found is not None and email and email.lower() not in addresses_of(found):
                return None
        return self._client.contact(str(found["id"])) if found else None

    def keys_for(self, payload: Mapping[str, Json]) -> Mapping[str, str]:
        """Return the ids of custom fields by key, asked for only where a payload needs one."""
        return self._keys() if any(name.startswith(PREFIX) for name in payload) else {}

    def _keys(self) -> Mapping[str, str]:
        with self._asking:
            if self._given_keys is None:
                self._given_keys = keys_of(self._client.custom_fields())
            return self._given_keys
