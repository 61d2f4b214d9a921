"""Bulk write jobs: they run by the clock, row after row, whether anybody asks or not (Zoho fact sheet §4.3)."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.bulkasking import plan_of
from resources.sandbox.zoho.bulkmishaps import Mishaps, row_limit, strikes
from resources.sandbox.zoho.bulkresult import result_zip
from resources.sandbox.zoho.bulkrows import RowWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resources.sandbox.zoho.bulkasking import Plan
    from resources.sandbox.zoho.bulkfiles import Files
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.problems import Json

JOB_NUMBERS = 920_000_000_000
KEPT_SECONDS = 7 * 86_400.0
UNFINISHED = frozenset({"ADDED", "INPROGRESS"})


@dataclass(slots=True)
class WriteJob:
    """One job; times are seconds since 1970, `outcomes` are kept until the result is written."""

    id: str
    version: float
    body: Json
    file_name: str
    encoding: str
    total: int
    struck: Json
    created: float
    starts: float
    ends: float
    status: str = "ADDED"
    polls: int = 0
    done: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {"ADDED": 0, "UPDATED": 0, "SKIPPED": 0})
    outcomes: list[list[Any]] = field(default_factory=list)
    result: str = ""
    """The zip as base64; "" until the job is COMPLETED."""

    def row_moment(self, place: int) -> float:
        """Give when a row is written."""
        return self.starts + (self.ends - self.starts) * (place + 1) / self.total


class WriteJobs:
    """All bulk writes of an organisation."""

    def __init__(self, organisation: Organisation, files: Files, mishaps: Mishaps, *, time_scale: float) -> None:
        self._organisation = organisation
        self._files = files
        self._mishaps = mishaps
        self._scale = time_scale
        self._last = 0
        self._works: dict[str, tuple[Plan, RowWriter]] = {}
        self.jobs: dict[str, WriteJob] = {}

    @property
    def unfinished(self) -> list[WriteJob]:
        """The jobs that are neither COMPLETED nor FAILED, oldest first."""
        return [job for job in self.jobs.values() if job.status in UNFINISHED]

    def add(self, body: Json, *, version: float) -> WriteJob:
        """Make a job; whatever is wrong with its body or file refuses the call."""
        plan = plan_of(self._organisation, body, self._files, version=version)
        switches, created = self._organisation.switches, self._organisation.moment()
        total = len(plan.sheet.rows)
        starts = created + switches.bulk_queue_seconds / self._scale
        running = (switches.bulk_run_seconds + total * switches.bulk_seconds_per_row) / self._scale
        self._last += 1
        job = WriteJob(
            id=self._organisation.fixed_id(JOB_NUMBERS + self._last),
            version=version,
            body=body,
            file_name=plan.sheet.name,
            encoding=plan.sheet.encoding,
            total=total,
            struck=self._mishaps.strike(),
            created=created,
            starts=starts,
            ends=starts + running,
        )
        self.jobs[job.id] = job
        self._works[job.id] = (plan, self._writer(plan, job))
        return job

    def hurry(self, job: WriteJob) -> None:
        """Let a poll move the job where polls count."""
        last, now = self._organisation.switches.bulk_polls, self._organisation.moment()
        job.polls += 1
        if last and job.status in UNFINISHED and job.polls > 1:
            job.starts = min(job.starts, now)
        if last and job.status in UNFINISHED and job.polls >= last:
            job.starts, job.ends = min(job.starts, now), min(job.ends, now)
        self.run(job, now)

    def release(self) -> None:
        """Let stuck jobs go on."""
        for job in self.unfinished:
            if job.struck["stuck"]:
                job.struck["stuck"] = False

    def run(self, job: WriteJob, until: float) -> None:
        """Do what a job does up to a moment."""
        if job.status not in UNFINISHED or until < job.starts:
            return
        job.status = "INPROGRESS"
        share = 1.0 if until >= job.ends else (until - job.starts) / (job.ends - job.starts)
        target = min(row_limit(job.struck, job.total), int(job.total * share))
        is_over = until >= job.ends and not job.struck["stuck"]
        if target > job.done or is_over:
            self._write(job, target)
        if is_over:
            self._finish(job)

    def _write(self, job: WriteJob, target: int) -> None:
        plan, writer = self._work(job)
        organisation, struck = self._organisation, job.struck
        before = organisation.pinned
        try:
            for place in range(job.done, target):
                if strikes(struck["lost"], place):
                    continue
                organisation.pinned = job.row_moment(place)
                if strikes(struck["skipped"], place):
                    outcome = ("SKIPPED", "", f"CANNOT_PROCESS-{plan.columns[0].header}")
                else:
                    outcome = writer.write(plan.sheet.rows[place])
                job.counts[outcome[0]] += 1
                if not strikes(struck["untold"], place):
                    job.outcomes.append([place, *outcome])
        finally:
            organisation.pinned = before
        job.done = max(job.done, target)

    def _finish(self, job: WriteJob) -> None:
        plan, _ = self._works.pop(job.id)
        if job.struck["failed"] is not None:
            job.status = "FAILED"
        else:
            job.status = "COMPLETED"
            job.outcomes += [[place, "UNPROCESSED", "", ""] for place in range(job.done, job.total)]
            content = result_zip(plan, job.outcomes, job=job.id, switches=self._organisation.switches)
            job.result = base64.b64encode(content).decode()
        job.outcomes = []

    def result_at(self, job: WriteJob) -> float:
        """Give when the result's link is there."""
        return job.ends + float(job.struck["delay"]) / self._scale

    def result(self, ident: str) -> bytes | None:
        """Give the result of a completed job; None before it is there and seven days later."""
        job, now = self.jobs.get(ident), self._organisation.moment()
        if job is None or job.status != "COMPLETED" or now < self.result_at(job) or now > job.ends + KEPT_SECONDS:
            return None
        return base64.b64decode(job.result)

    def _work(self, job: WriteJob) -> tuple[Plan, RowWriter]:
        if job.id not in self._works:
            plan = plan_of(self._organisation, job.body, self._files, version=job.version)
            self._works[job.id] = (plan, self._writer(plan, job))
        return self._works[job.id]

    def _writer(self, plan: Plan, job: WriteJob) -> RowWriter:
        struck = job.struck
        return RowWriter(self._organisation, plan, dropped=struck["dropped"], overwrites=struck["overwrites"])

    def dump(self) -> dict[str, Any]:
        """Give the state as JSON values."""
        return {"last": self._last, "jobs": [asdict(job) for job in self.jobs.values()]}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self._last, self._works = state["last"], {}
        self.jobs = {entry["id"]: WriteJob(**entry) for entry in state["jobs"]}
