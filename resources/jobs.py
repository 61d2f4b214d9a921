"""Running bulk jobs: upload, submit, poll, apply the result. Each step is in the ledger before the next call.

A process may die anywhere: the state of a job says which call may have been made, and the next run goes on
from there. What nobody answered is settled row by row, by asking (`resources/settler.py`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.errors import (
    AnswerLost,
    CredentialsRejected,
    LeadflowError,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
    VendorUnavailable,
)
from pipeline.models import JobStatus
from pipeline.planning.jobs import Matched, Split, match, may_go, sound
from pipeline.planning.states import UNDER_WAY, UNSUBMITTED
from resources.admission import admitted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.models import BulkWriter, Intent, Operation
    from resources.ledger import Ledger
    from resources.ledger.jobs import Job
    from resources.sending import Progress

NOBODY_THERE = (RateLimited, VendorUnavailable)
BY_JOB: tuple[Operation, ...] = ("insert", "update")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLimits:
    """How jobs are run: `most` at once per object, seconds between polls, and how long to wait for a job at all.

    `horizon_seconds`: how long a job may still run whose creation was not answered, or that does not end.
    """

    most: int = 2
    poll_seconds: float = 5.0
    patience_seconds: float = 600.0
    horizon_seconds: float = 7200.0

    @property
    def horizon(self) -> timedelta:
        """Return the in-flight horizon of a job."""
        return timedelta(seconds=self.horizon_seconds)


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
        self.clock = clock
        self.pause = pause
        self.guard = guard
        self.converts_to = converts_to
        self._members: dict[int, list[Intent]] = {}

    def settle(self, progress: Progress) -> None:
        """Ask once where each job stands, and take the results of those that completed."""
        for job in self.ledger.jobs_under_way(self.bulk.vendor):
            asked = self._poll(job) if job.state == "submitted" else job
            if asked.state == "completed":
                self._take(asked, progress)

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
        self._members.clear()
        jobs, singly, second = self._routed(planned)
        under_way = self.ledger.jobs_under_way(self.bulk.vendor)
        flight = [job for job in under_way if job.operation == operation and not self._is_left(job)]
        try:
            self._fly(flight, deque(jobs), singly, progress, send_singly)
            if second and progress.stopped is None:
                # Second records of people who were in a job: their turn comes when it has ended.
                send_singly(second)
        except LeadflowError:
            self._free()
            raise
        self._free()

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
            stepped = [self._step(job, progress, singly) for job in flight]
            has_moved = any(after.state != job.state for job, after in zip(flight, stepped, strict=True))
            flight = [job for job in stepped if job.state in UNDER_WAY and not self._is_left(job)]
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

    def late(self) -> list[str]:
        """Return, in words, which jobs the next runs will go on with."""
        told = []
        for job in self.ledger.jobs_under_way(self.bulk.vendor):
            due = (job.submitting_at or job.prepared_at) + self.limits.horizon
            if job.state == "submitting":
                told.append(f"bulk job {job.job_no} got no answer: its rows are asked about after {due:%H:%M} UTC")
            elif self._is_left(job):
                told.append(f"bulk job {job.job_no} does not end: its rows are looked for")
        return told

    def _free(self) -> None:
        """Give up what was claimed and not submitted when the sending stopped."""
        for job in self.ledger.jobs_under_way(self.bulk.vendor):
            if job.state in UNSUBMITTED:
                self._given_up(job, "the sending stopped before it was submitted")

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
            progress.held.update(prepared.refused)
            if prepared.job is not None:
                self._members[prepared.job.job_no] = [i for i in wanted if i.intent_id not in prepared.refused]
                begun.append(prepared.job)
                running.append(prepared.job.object)
        return begun

    def _step(self, job: Job, progress: Progress, singly: list[Intent]) -> Job:
        """Make the one call that the state of a job asks for."""
        if job.state in UNSUBMITTED:
            reason = self.ledger.paused(self.bulk.vendor)
            if reason is None:
                return (
                    self._upload(job, progress, singly)
                    if job.state == "prepared"
                    else self._submit(job, progress, singly)
                )
            progress.stopped = f"paused: {reason}"
            return self._given_up(job, "held by a pause before it was submitted")
        if job.state == "submitted":
            return self._poll(job)
        singly += self._take(job, progress)
        return self.ledger.job(job.job_no)

    def _rows(self, job: Job) -> list[Intent]:
        """Return the intents of a job in the order of its file: as claimed a moment ago, or from the ledger."""
        return self._members.get(job.job_no) or self.ledger.job_intents(job)

    def _upload(self, job: Job, progress: Progress, singly: list[Intent]) -> Job:
        members = self._rows(job)
        try:
            return self.ledger.upload_job(job, self.bulk.upload(members))
        except (QuotaExhausted, CredentialsRejected) as error:
            self._given_up(job, str(error))
            raise
        except RequestRefused as error:
            singly += members
            return self._given_up(job, str(error), is_attempt=True)
        except (*NOBODY_THERE, UnexpectedAnswer) as error:
            # A file changes nothing, so that a lost answer does no harm either.
            progress.stopped = str(error)
            return self._given_up(job, str(error))

    def _submit(self, job: Job, progress: Progress, singly: list[Intent]) -> Job:
        members = self._rows(job)
        begun = self.ledger.begin_job(job)
        try:
            return self.ledger.accept_job(begun, self.bulk.submit(members, begun.file_id or ""))
        except (AnswerLost, UnexpectedAnswer):
            # It may run, and nobody knows its id: its rows are asked about after the horizon.
            return begun
        except (QuotaExhausted, CredentialsRejected) as error:
            self._given_up(begun, str(error))
            raise
        except RequestRefused as error:
            singly += members
            return self._given_up(begun, str(error), is_attempt=True)
        except NOBODY_THERE as error:
            progress.stopped = str(error)
            return self._given_up(begun, str(error))

    def _poll(self, job: Job) -> Job:
        status = self.bulk.job(job.job_id or "")
        if status is None:
            unknown = f"{self.bulk.vendor} knows no job {job.job_id}"
            return self.ledger.fail_job(job, JobStatus(state="failed", message=unknown))
        if status.state == "failed":
            return self.ledger.fail_job(job, status)
        return self.ledger.complete_job(job, status) if status.state == "completed" else job

    def _take(self, job: Job, progress: Progress) -> list[Intent]:
        """Apply the result of a completed job; return what is to be sent by ordinary calls instead."""
        # Of a job begun by this run nothing was settled yet; of an older one, what was seen meanwhile is.
        members = self._members.pop(job.job_no, None) or self.ledger.open_intents(job)
        found = self._result(job, members)
        progress.recognised += self.ledger.apply_job(
            job,
            found.results,
            again=[*found.again, *found.singly],
            oddities=found.oddities,
            converts_to=self.converts_to,
        )
        # What has no answer is asked about, and what was not processed goes again, before the lane ends.
        progress.is_doubtful |= bool(found.again) or not found.is_complete(members)
        return found.singly

    def _result(self, job: Job, members: Sequence[Intent]) -> Matched:
        try:
            rows = self.bulk.results(job.status or JobStatus(state="completed"))
        except CredentialsRejected:
            raise
        except (RequestRefused, UnexpectedAnswer) as error:
            if isinstance(error, UnexpectedAnswer) and self._age(job) < self.limits.horizon:
                raise
            # The file is gone, or will never be readable: all rows are asked about.
            return Matched(oddities=[{"key": None, "why": str(error)}])
        return match(members, rows, self.bulk.row_key)

    def _is_left(self, job: Job) -> bool:
        """Return whether no run waits for a job: its creation was not answered, or it is past its horizon."""
        return job.state == "submitting" or (job.state == "submitted" and self._age(job) >= self.limits.horizon)

    def _age(self, job: Job) -> timedelta:
        return self.clock() - (job.submitting_at or job.prepared_at)

    def _given_up(self, job: Job, reason: str, *, is_attempt: bool = False) -> Job:
        self.ledger.abandon_job(job, reason, is_attempt=is_attempt)
        return self.ledger.job(job.job_no)


def _still_running(flight: Sequence[Job]) -> str:
    numbers = " and ".join(str(job.job_no) for job in flight)
    words = f"bulk job {numbers} is" if len(flight) == 1 else f"bulk jobs {numbers} are"
    return f"{words} still running: the next run goes on"
