"""A bulk job as the ledger keeps it, and its one guarded way from state to state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, select, update

from pipeline.models import JobStatus
from pipeline.planning.states import IllegalTransition, job_after
from resources.ledger.store import dumps, loads
from resources.ledger.writes import jobs

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.models import Operation
    from pipeline.planning.states import JobEvent, JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One bulk job; `submitting_at` is the moment from which it may run, `asked_at` when its rows were looked for."""

    job_no: int
    vendor: str
    object: str
    operation: Operation
    plan_hash: str
    state: JobState
    size: int
    file_id: str | None
    job_id: str | None
    prepared_at: datetime
    submitting_at: datetime | None
    ended_at: datetime | None
    asked_at: datetime | None
    status: JobStatus | None


def move_state(connection: Connection, job: Job, event: JobEvent, **values: object) -> Job:
    """Move a job along one event; the database checks the state again in the UPDATE itself.

    Raises:
        IllegalTransition: it may not, or another process moved it meanwhile.
    """
    here = (jobs.c.job_no == job.job_no) & (jobs.c.state == job.state)
    change = update(jobs).where(here).values(state=job_after(job.state, event), **values)
    if connection.execute(change).rowcount != 1:
        raise IllegalTransition(f"bulk job {job.job_no} was moved by another process while it should {event}")
    return read_job(connection, job.job_no)


def read_job(connection: Connection, job_no: int) -> Job:
    """Return a job as it stands."""
    return as_job(connection.execute(select(jobs).where(jobs.c.job_no == job_no)).one())


def as_job(row: Row[Any]) -> Job:
    """Return a row of the table as a job."""
    told = {name: getattr(row, name) for name in Job.__slots__ if name != "status"}
    status = loads(row.status)
    return Job(**told, status=JobStatus(**status) if status else None)


def status_text(status: JobStatus) -> str:
    """Return what a vendor said of a job as it is kept."""
    return dumps({name: getattr(status, name) for name in JobStatus.__slots__} | {"counts": dict(status.counts)})
