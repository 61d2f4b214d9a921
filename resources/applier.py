"""The applier: takes a plan's hash and makes the vendor agree with it.

Order: settle what is in doubt, opt-outs (exempt from every gate), then the normal lane if every required
verdict holds for this very hash: inserts and updates, tags, read-back of what will be converted, conversions.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from pipeline.errors import LeadflowError
from pipeline.planning.plans import LANES, OPERATIONS
from resources.admission import Admission
from resources.reading import KindOf, ReadBack, Reader
from resources.sending import Progress, Sender
from resources.settler import Settled, Settler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.models import Intent, Lane, Operation, Writer
    from resources.ledger import Ledger, Plan

LOCK_WAIT_SECONDS = 30.0
PASSES = 3
"""Rounds of sending within one apply: a lost answer is settled, and what proved absent is sent again."""


class ApplierBusy(LeadflowError):
    """Another process is applying to this vendor."""

    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Where the intents of a plan stand after an apply; `stopped` says why it ended early, in words."""

    planned: int = 0
    confirmed: int = 0
    rejected: int = 0
    in_doubt: int = 0
    held: int = 0
    recognised: int = 0
    stopped: str | None = None


class Applier:
    """Applies plans to one vendor; one at a time per lock file, whoever starts it.

    Args:
        ledger: the ledger of the workspace.
        writer: the vendor.
        run_id: run that the writes are booked on.
        clock: gives the moment, aware UTC.
        lock_path: file whose lock dies with its process.
        horizon_seconds: how long a call whose answer was lost may still be executed.
        required_checks: names of the verdicts without which the normal lane stays closed.
        guard: judges an intent of the normal lane again when it is claimed: why it must not go, or None.
        freshness: intent id → why its record moved since the plan was made.
        moved_share: share of moved records past which the whole plan is refused.
        needs_approval: the normal lane waits for a person.
        key_field: the vendor's field of our key, to be carried through conversions.
        converts_to: object that a conversion makes.
        kind_of: (object, field) → field type, from the mapping.
        patience_seconds: how long `settle` may wait for in-flight horizons to pass.
        pause: sleeps.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        writer: Writer,
        run_id: str,
        clock: Callable[[], datetime],
        lock_path: Path,
        horizon_seconds: Callable[[Operation], float],
        required_checks: Sequence[str],
        guard: Callable[[Intent], str | None] | None = None,
        freshness: Callable[[Sequence[Intent]], Mapping[str, str]] | None = None,
        moved_share: float = 1.0,
        needs_approval: bool = False,
        key_field: str | None = None,
        converts_to: str = "Contacts",
        kind_of: KindOf = lambda _object, _field: "text",
        patience_seconds: float = 150.0,
        pause: Callable[[float], None] = time.sleep,
        lock_wait: float = LOCK_WAIT_SECONDS,
    ) -> None:
        self.ledger = ledger
        self.writer = writer
        self.key_field = key_field
        self.patience_seconds = patience_seconds
        self._lock = FileLock(str(lock_path), timeout=lock_wait)
        owner = f"{run_id}/{os.getpid()}"
        self._sender = Sender(
            ledger=ledger, writer=writer, run_id=run_id, owner=owner, guard=guard, converts_to=converts_to
        )
        self._admission = Admission(
            ledger=ledger,
            vendor=writer.vendor,
            required_checks=required_checks,
            freshness=freshness,
            moved_share=moved_share,
            needs_approval=needs_approval,
        )
        self._settler = Settler(
            ledger=ledger,
            writer=writer,
            clock=clock,
            horizon_seconds=horizon_seconds,
            kind_of=kind_of,
            converts_to=converts_to,
            pause=pause,
        )
        self._reader = Reader(
            ledger=ledger, writer=writer, kind_of=kind_of, key_field=key_field, converts_to=converts_to
        )

    def settle(self, *, patience_seconds: float | None = None) -> Settled:
        """Ask the vendor about every intent in doubt, waiting (bounded) until absence can be believed.

        Raises:
            ApplierBusy: another process is applying to this vendor.
            VendorError: the vendor could not be asked; everything stays in doubt.
        """
        with self._locked():
            return self._settler.settle(self.patience_seconds if patience_seconds is None else patience_seconds)

    def apply(self, plan_hash: str, *, lanes: Sequence[Lane] = LANES) -> Applied:
        """Send what the plan wants and the vendor does not have yet. Applying again sends nothing twice.

        Raises:
            ApplierBusy: another process is applying to this vendor.
            GateClosed: a newer plan exists (nothing was sent); or a required verdict is missing or failed, or
                too many records moved (opt-outs were sent, nothing else).
            ApprovalNeeded: the normal lane waits for a person; opt-outs were sent.
            QuotaExhausted, VendorError: sending stopped; applying again continues.
        """
        with self._locked():
            self.settle()
            plan = self._admission.current(self.ledger.plan(plan_hash))
            self.ledger.plan_intents(plan.plan_hash)
            progress = Progress()
            if "optout" in lanes:
                self._send_lane(plan, "optout", progress)
            if "normal" in lanes and progress.stopped is None:
                self._admission.verify(plan)
                self._admission.drop_moved(plan)
                self._send_lane(plan, "normal", progress)
                if progress.stopped is None:
                    self.ledger.mark_applied(plan.plan_hash)
            return self._tally(plan, lanes, progress)

    def read_back(self) -> ReadBack:
        """Read back everything confirmed and not yet read; carry our key where a conversion dropped it."""
        with self._locked():
            found = self._reader.read()
            if found.uncarried and self.key_field is not None:
                progress = Progress()
                follow_ups = [self._carrying(intent) for intent in found.uncarried]
                wanted = self.ledger.add_intents([intent for intent in follow_ups if intent is not None])
                self._sender.send([intent for intent in wanted if intent.state == "planned"], progress)
                again = self._reader.read()
                joined = {name: found.counts.get(name, 0) + count for name, count in again.counts.items()}
                return ReadBack({**found.counts, **joined}, found.uncarried)
            return found

    def _send_lane(self, plan: Plan, lane: Lane, progress: Progress) -> None:
        for _ in range(PASSES):
            progress.is_doubtful = False
            for operation in OPERATIONS:
                self._send_phase(plan, lane, operation, progress)
                if progress.stopped is not None:
                    return
            if not progress.is_doubtful:
                return
            self.settle()

    def _send_phase(self, plan: Plan, lane: Lane, operation: Operation, progress: Progress) -> None:
        planned = self.ledger.planned_intents(plan.plan_hash, lane=lane, operation=operation)
        if not planned:
            return
        if operation == "convert":
            # Afterwards a lead cannot be read any more: what was written to it is compared before.
            self._reader.read({intent.person_key for intent in planned})
        was_doubtful, progress.is_doubtful = progress.is_doubtful, False
        self._sender.send(planned, progress)
        if progress.is_doubtful:
            self.settle(patience_seconds=0)
        progress.is_doubtful |= was_doubtful

    def _tally(self, plan: Plan, lanes: Sequence[Lane], progress: Progress) -> Applied:
        mine = [intent for intent in self.ledger.plan_intents(plan.plan_hash) if intent.lane in lanes]
        states = [intent.state for intent in mine]
        return Applied(
            planned=len(mine),
            confirmed=states.count("confirmed"),
            rejected=states.count("rejected"),
            in_doubt=states.count("sent") + states.count("claimed"),
            held=states.count("planned") + states.count("superseded"),
            recognised=progress.recognised,
            stopped=progress.stopped,
        )

    def _carrying(self, converted: Intent) -> Intent | None:
        place = self.ledger.landed_in([converted.intent_id]).get(converted.intent_id)
        if place is None or self.key_field is None:
            return None
        payload = {self.key_field: converted.person_key}
        kind, record_id = place
        return replace(converted, object=kind, record_id=record_id, operation="update", payload=payload)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._lock.acquire()
        except Timeout as error:
            waited = f"waited {self._lock.timeout:.0f} s"
            raise ApplierBusy(f"another process is writing to {self.writer.vendor}; {waited}") from error
        try:
            yield
        finally:
            self._lock.release()
