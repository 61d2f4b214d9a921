"""Running bulk jobs: upload, submit, poll, apply the result. Each step is in the ledger before the next call.

A process may die anywhere: the state of a job says which call may have been made, and the next run goes on
from there. What nobody answered is settled row by row, by asking (`resources/settler.py`).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pipeline.errors import LeadflowError
from pipeline.planning.jobs import Split, may_go, sound
from pipeline.planning.states import UNDER_WAY, UNSUBMITTED
from resources.admission import admitted
from resources.jobsteps import JobLimits, JobSteps

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from pipeline.models import BulkWriter, Intent, Operation
    from resources.ledger import Ledger
    from resources.ledger.jobrows import Job
    from resources.progress import Progress

BY_JOB: tuple[Operation, ...] = ("insert", "update")


__all__ = ["BY_JOB", "JobLimits", "JobRunner"]


class JobRunner:
    """Runs the bulk jobs of one vendor. Use it under the applier's lock only.

    Args:
        ledger: the ledger of the workspace.
        bulk: the vendor's asynchronous route.
        split: parts intents into jobs and what goes by ordinary calls.
        is_ours: whether every field of an update is ours alone.
        limits: how many at once, how long to wait.
        run_id, owner: who claims.
        clock: gives the moment, aware UTC.
        pause: sleeps.
        guard: why an intent must not go (any more), or None.
        converts_to: object that a conversion makes.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        bulk: BulkWriter,
        split: Callable[[Sequence[Intent]], Split],
        is_ours: Callable[[Intent], bool],
        limits: JobLimits,
        run_id: str,
        owner: str,
        clock: Callable[[], datetime],
        pause: Callable[[float], None],
        guard: Callable[[Intent], str | None] | None = None,
        converts_to: str = "Contacts",
    ) -> None:
        self.ledger = ledger
        self.bulk = bulk
        self.split = split
        self.is_ours = is_ours
        self.limits = limits
        self.run_id = run_id
        self.owner = owner
        self.pause = pause
        self.guard = guard
        self._steps = JobSteps(ledger=ledger, bulk=bulk, limits=limits, clock=clock, converts_to=converts_to)

    def settle(self, progress: Progress) -> None:
        """Ask once where each job stands, and take the results of those that completed."""
        for job in self.ledger.jobs_under_way(self.bulk.vendor):
            asked = self._steps.poll(job) if job.state == "submitted" else job
            if asked.state == "completed":
                self._steps.take(asked, progress)

    def drop_unwanted(self, plan_hash: str, moved: Callable[[Sequence[Intent]], Mapping[str, str]] | None) -> None:
        """Give up jobs that were never submitted and hold an intent that may not go (any more)."""
        for job in self.ledger.jobs_under_way(self.bulk.vendor):
            if job.state in UNSUBMITTED:
                members = self.ledger.job_intents(job)
                names = [intent.intent_id for intent in members]
                is_wanted = len(self.ledger.linked_to(plan_hash, names)) == len(names)
                is_held = self.guard is not None and any(self.guard(intent) is not None for intent in members)
                if not is_wanted or is_held or (moved is not None and moved(members)):
                    self.ledger.abandon_job(job, "never submitted, and not wanted like this any more")

    def give_way(self, people: Collection[str]) -> None:
        """Give up jobs that were never submitted and hold somebody who says no: that goes first."""
        for job in self.ledger.jobs_under_way(self.bulk.vendor) if people else ():
            if job.state in UNSUBMITTED and any(i.person_key in people for i in self.ledger.job_intents(job)):
                self.ledger.abandon_job(job, "never submitted, and an opt-out goes first")

    def drop_of_older_plans(self) -> None:
        """Give up jobs that were never submitted and whose plan is not the latest: that one may want none of it."""
        latest = self.ledger.latest_plan(self.bulk.vendor)
        for job in self.ledger.jobs_under_way(self.bulk.vendor):
            if job.state in UNSUBMITTED and (latest is None or latest.plan_hash != job.plan_hash):
                self.ledger.abandon_job(job, "never submitted, and a newer plan was made")

    def run(
        self,
        operation: Operation,
        planned: Sequence[Intent],
        progress: Progress,
        send_singly: Callable[[list[Intent]], None],
    ) -> None:
        """Send planned intents of the normal lane, and finish jobs of this operation begun by an earlier run.

        Raises:
            QuotaExhausted, CredentialsRejected, VendorError: where each job stands is in the ledger.
        """
        self._steps.members.clear()
        jobs, singly, second = self._routed(planned)
        under_way = self.ledger.jobs_under_way(self.bulk.vendor)
        flight = [job for job in under_way if job.operation == operation and not self._steps.is_left(job)]
        try:
            self._fly(flight, deque(jobs), singly, progress, send_singly)
            if second and progress.stopped is None:
                # Second records of people who were in a job: their turn comes when it has ended.
                send_singly(second)
        except LeadflowError:
            self._free()
            raise
        # Jobs of another operation have their turn later, unless there is none.
        self._free(operation if progress.stopped is None else None)

    def _fly(
        self,
        flight: list[Job],
        waiting: deque[list[Intent]],
        singly: list[Intent],
        progress: Progress,
        send_singly: Callable[[list[Intent]], None],
    ) -> None:
        left = self.limits.patience_seconds
        while progress.stopped is None and (flight or waiting or singly):
            flight += self._begun(waiting, flight, progress)
            stepped = [self._steps.step(job, progress, singly) for job in flight]
            has_moved = any(after.state != job.state for job, after in zip(flight, stepped, strict=True))
            flight = [job for job in stepped if job.state in UNDER_WAY and not self._steps.is_left(job)]
            if has_moved or progress.stopped is not None:
                continue
            if singly:
                # While the vendor works on the jobs.
                send_singly(singly)
                singly = []
            elif flight and left <= 0:
                progress.stopped = _still_running(flight)
            elif flight:
                self.pause(min(self.limits.poll_seconds, left))
                left -= self.limits.poll_seconds

    def _free(self, only: Operation | None = None) -> None:
        """Give up what was claimed and not submitted when the sending stopped: all, or one operation's."""
        for job in self.ledger.jobs_under_way(self.bulk.vendor):
            if job.state in UNSUBMITTED and only in {None, job.operation}:
                self._steps.give_up(job, "the sending stopped before it was submitted")

    def _routed(self, planned: Sequence[Intent]) -> tuple[list[list[Intent]], list[Intent], list[Intent]]:
        # Whose last write has no answer yet is left to the ordinary route, which holds it back.
        doubted = self.ledger.people_under_way(self.bulk.vendor)
        takes: dict[tuple[str, Operation], bool] = {}
        fit: list[Intent] = []
        singly: list[Intent] = []
        for intent in planned:
            kind = (intent.object, intent.operation)
            if kind not in takes:
                takes[kind] = self.bulk.takes(*kind)
            goes = takes[kind] and intent.person_key not in doubted and may_go(intent, is_ours=self.is_ours)
            (fit if goes else singly).append(intent)
        lists, rest = self.split(fit) if fit else ([], [])
        jobs, second = sound(lists, self.bulk.row_key)
        return jobs, [*singly, *rest], second

    def _begun(self, waiting: deque[list[Intent]], flight: Sequence[Job], progress: Progress) -> list[Job]:
        """Claim as many jobs as may run at once beside those in flight."""
        running = [job.object for job in flight]
        begun: list[Job] = []
        for _ in range(len(waiting)):
            members = waiting.popleft()
            if running.count(members[0].object) >= self.limits.most:
                waiting.append(members)
                continue
            reason = self.ledger.paused(self.bulk.vendor)
            if reason is not None:
                progress.stopped = f"paused: {reason}"
                break
            wanted = admitted(self.ledger, self.guard, members, progress.held)
            prepared = self.ledger.prepare_job(wanted, owner=self.owner, run_id=self.run_id)
            for intent in wanted:
                # What held it in an earlier pass does not any more.
                progress.held.pop(intent.intent_id, None)
            progress.held.update(prepared.refused)
            if prepared.job is not None:
                self._steps.members[prepared.job.job_no] = [i for i in wanted if i.intent_id not in prepared.refused]
                begun.append(prepared.job)
                running.append(prepared.job.object)
        return begun


def _still_running(flight: Sequence[Job]) -> str:
    numbers = " and ".join(str(job.job_no) for job in flight)
    words = f"bulk job {numbers} is" if len(flight) == 1 else f"bulk jobs {numbers} are"
    return f"{words} still running: the next run goes on"
