"""GoHighLevel as the applier sees it: one contact per call, tags by their own calls, e-mail before phone.

Upsert finds a contact by e-mail address, else by phone (GoHighLevel fact sheet §0). So that a number shared
by colleagues does not overwrite one with the other, a phone that belongs to somebody else is left out.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

from pipeline.errors import (
    AnswerLost,
    CredentialsRejected,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
    VendorUnavailable,
)
from pipeline.models import Outcome, Sighting
from resources.ghl.contacts import (
    PREFIX,
    UPDATE_KEYS,
    UPSERT_KEYS,
    addresses_of,
    body_of,
    channels_of,
    flatten,
    keys_of,
    refused_channel,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.models import Intent, Json, Operation
    from resources.ghl.client import GhlClient

    Row = dict[str, Json]

OBJECT = "contact"
AT_ONCE = 4
"""Calls under way at the same time: a call takes a third of a second, and 10 a second are allowed."""
ROUND = 20


class GhlWriter:
    """Writes contacts of one location. `external_key` is the field of our key, without `contact.`.

    `keys` maps custom field keys to ids; they are asked for once when it is not given.
    """

    vendor = "ghl"

    def __init__(
        self,
        *,
        client: GhlClient,
        external_key: str = "leadflow_id",
        keys: Mapping[str, str] | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._client = client
        self._key_field = PREFIX + external_key
        self._given_keys = keys
        self._at_once = at_once
        self._asking = Lock()

    def batch_size(self, operation: Operation) -> int:
        """Return how many calls share a round: GoHighLevel has no bulk call for contacts.

        Enrolments that are under way when a process dies stay unknown for ever: never more than are sent at once.
        """
        return self._at_once if operation == "enrol" else ROUND

    def send(self, intents: Sequence[Intent]) -> list[Outcome]:
        """Send intents, a few at a time; outcomes in input order, errors as `pipeline.models.Writer` says."""
        stopped: list[Exception] = []
        with ThreadPoolExecutor(self._at_once) as pool:
            told = list(pool.map(lambda intent: self._attempt(intent, stopped), intents))
        stops = [each for each in told if isinstance(each, Exception)]
        if stops and len(stops) == len(told):
            raise stops[0]
        return [Outcome(status="not_sent", message=str(each)) if isinstance(each, Exception) else each for each in told]

    def _attempt(self, intent: Intent, stopped: list[Exception]) -> Outcome | Exception:
        if stopped:
            return stopped[0]
        try:
            return self._send(intent)
        except (QuotaExhausted, CredentialsRejected, UnexpectedAnswer) as error:
            stopped.append(error)
            return error

    def look_up(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Ask what became of intents: by id, else by address and phone; our key in the record decides."""
        return [self._sight(intent, ours_only=True) for intent in intents]

    def read_back(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Fetch the contacts as stored, custom fields under `customFields.<key>`."""
        ids = sorted({intent.record_id for intent in intents if intent.record_id})
        with ThreadPoolExecutor(self._at_once) as pool:
            contacts = dict(zip(ids, pool.map(self._read, ids), strict=True))
        return [
            self._shown(contacts[intent.record_id], intent, ours_only=False)
            if intent.record_id
            else self._sight(intent, ours_only=False)
            for intent in intents
        ]

    def _read(self, contact_id: str) -> Row | Exception | None:
        try:
            return self._client.contact(contact_id)
        except (RateLimited, VendorUnavailable, UnexpectedAnswer) as error:
            return error

    def _send(self, intent: Intent) -> Outcome:
        calls: Mapping[Operation, Callable[[Intent], Outcome]] = {
            "insert": self._insert,
            "update": self._update,
            "set_optout": self._set_optout,
            "add_tags": self._tag,
            "remove_tags": self._tag,
            "enrol": self._enrol,
            "unenrol": self._unenrol,
        }
        call = calls.get(intent.operation)
        if call is None or (intent.operation != "insert" and not intent.record_id):
            return _rejected("unsupported", f"GoHighLevel has no {intent.operation} for it")
        try:
            return call(intent)
        except AnswerLost as error:
            return Outcome(status="in_doubt", code=error.code, message=str(error), answer=error.answer)
        except RequestRefused as error:
            return self._refused(intent, error)
        except (RateLimited, VendorUnavailable) as error:
            return Outcome(status="not_sent", message=str(error))

    def _insert(self, intent: Intent) -> Outcome:
        values = {name: value for name, value in intent.payload.items() if value is not None}
        if not values.get("email") and not values.get("phone"):
            return _rejected("no_identity", "no e-mail address or phone: a repeat would create another")
        body, left_out = body_of(values, self._keys_for(values), UPSERT_KEYS)
        if self._is_taken(values):
            del body["phone"]
            left_out.append("phone (it belongs to another contact)")
        contact = self._client.upsert(body)
        return _confirmed(contact["id"], left_out, answer={"new": contact["new"]})

    def _update(self, intent: Intent) -> Outcome:
        body, left_out = body_of(intent.payload, self._keys_for(intent.payload), UPDATE_KEYS)
        if not body:
            return _rejected("no_field", f"an update takes none of {', '.join(sorted(left_out))}")
        self._client.update(_record(intent), body)
        return _confirmed(_record(intent), left_out)

    def _set_optout(self, intent: Intent) -> Outcome:
        contact = self._client.contact(_record(intent))
        if contact is None:
            return _rejected("not_found", f"contact {intent.record_id} does not exist any more")
        # Whether a PUT keeps the channels it does not name is not documented: all of them are sent.
        settings = {**channels_of(contact), **(intent.payload.get("dndSettings") or {})}
        self._client.update(_record(intent), {**intent.payload, "dndSettings": settings})
        return _confirmed(_record(intent))

    def _tag(self, intent: Intent) -> Outcome:
        call = self._client.add_tags if intent.operation == "add_tags" else self._client.remove_tags
        call(_record(intent), list(intent.payload["tags"]))
        return _confirmed(_record(intent))

    def _enrol(self, intent: Intent) -> Outcome:
        # Looked at right before: nothing that a person said meanwhile is walked past.
        try:
            contact = self._client.contact(_record(intent))
        except UnexpectedAnswer as error:
            return Outcome(status="not_sent", message=str(error))
        if contact is None:
            return _rejected("not_found", f"contact {intent.record_id} does not exist any more")
        channel = refused_channel(contact, intent.payload.get("channels") or ())
        if channel is not None:
            return _rejected("opted_out", f"contact {intent.record_id} asked not to be contacted ({channel})")
        self._client.enrol(_record(intent), str(intent.payload["workflow"]))
        return _confirmed(_record(intent))

    def _unenrol(self, intent: Intent) -> Outcome:
        self._client.unenrol(_record(intent), str(intent.payload["workflow"]))
        return _confirmed(_record(intent))

    def _refused(self, intent: Intent, error: RequestRefused) -> Outcome:
        meta = error.answer.get("meta") if isinstance(error.answer, dict) else None
        existing = meta.get("contactId") if isinstance(meta, dict) else None
        if existing is None and intent.operation == "insert" and error.status == 422:
            # A refused create is known to have created the contact all the same.
            existing = self._sight(intent, ours_only=False).record_id
        return Outcome(status="rejected", record_id=existing, code=error.code, message=str(error), answer=error.answer)

    def _is_taken(self, values: Mapping[str, Json]) -> bool:
        """Tell whether the phone of these values belongs to a contact with another address or surname."""
        email, phone = str(values.get("email") or "").lower(), values.get("phone")
        holder = self._client.duplicate(phone=str(phone)) if email and phone else None
        if holder is None or email in addresses_of(holder):
            return False
        names = {str(each.get("lastName") or "").casefold() for each in (holder, values)} - {""}
        return bool(addresses_of(holder)) or len(names) > 1

    def _sight(self, intent: Intent, *, ours_only: bool) -> Sighting:
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
        values, key = flatten(contact, self._keys()), intent.payload.get(self._key_field)
        can_tell = key is not None and self._key_field.removeprefix(PREFIX) in self._keys()
        if ours_only and intent.operation == "insert" and can_tell and values.get(self._key_field) != key:
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

    def _keys_for(self, payload: Mapping[str, Json]) -> Mapping[str, str]:
        return self._keys() if any(name.startswith(PREFIX) for name in payload) else {}

    def _keys(self) -> Mapping[str, str]:
        with self._asking:
            if self._given_keys is None:
                self._given_keys = keys_of(self._client.custom_fields())
            return self._given_keys


def _record(intent: Intent) -> str:
    return str(intent.record_id)


def _confirmed(record_id: str, left_out: Sequence[str] = (), *, answer: Json = None) -> Outcome:
    message = f"not sent, the call does not take it: {', '.join(sorted(left_out))}" if left_out else None
    return Outcome(status="confirmed", record_id=record_id, message=message, answer=answer)


def _rejected(code: str, message: str) -> Outcome:
    return Outcome(status="rejected", code=code, message=message)
