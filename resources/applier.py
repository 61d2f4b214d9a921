"""The applier: takes a plan's hash and makes the vendor agree with it.

Order: settle what is in doubt, opt-outs (exempt from every gate), then the normal lane if every required
verdict holds for this very hash: inserts and updates, tags, read-back of what will be converted, conversions.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.errors import LeadflowError
from pipeline.planning.plans import LANES
from resources.admission import Admission
from resources.applied import Applied, tally, unfinished
from resources.carryover import CarryOver
from resources.exclusion import Exclusion, Taken
from resources.interjecting import Interjector
from resources.jobs import JobLimits, JobRunner
from resources.lanes import LaneSender
from resources.progress import Progress
from resources.reading import CarriedFields, ReadBack, Reader
from resources.sending import Sender
from resources.settler import Settled, Settler
from resources.unanswered import Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.models import BulkWriter, Intent, Lane, Operation, Surveyor, Writer
    from pipeline.planning.jobs import Split
    from resources.comparing import KindOf
    from resources.ledger import Ledger

LOCK_WAIT_SECONDS = 30.0


class ApplierBusy(LeadflowError):
    """Another process is applying to this vendor."""

    retryable = True


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
        bulk: the vendor's asynchronous route, None where there is none.
        split: parts intents of one operation into jobs and what goes by ordinary calls; by default no jobs.
        is_ours: whether all fields of an update are ours alone, so that it may go by bulk job.
        job_limits: how many jobs at once, how long they may run and are waited for.
        max_age: age past which the normal lane of a plan is not sent any more.
        carried_fields: person key → fields that a converted record should have, written where it lacks them.
        surveyor: the vendor's way of reading back many records at once, None where there is none.
        meanwhile: opt-outs that were given since the sending began, to be told between two batches of anything else.
        follow_ups: updates of other records that conversions made, written where those lack the values.
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
        bulk: BulkWriter | None = None,
        split: Callable[[Sequence[Intent]], Split] = lambda intents: ([], list(intents)),
        is_ours: Callable[[Intent], bool] = lambda _intent: False,
        job_limits: JobLimits | None = None,
        max_age: timedelta | None = None,
        carried_fields: CarriedFields = lambda _person_key: {},
        surveyor: Surveyor | None = None,
        follow_ups: Callable[[], Sequence[Intent]] = lambda: (),
        meanwhile: Callable[[], Sequence[Intent]] = lambda: (),
    ) -> None:
        self.ledger = ledger
        self.writer = writer
        self.key_field = key_field
        self.patience_seconds = patience_seconds
        self._lock = Exclusion(engine=ledger.store.engine, path=lock_path, wait=lock_wait)
        owner = f"{run_id}/{os.getpid()}"
        self._sender = Sender(
            ledger=ledger,
            writer=writer,
            run_id=run_id,
            owner=owner,
            guard=guard,
            converts_to=converts_to,
        )
        self._admission = Admission(
            ledger=ledger,
            vendor=writer.vendor,
            required_checks=required_checks,
            freshness=freshness,
            moved_share=moved_share,
            needs_approval=needs_approval,
            clock=clock,
            max_age=max_age,
        )
        limits = job_limits or JobLimits()
        self._jobs = None
        if bulk is not None:
            self._jobs = JobRunner(
                ledger=ledger,
                bulk=bulk,
                split=split,
                is_ours=is_ours,
                limits=limits,
                run_id=run_id,
                owner=owner,
                clock=clock,
                pause=lambda seconds: self._interjector.pause(pause, seconds),
                guard=guard,
                converts_to=converts_to,
            )
        self._settler = Settler(
            ledger=ledger,
            writer=writer,
            clock=clock,
            horizon_seconds=horizon_seconds,
            kind_of=kind_of,
            converts_to=converts_to,
            pause=pause,
            bulk_horizon_seconds=limits.horizon_seconds,
        )
        self._unanswered = Unanswered(
            ledger=ledger,
            vendor=writer.vendor,
            clock=clock,
            single=lambda operation: timedelta(seconds=horizon_seconds(operation)),
            bulk=limits.horizon,
        )
        self._interjector = Interjector(ledger=ledger, sender=self._sender, settler=self._settler, meanwhile=meanwhile)
        self._sender.between = self._interjector.interject
        self._reader = Reader(
            ledger=ledger,
            writer=writer,
            kind_of=kind_of,
            key_field=key_field,
            converts_to=converts_to,
            carried_fields=carried_fields,
            surveyor=surveyor,
            between=self._interjector.glance,
        )
        self._lanes = LaneSender(
            ledger=ledger,
            sender=self._sender,
            jobs=self._jobs,
            reader=self._reader,
            settle=lambda is_patient: self._settle(patience_seconds if is_patient else 0),
        )
        self._carry_over = CarryOver(
            ledger=ledger,
            writer=writer,
            sender=self._sender,
            reader=self._reader,
            interjector=self._interjector,
            follow_ups=follow_ups,
        )

    def settle(self, *, patience_seconds: float | None = None) -> Settled:
        """Ask the vendor about every intent in doubt, waiting (bounded) until absence can be believed.

        Raises:
            ApplierBusy: another process is applying to this vendor.
            VendorError: the vendor could not be asked; everything stays in doubt.
        """
        with self._locked():
            if self._jobs is not None:
                self._jobs.drop_of_older_plans()
            return self._settle(self.patience_seconds if patience_seconds is None else patience_seconds)

    def apply(self, plan_hash: str, *, lanes: Sequence[Lane] = LANES) -> Applied:
        """Send what the plan wants and the vendor does not have yet. Applying again sends nothing twice.

        An apply that was interrupted continues; a plan that was carried out is never carried out again.

        Raises:
            ApplierBusy: another process is applying to this vendor.
            GateClosed: a newer plan exists (nothing was sent); or a required verdict is missing or failed, the
                plan is too old, or too many records moved (opt-outs were sent, nothing else).
            ApprovalNeeded: the normal lane waits for a person; opt-outs were sent.
            QuotaExhausted, VendorError: sending stopped; applying again continues.
        """
        with self._locked():
            self._settle(self.patience_seconds)
            plan = self._admission.current(self.ledger.plan(plan_hash))
            progress = Progress()
            waiting = None
            if plan.applied_at is not None:
                return tally(self.ledger, plan, lanes, progress, unanswered=self._unanswered.words())
            self.ledger.link_plan(plan.plan_hash)
            if "optout" in lanes:
                if self._jobs is not None:
                    optouts = self.ledger.planned_intents(plan.plan_hash, lane="optout", has_payload=False)
                    self._jobs.give_way({intent.person_key for intent in optouts})
                self._lanes.send(plan, "optout", progress)
            if "normal" in lanes and progress.stopped is None:
                self._admission.verify(plan)
                if self._jobs is not None:
                    self._jobs.drop_unwanted(plan.plan_hash, self._admission.freshness)
                    self.ledger.link_plan(plan.plan_hash)
                self._admission.drop_moved(plan)
                self._lanes.send(plan, "normal", progress)
            progress.end()
            if progress.stopped is None:
                unsent = self.ledger.unsent(plan.plan_hash)
                if "normal" in lanes:
                    self.ledger.mark_applied(plan.plan_hash)
                else:
                    # The normal lane has its turn another time.
                    unsent &= progress.untaken.keys()
                waiting = unfinished(unsent, progress)
            return tally(self.ledger, plan, lanes, progress, waiting=waiting, unanswered=self._unanswered.words())

    def tell(self, optouts: Sequence[Intent]) -> None:
        """Send opt-outs that no plan asked for, and nothing else. Telling again sends nothing twice.

        Raises:
            ApplierBusy: another process is applying to this vendor.
            QuotaExhausted, VendorError: sending stopped; telling again continues.
        """
        with self._locked():
            self._settler.settle(0)
            self._interjector.tell(optouts)

    def read_back(self) -> ReadBack:
        """Read back everything confirmed and not yet read; carry over what a conversion dropped."""
        with self._locked():
            return replace(self._carry_over.read_back(), unanswered=self._unanswered.words())

    def _settle(self, patience_seconds: float) -> Settled:
        if self._jobs is not None:
            self._jobs.settle(Progress())
        return self._settler.settle(patience_seconds)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with self._lock.held():
                yield
        except Taken:
            message = f"another process is writing to {self.writer.vendor}; waited {self._lock.wait:.0f} s"
            raise ApplierBusy(message) from None
