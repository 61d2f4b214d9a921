"""Zoho as the applier sees it: intents become writes, and each write's answer is walked record by record.

People are inserted by `/upsert` on our unique field, so that a write whose answer was lost can be sent again
without doubling anybody. No automation of the organisation is triggered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from pipeline.models import Intent, Operation, Outcome, Sighting
from resources.zoho import answers
from resources.zoho.activities import MODULES, ActivityDesk
from resources.zoho.client import WRITE_SIZE
from resources.zoho.removal import Removal
from resources.zoho.sightings import Observer

if TYPE_CHECKING:
    from resources.zoho.client import ZohoClient

Write = Callable[[Sequence[Intent]], list[Outcome]]

_NOT_ABOUT_RECORDS = frozenset(
    {
        "INVALID_MODULE",
        "INVALID_URL_PATTERN",
        "INVALID_REQUEST_METHOD",
        "NO_PERMISSION",
        "NOT_SUPPORTED",
        "REQUIRED_PARAM_MISSING",
    }
)
"""Refusals that every part of the batch would meet again: not worth halving."""


class ZohoWriter:
    """Writes to one organisation; see `pipeline.models.Writer` for the contract of each method."""

    vendor = "zoho"

    def __init__(self, *, client: ZohoClient) -> None:
        self._client = client
        self._observer = Observer(client)
        self._desk = ActivityDesk(client)
        self._removal = Removal(client)

    def batch_size(self, operation: Operation) -> int:
        """Return how many intents fit in one call: 100, and one lead per conversion."""
        return 1 if operation == "convert" else WRITE_SIZE

    def send(self, intents: Sequence[Intent]) -> list[Outcome]:
        """Send one batch of one object and operation (tags: one tag set).

        A batch that is refused as a whole is halved until the refused records stand alone.

        Raises:
            QuotaExhausted, CredentialsRejected, UnexpectedAnswer: nothing of the batch was executed.
        """
        if not intents:
            return []
        write: Write = {
            "insert": self._insert,
            "update": self._update,
            "set_optout": self._update,
            "add_tags": self._tag,
            "remove_tags": self._tag,
            "convert": self._convert,
            "add_task": self._hang,
            "add_note": self._hang,
            "delete": self._delete,
        }[intents[0].operation]
        homeless = intents[0].operation != "insert" and any(not intent.record_id for intent in intents)
        if homeless:
            raise ValueError(f"a {intents[0].operation} needs the id of a record")
        return self._written(intents, write)

    def look_up(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Ask what became of intents whose answer was lost.

        `found` says that the record exists (in Leads, Contacts or as a converted lead); a conversion has
        happened when `object` is Contacts. `values` holds the fields of the payload as Zoho has them now.
        """
        return self._sighted(intents)

    def read_back(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Fetch the written records with the fields that were written; for tags, `tags` lists all names."""
        return self._sighted(intents)

    def _sighted(self, intents: Sequence[Intent]) -> list[Sighting]:
        beside = [intent for intent in intents if intent.operation in MODULES]
        others = [intent for intent in intents if intent.operation not in MODULES]
        told = dict(zip((id(intent) for intent in others), self._observer.sight(others), strict=True))
        told |= zip((id(intent) for intent in beside), self._desk.sight(beside), strict=True)
        return [told[id(intent)] for intent in intents]

    def _written(self, intents: Sequence[Intent], write: Write) -> list[Outcome]:
        try:
            return write(intents)
        except AnswerLost as error:
            return [_told("in_doubt", intent, error) for intent in intents]
        except (VendorUnavailable, RateLimited) as error:
            return [_told("not_sent", intent, error) for intent in intents]
        except RequestRefused as error:
            if len(intents) == 1 or error.code in _NOT_ABOUT_RECORDS:
                return [answers.refused(error, intent.record_id) for intent in intents]
        return self._halved(intents, write)

    def _halved(self, intents: Sequence[Intent], write: Write) -> list[Outcome]:
        half = len(intents) // 2
        known: list[Outcome] = []
        for part in (intents[:half], intents[half:]):
            try:
                known += self._written(part, write)
            except (QuotaExhausted, CredentialsRejected, UnexpectedAnswer) as error:
                if not known:
                    raise
                known += [_told("not_sent", intent, error) for intent in part]
        return known

    def _insert(self, intents: Sequence[Intent]) -> list[Outcome]:
        key = self._client.external_key
        rows = [{key: intent.person_key, **intent.payload} for intent in intents]
        return self._client.upsert(intents[0].object, rows, check=[key], priority=_priority(intents))

    def _update(self, intents: Sequence[Intent]) -> list[Outcome]:
        rows = [{**intent.payload, "id": intent.record_id} for intent in intents]
        return self._client.update(intents[0].object, rows, priority=_priority(intents))

    def _tag(self, intents: Sequence[Intent]) -> list[Outcome]:
        first = intents[0]
        call = self._client.add_tags if first.operation == "add_tags" else self._client.remove_tags
        ids = [intent.record_id or "" for intent in intents]
        return call(first.object, ids, first.payload["tags"], priority=_priority(intents))

    def _hang(self, intents: Sequence[Intent]) -> list[Outcome]:
        try:
            return self._desk.create(intents, priority=_priority(intents))
        except CredentialsRejected as error:
            if error.status != 403:
                raise
            # A profile without tasks or notes: that is a row to look at, and no reason to stop everything else.
            refusal = RequestRefused(str(error), vendor="zoho", status=403, code=error.code or "NO_PERMISSION")
            return [answers.refused(refusal, None) for _ in intents]

    def _convert(self, intents: Sequence[Intent]) -> list[Outcome]:
        outcomes = []
        for intent in intents:
            outcome = self._client.convert(intent.record_id or "", intent.payload, priority=_priority(intents))
            if outcome.code == "ID_ALREADY_CONVERTED":
                # By us, with an answer that was lost, or by a person: either way the contact is the result.
                seen = self._observer.sight([intent])[0]
                if seen.found and seen.object == "Contacts":
                    outcome = Outcome(status="confirmed", record_id=seen.record_id, code=outcome.code)
            outcomes.append(outcome)
        return outcomes

    def _delete(self, intents: Sequence[Intent]) -> list[Outcome]:
        return self._removal.delete(intents, priority=_priority(intents))


def _priority(intents: Sequence[Intent]) -> str:
    return "optout" if any(intent.lane == "optout" for intent in intents) else "normal"


def _told(status: str, intent: Intent, error: Exception) -> Outcome:
    code = getattr(error, "code", None)
    return Outcome(status=status, record_id=intent.record_id, code=code, message=str(error))  # type: ignore[arg-type]
