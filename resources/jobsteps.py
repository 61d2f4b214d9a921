"""The steps of one bulk job: upload, submit, poll, take the result. Each is in the ledger before the next call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
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
from pipeline.models import JobStatus
from pipeline.planning.jobs import Matched, match
from pipeline.planning.states import UNSUBMITTED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pipeline.models import BulkWriter, Intent
    from resources.ledger import Ledger
    from resources.ledger.jobrows import Job
    from resources.progress import Progress

NOBODY_THERE = (RateLimited, VendorUnavailable)


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


class JobSteps:
    """Takes jobs of one vendor from step to step. Use it under the applier's lock only.

    `members` holds the intents of jobs begun by this run, in the order of their files.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        bulk: BulkWriter,
        limits: JobLimits,
        clock: Callable[[], datetime],
        converts_to: str,
    ) -> None:
        self.ledger = ledger
        self.bulk = bulk
        self.limits = limits
        self.clock = clock
        self.converts_to = converts_to
        self.members: dict[int, list[Intent]] = {}

    def step(self, job: Job, progress: Progress, singly: list[Intent]) -> Job:
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
            return self.give_up(job, "held by a pause before it was submitted")
        if job.state == "submitted":
            return self.poll(job)
        singly += self.take(job, progress)
        return self.ledger.job(job.job_no)

    def _rows(self, job: Job) -> list[Intent]:
        """Return the intents of a job in the order of its file: as claimed a moment ago, or from the ledger."""
        return self.members.get(job.job_no) or self.ledger.job_intents(job)

    def _upload(self, job: Job, progress: Progress, singly: list[Intent]) -> Job:
        members = self._rows(job)
        try:
            return self.ledger.upload_job(job, self.bulk.upload(members))
        except (QuotaExhausted, CredentialsRejected) as error:
            self.give_up(job, str(error))
            raise
        except RequestRefused as error:
            singly += members
            return self.give_up(job, str(error), is_attempt=True)
        except (*NOBODY_THERE, UnexpectedAnswer) as error:
            # A file changes nothing, so that a lost answer does no harm either.
            progress.stopped = str(error)
            return self.give_up(job, str(error))

    def _submit(self, job: Job, progress: Progress, singly: list[Intent]) -> Job:
        members = self._rows(job)
        begun = self.ledger.begin_job(job)
        try:
            return self.ledger.accept_job(begun, self.bulk.submit(members, begun.file_id or ""))
        except (AnswerLost, UnexpectedAnswer):
            # It may run, and nobody knows its id: its rows are asked about after the horizon.
            return begun
        except (QuotaExhausted, CredentialsRejected) as error:
            self.give_up(begun, str(error))
            raise
        except RequestRefused as error:
            singly += members
            return self.give_up(begun, str(error), is_attempt=True)
        except NOBODY_THERE as error:
            progress.stopped = str(error)
            return self.give_up(begun, str(error))

    def poll(self, job: Job) -> Job:
        """Ask where a submitted job stands."""
        status = self.bulk.job(job.job_id or "")
        if status is None:
            unknown = f"{self.bulk.vendor} knows no job {job.job_id}"
            return self.ledger.fail_job(job, JobStatus(state="failed", message=unknown))
        if status.state == "failed":
            return self.ledger.fail_job(job, status)
        return self.ledger.complete_job(job, status) if status.state == "completed" else job

    def take(self, job: Job, progress: Progress) -> list[Intent]:
        """Apply the result of a completed job; return what is to be sent by ordinary calls instead."""
        # Of a job begun by this run nothing was settled yet; of an older one, what was seen meanwhile is.
        members = self.members.pop(job.job_no, None) or self.ledger.open_intents(job)
        found = self._result(job, members)
        progress.recognised += self.ledger.apply_job(
            job,
            found.results,
            again=[*found.again, *found.singly],
            oddities=found.oddities,
            converts_to=self.converts_to,
        )
        # What has no answer is asked about, and what was not processed goes again, before the lane ends.
        progress.is_unfinished |= bool(found.again) or not found.is_complete(members)
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

    def is_left(self, job: Job) -> bool:
        """Return whether no run waits for a job: its creation was not answered, or it is past its horizon."""
        return job.state == "submitting" or (job.state == "submitted" and self._age(job) >= self.limits.horizon)

    def _age(self, job: Job) -> timedelta:
        return self.clock() - (job.submitting_at or job.prepared_at)

    def give_up(self, job: Job, reason: str, *, is_attempt: bool = False) -> Job:
        """Plan the intents of a job again that certainly does not run."""
        self.ledger.abandon_job(job, reason, is_attempt=is_attempt)
        return self.ledger.job(job.job_no)
