"""One lane of a plan, sent operation by operation, in rounds: what proved absent is sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.planning.plans import OPERATIONS
from resources.deleting import deletable
from resources.jobs import BY_JOB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.models import Intent, Lane, Operation
    from resources.jobs import JobRunner
    from resources.ledger import Ledger, Plan
    from resources.progress import Progress
    from resources.reading import Reader
    from resources.sending import Sender
    from resources.settler import Settled

PASSES = 3
"""Rounds of sending within one apply: a lost answer is settled, and what proved absent is sent again."""
BEFORE_CONVERSION = frozenset({"update", "remove_tags", "add_tags"})
"""What a vendor refuses once the lead is converted."""


class LaneSender:
    """Sends the lanes of plans to one vendor. Use it under the applier's lock only.

    Args:
        ledger: the ledger of the workspace.
        sender: the route of ordinary calls.
        jobs: the route of bulk jobs, None where there is none.
        reader: reads back what is compared before it cannot be read any more.
        settle: asks about what is in doubt; whether it may wait until absence can be believed.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        sender: Sender,
        jobs: JobRunner | None,
        reader: Reader,
        settle: Callable[[bool], Settled],
    ) -> None:
        self.ledger = ledger
        self._sender = sender
        self._jobs = jobs
        self._reader = reader
        self._settle = settle
        self._landed = 0

    def send(self, plan: Plan, lane: Lane, progress: Progress) -> None:
        """Send what a lane of a plan wants; what stopped it, was held or stayed in doubt is told by `progress`.

        Raises:
            QuotaExhausted, CredentialsRejected, VendorError: sending stopped; sending again continues.
        """
        left = PASSES
        while left:
            progress.begin()
            self._landed = 0
            for operation in OPERATIONS:
                self._phase(plan, lane, operation, progress)
                if progress.stopped is not None:
                    return
                if progress.is_halted:
                    break
            if not progress.is_unfinished or (progress.untaken and not progress.has_taken):
                # Another round is for what the vendor left out, not for a vendor that takes nothing.
                return
            self._ask(wait=True)
            # A vendor that carries out what it gives no answer to gets the rest, too.
            left -= not (progress.is_halted and self._landed)

    def _phase(self, plan: Plan, lane: Lane, operation: Operation, progress: Progress) -> None:
        planned = self.ledger.planned_intents(plan.plan_hash, lane=lane, operation=operation)
        if operation == "convert" and planned:
            # Afterwards a lead cannot be read any more: what was written to it is compared before.
            self._reader.read({intent.person_key for intent in planned})
            planned = self._convertible(plan, planned, progress)
        if operation == "delete" and planned:
            # So is what of a second record went to the first.
            self._reader.read({intent.person_key for intent in planned})
            planned = deletable(self.ledger, plan, planned)
        was_unfinished, progress.is_unfinished = progress.is_unfinished, False
        if self._jobs is not None and lane == "normal" and operation in BY_JOB:
            self._jobs.run(operation, planned, progress, lambda singly: self._sender.send(singly, progress))
        elif planned:
            self._sender.send(planned, progress)
        if progress.is_unfinished:
            self._ask(wait=False)
        progress.is_unfinished |= was_unfinished

    def _ask(self, *, wait: bool) -> None:
        self._landed += self._settle(wait).confirmed

    def _convertible(self, plan: Plan, planned: Sequence[Intent], progress: Progress) -> list[Intent]:
        """Return the conversions of people of whom nothing else waits; the others have their turn in the next round."""
        waiting = self.ledger.planned_intents(plan.plan_hash, has_payload=False)
        unready = {intent.person_key for intent in waiting if intent.operation in BEFORE_CONVERSION}
        for intent in planned:
            if intent.person_key in unready:
                progress.held[intent.intent_id] = "another write to its lead was not taken yet"
        return [intent for intent in planned if intent.person_key not in unready]
