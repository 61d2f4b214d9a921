"""Sending planned intents to a vendor in batches: claimed and marked in the ledger before each call.

A wave of batches shares its commits, so that a vendor that takes one record per call does not cost three
synced commits per record. Whatever stops a wave, each intent ends as the vendor left it: with an outcome,
planned again because its call was never made, or in doubt.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.errors import AnswerLost, CredentialsRejected, QuotaExhausted, RateLimited, VendorUnavailable
from pipeline.models import Intent, Outcome, Writer
from pipeline.planning.plans import ACTIVITIES
from resources.admission import admitted
from resources.ledger.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from resources.ledger import Ledger
    from resources.progress import Progress

WAVE, CALLS = 50, 4
"""Intents and calls that share their commits, at least: a crash leaves at most 50 single calls or 4 full ones to
ask about."""

NOT_EXECUTED = (QuotaExhausted, CredentialsRejected, RateLimited, VendorUnavailable)
"""Errors after which the batch was certainly not executed; AnswerLost, one of the last, is the exception."""

UNREADABLE = "the answer does not tell of each record"
Batch = list[Intent]


class Sender:
    """Sends the intents of one vendor. Use it under the applier's lock only."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        writer: Writer,
        run_id: str,
        owner: str,
        guard: Callable[[Intent], str | None] | None = None,
        converts_to: str = "Contacts",
        between: Callable[[], bool] = lambda: False,
    ) -> None:
        self.ledger = ledger
        self.writer = writer
        self.run_id = run_id
        self.owner = owner
        self.guard = guard
        self.converts_to = converts_to
        self.between = between

    def send(self, planned: Sequence[Intent], progress: Progress) -> None:
        """Send planned intents of one lane and operation.

        Raises:
            QuotaExhausted, CredentialsRejected, VendorError: as the writer raised them, after every outcome
                that is known was recorded and every call that was not made was planned again.
        """
        doubted = self.ledger.people_under_way(self.writer.vendor)
        ready = self._resolved([intent for intent in planned if intent.person_key not in doubted], progress)
        for intent in planned:
            if intent.person_key in doubted:
                progress.held[intent.intent_id] = "sent before, answer lost: asking the vendor first"
        for wave in _waves(_batches(ready, self.writer)):
            if progress.stopped is None and not progress.is_halted:
                self._send_wave(self._still_planned(wave) if self.between() else wave, progress)

    def _still_planned(self, wave: Sequence[Batch]) -> list[Batch]:
        """Return what is left of a wave when something else was sent since: the same opt-out, perhaps."""
        known = self.ledger.intents_named([intent.intent_id for batch in wave for intent in batch])
        left = [[intent for intent in batch if known[intent.intent_id].state == "planned"] for batch in wave]
        return [batch for batch in left if batch]

    def _resolved(self, planned: Sequence[Intent], progress: Progress) -> list[Intent]:
        """Give intents the record that was made for their person since they were planned."""
        if planned and planned[0].operation in ACTIVITIES:
            # What hangs at a lead hangs at the contact that it was converted to a moment ago.
            became = History(self.ledger.store).became(self.writer.vendor)
            homes = [became.get((item.object, item.record_id or ""), (item.object, item.record_id)) for item in planned]
            pairs = zip(planned, homes, strict=True)
            planned = [replace(item, object=kind, record_id=record_id) for item, (kind, record_id) in pairs]
        if all(intent.record_id is not None or intent.operation == "insert" for intent in planned):
            return list(planned)
        places = self.ledger.id_map(self.writer.vendor)
        coming = self.ledger.people_to_create(self.writer.vendor)
        found, orphans = [], []
        for intent in planned:
            if intent.record_id is not None or intent.operation == "insert":
                found.append(intent)
            elif intent.person_key in places:
                kind, record_id = places[intent.person_key]
                found.append(replace(intent, object=kind, record_id=record_id))
            elif intent.person_key in coming:
                progress.held[intent.intent_id] = "its record was not taken yet"
            else:
                orphans.append(intent)
        self.ledger.supersede(orphans, "its record was not created")
        return found

    def _send_wave(self, wave: Sequence[Batch], progress: Progress) -> None:
        passed = [admitted(self.ledger, self.guard, batch, progress.held) for batch in wave]
        claimed = self.ledger.claim(
            [intent for batch in passed for intent in batch], owner=self.owner, run_id=self.run_id
        )
        for intent in claimed.intents:
            # What held it in an earlier pass does not any more.
            progress.held.pop(intent.intent_id, None)
        progress.held.update(claimed.refused)
        mine = {intent.intent_id: intent for intent in self.ledger.mark_sent(claimed.intents)}
        batches = [[mine[intent.intent_id] for intent in batch if intent.intent_id in mine] for batch in passed]
        waiting = [batch for batch in batches if batch]
        results: list[tuple[Intent, Outcome]] = []
        try:
            while waiting:
                reason = self._pause(waiting[0])
                if reason is not None:
                    progress.stopped = f"paused: {reason}"
                    break
                results += self._call(waiting.pop(0), progress)
                if progress.stopped is not None or progress.is_halted:
                    break
        finally:
            # Also on the way out of an error: what is known is kept, what was never sent is free again.
            never_sent = [(intent, Outcome(status="not_sent")) for batch in waiting for intent in batch]
            if results or never_sent:
                progress.recognised += self.ledger.settle([*results, *never_sent], converts_to=self.converts_to)

    def _call(self, batch: Batch, progress: Progress) -> list[tuple[Intent, Outcome]]:
        try:
            outcomes = self.writer.send(batch)
        except NOT_EXECUTED as error:
            if not isinstance(error, AnswerLost):
                self.ledger.settle([(intent, Outcome(status="not_sent")) for intent in batch])
            raise
        if len(outcomes) != len(batch):
            # Nobody can tell which answer belongs to which record: all of them are asked about.
            progress.note(batch, [Outcome(status="in_doubt", message=UNREADABLE) for _ in batch])
            return []
        progress.note(batch, outcomes)
        return list(zip(batch, outcomes, strict=True))

    def _pause(self, batch: Batch) -> str | None:
        return None if batch[0].lane == "optout" else self.ledger.paused(self.writer.vendor)


def _batches(planned: Iterable[Intent], writer: Writer) -> Iterator[Batch]:
    """Yield batches that fit one call: one object, operation and tag set each."""
    alike: dict[tuple[str, str, tuple[str, ...]], Batch] = {}
    for intent in planned:
        tags = tuple(intent.payload.get("tags", ())) if intent.operation in {"add_tags", "remove_tags"} else ()
        alike.setdefault((intent.object, intent.operation, tags), []).append(intent)
    for members in alike.values():
        size = max(writer.batch_size(members[0].operation), 1)
        # What got no answer before stands behind what was not tried: it stops nobody else.
        members.sort(key=lambda intent: intent.attempt)
        for start in range(0, len(members), size):
            yield members[start : start + size]


def _waves(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    wave: list[Batch] = []
    for batch in batches:
        wave.append(batch)
        # What was marked as sent when a process dies, of enrolments, is never sent again: no more than are under way.
        is_alone = batch[0].operation == "enrol"
        if is_alone or (sum(map(len, wave)) >= WAVE and len(wave) >= CALLS):
            yield wave
            wave = []
    if wave:
        yield wave
