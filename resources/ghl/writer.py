"""GoHighLevel as the applier sees it: one contact per call, tags by their own calls, e-mail before phone.

Upsert finds a contact by e-mail address, else by phone (GoHighLevel fact sheet §0). So that a number shared
by colleagues does not overwrite one with the other, a phone that belongs to somebody else is left out.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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
    body_of,
    channels_of,
    refused_channel,
)
from resources.ghl.finding import Finder
from resources.ghl.omitting import without_refused
from resources.ghl.outcomes import confirmed, rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.models import Intent, Json, Operation
    from resources.ghl.client import GhlClient

    Row = dict[str, Json]


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
        self._at_once = at_once
        self._finder = Finder(client=client, key_field=PREFIX + external_key, keys=keys, at_once=at_once)

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

    def look_up(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Ask what became of intents: by id, else by address and phone; our key in the record decides."""
        return self._finder.look_up(intents)

    def read_back(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Fetch the contacts as stored, custom fields under `customFields.<key>`."""
        return self._finder.read_back(intents)

    def _attempt(self, intent: Intent, stopped: list[Exception]) -> Outcome | Exception:
        if stopped:
            return stopped[0]
        try:
            return self._send(intent)
        except (QuotaExhausted, CredentialsRejected) as error:
            stopped.append(error)
            return error
        except UnexpectedAnswer as error:
            # To a look before the write, about this contact alone perhaps: the others have their turn.
            return Outcome(status="not_sent", message=str(error))

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
            return rejected("unsupported", f"GoHighLevel has no {intent.operation} for it")
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
            return rejected("no_identity", "no e-mail address or phone: a repeat would create another")
        body, left_out = body_of(values, self._finder.keys_for(values), UPSERT_KEYS)
        why: dict[str, str] = {}
        if self._finder.is_taken(values):
            del body["phone"]
            why["phone"] = "phone not sent, it belongs to another contact"
        contact, refused = self._sent(self._client.upsert, body, intent)
        return confirmed(contact["id"], left_out, why=why | refused, answer={"new": contact["new"]})

    def _update(self, intent: Intent) -> Outcome:
        body, left_out = body_of(intent.payload, self._finder.keys_for(intent.payload), UPDATE_KEYS)
        if not body:
            return rejected("no_field", f"an update takes none of {', '.join(sorted(left_out))}")
        _, refused = self._sent(lambda rest: self._client.update(_record(intent), rest), body, intent)
        return confirmed(_record(intent), left_out, why=refused)

    def _sent(self, call: Callable[[Row], Row], body: Row, intent: Intent) -> tuple[Row, dict[str, str]]:
        """Make a call, without what it refuses; return the answer, and why each field was left out."""
        fields = self._finder.keys_for(intent.payload)
        return without_refused(call, body, fields=fields, always=(self._finder.key_field,))

    def _set_optout(self, intent: Intent) -> Outcome:
        contact = self._client.contact(_record(intent))
        if contact is None:
            return rejected("not_found", f"contact {intent.record_id} does not exist any more")
        # Whether a PUT keeps the channels it does not name is not documented: all of them are sent.
        settings = {**channels_of(contact), **(intent.payload.get("dndSettings") or {})}
        self._client.update(_record(intent), {**intent.payload, "dndSettings": settings})
        return confirmed(_record(intent))

    def _tag(self, intent: Intent) -> Outcome:
        call = self._client.add_tags if intent.operation == "add_tags" else self._client.remove_tags
        call(_record(intent), list(intent.payload["tags"]))
        return confirmed(_record(intent))

    def _enrol(self, intent: Intent) -> Outcome:
        # Looked at right before: nothing that a person said meanwhile is walked past.
        try:
            contact = self._client.contact(_record(intent))
        except UnexpectedAnswer as error:
            return Outcome(status="not_sent", message=str(error))
        if contact is None:
            return rejected("not_found", f"contact {intent.record_id} does not exist any more")
        channel = refused_channel(contact, intent.payload.get("channels") or ())
        if channel is not None:
            return rejected("opted_out", f"contact {intent.record_id} asked not to be contacted ({channel})")
        self._client.enrol(_record(intent), str(intent.payload["workflow"]))
        return confirmed(_record(intent))

    def _unenrol(self, intent: Intent) -> Outcome:
        self._client.unenrol(_record(intent), str(intent.payload["workflow"]))
        return confirmed(_record(intent))

    def _refused(self, intent: Intent, error: RequestRefused) -> Outcome:
        meta = error.answer.get("meta") if isinstance(error.answer, dict) else None
        existing = meta.get("contactId") if isinstance(meta, dict) else None
        if existing is None and intent.operation == "insert" and error.status == 422:
            # A refused create is known to have created the contact all the same.
            existing = self._finder.sight(intent, ours_only=False).record_id
        return Outcome(status="rejected", record_id=existing, code=error.code, message=str(error), answer=error.answer)


def _record(intent: Intent) -> str:
    return str(intent.record_id)
