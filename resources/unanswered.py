"""What has no outcome when an apply or a reading back ends, in words: how many writes, of which kind, until when."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pipeline.planning.kinds import counted
from pipeline.planning.settle import NEVER, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime, timedelta

    from pipeline.models import Operation
    from pipeline.planning.states import JobState
    from resources.ledger import Ledger
    from resources.ledger.jobrows import Job

JOBS: Mapping[JobState, str] = {
    "submitting": "got no answer",
    "submitted": "does not end",
    "failed": "failed",
    "applied": "did not tell of all its rows",
}


class Unanswered:
    """Tells for one vendor what has no outcome. Under the applier's lock only: then nobody is just sending it.

    Args:
        ledger: the ledger of the workspace.
        vendor: whose writes.
        clock: gives the moment, aware UTC.
        single: in-flight horizon of a single call.
        bulk: in-flight horizon of a bulk job.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        vendor: str,
        clock: Callable[[], datetime],
        single: Callable[[Operation], timedelta],
        bulk: timedelta,
    ) -> None:
        self.ledger = ledger
        self.vendor = vendor
        self.clock = clock
        self.single = single
        self.bulk = bulk

    def words(self) -> str | None:
        """Return what has no outcome; None when everything has one."""
        return "; ".join([*self._jobs(), *self._calls()]) or None

    def _jobs(self) -> Iterator[str]:
        for job, size in self.ledger.doubted_jobs(self.vendor):
            rows = counted(size, job.operation, job.object)
            until = self._until(job)
            if until is None:
                yield f"bulk job {job.job_no} is not at its end: {rows} wait for it"
            else:
                yield f"bulk job {job.job_no} {JOBS.get(job.state, 'ended')}: {rows} are asked about {until}"

    def _until(self, job: Job) -> str | None:
        """Return from when on the rows of a job are asked about with effect; None while the job itself is."""
        since = job.submitting_at or job.prepared_at
        if job.state == "submitted" and self.clock() < since + self.bulk:
            return None
        told = terms(
            since,
            single=self.single(job.operation),
            bulk=self.bulk,
            job=job.state,
            ended_at=job.ended_at,
            asked_at=job.asked_at,
        )
        if told is None:
            return None
        return self._after(told.due_at if told.horizon == NEVER else told.since + told.horizon)

    def _calls(self) -> Iterator[str]:
        """Yield a sentence per kind of single calls whose answer was lost."""
        ends: dict[tuple[Operation, str], list[datetime]] = defaultdict(list)
        for intent, since in self.ledger.unanswered_calls(self.vendor):
            ends[intent.operation, intent.object].append(since + self.single(intent.operation))
        for (operation, kind), moments in ends.items():
            calls = counted(len(moments), operation, kind)
            yield f"{calls} got no answer: asked about {self._after(max(moments))}"

    def _after(self, moment: datetime) -> str:
        # What the vendor could not tell of after the horizon has no other moment than the next time it is asked.
        return f"after {moment:%H:%M} UTC" if moment > self.clock() else "when the next run begins"
