"""Bulk jobs: many intents under one name at the vendor, each step committed before the next call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select, update

from pipeline.planning.states import UNDER_WAY, UNSETTLED
from resources.ledger import settling
from resources.ledger.guards import refused_inserts
from resources.ledger.jobrows import as_job, move_state, read_job, status_text
from resources.ledger.moves import as_intent, move, move_job, moves
from resources.ledger.part import Part
from resources.ledger.store import dumps, loads, many
from resources.ledger.writes import intents, jobs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import Intent, JobStatus, Json, Outcome
    from pipeline.planning.states import JobEvent
    from resources.ledger.jobrows import Job

WITHOUT_ANSWER = ("submitting", "submitted")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job that is ours to upload, None when nothing of it may be sent; `refused`: intent id → why."""

    job: Job | None
    refused: Mapping[str, str]


class Jobs(Part):
    """The bulk jobs of every vendor."""

    def prepare_job(self, wanted: Sequence[Intent], *, owner: str, run_id: str | None = None) -> Prepared:
        """Claim intents of one object and operation as one job, in this order, before anything is uploaded.

        Raises:
            IllegalTransition: one of them is not planned (any more); nothing was claimed.
        """
        with self.store.write() as connection:
            inserts = [item for item in wanted if item.operation == "insert"]
            refused = refused_inserts(connection, inserts)
            mine = [intent for intent in wanted if intent.intent_id not in refused]
            if not mine:
                return Prepared(None, refused)
            now, run = self.now(), run_id or self.store.run_id
            first = mine[0]
            told: dict[str, Any] = {name: getattr(first, name) for name in ("vendor", "object", "operation")}
            fresh = {"plan_hash": first.plan_hash, "run_id": run, "state": "prepared", "size": len(mine)}
            number = connection.execute(jobs.insert().values(**told, **fresh, prepared_at=now)).inserted_primary_key
            job_no = int(number[0])  # type: ignore[index]  # the table has one generated key
            claimed = moves(connection, [intent.intent_id for intent in mine], "claim")
            places = [
                {"name": item.intent_id, "place": place, "record": item.record_id, "kind": item.object}
                for place, item in enumerate(mine)
            ]
            here = (intents.c.intent_id == bindparam("name")) & (intents.c.state == "planned")
            change = (
                update(intents)
                .where(here)
                .values(
                    state=next(iter(claimed.values()))[1],
                    owner=owner,
                    claimed_at=now,
                    sent_at=None,
                    run_id=run,
                    job_no=job_no,
                    job_position=bindparam("place"),
                    record_id=bindparam("record"),
                    object=bindparam("kind"),
                )
            )
            many(connection, change, places)
            return Prepared(read_job(connection, job_no), refused)

    def upload_job(self, job: Job, file_id: str) -> Job:
        """Record the file that holds the rows of a job."""
        return self._moved(job, "upload", file_id=file_id, uploaded_at=self.now())

    def begin_job(self, job: Job) -> Job:
        """Commit that the call which creates the job starts now: from here on its rows may be written."""
        with self.store.write() as connection:
            now = self.now()
            found = move_state(connection, job, "begin", submitting_at=now)
            move_job(connection, job.job_no, ("claimed",), "send", sent_at=now)
        return found

    def accept_job(self, job: Job, job_id: str) -> Job:
        """Record the id that the vendor gave the job."""
        # A transaction by its own name: whoever is killed before it has, for the next run, got no answer.
        with self.store.write() as connection:
            return move_state(connection, job, "accept", job_id=job_id, submitted_at=self.now())

    def complete_job(self, job: Job, status: JobStatus) -> Job:
        """Record that the vendor is done, and where its result is."""
        return self._moved(job, "complete", completed_at=self.now(), status=status_text(status))

    def fail_job(self, job: Job, status: JobStatus) -> Job:
        """Record that the vendor gave the job up: every row stays in doubt until it was asked about."""
        reason = status.message or status.code
        return self._moved(job, "fail", ended_at=self.now(), status=status_text(status), reason=reason)

    def apply_job(
        self,
        job: Job,
        results: Sequence[tuple[Intent, Outcome]],
        *,
        again: Sequence[Intent] = (),
        oddities: Sequence[Mapping[str, Json]] = (),
        converts_to: str = "Contacts",
    ) -> int:
        """Record a job's result in one transaction; return how many refused inserts were recognised.

        Args:
            job: a completed job.
            results: what became of its rows; a row without an outcome stays in doubt.
            again: rows that the vendor did not process, planned again as another attempt.
            oddities: result rows that fit no intent, for people to look at.
            converts_to: object that a conversion makes.
        """
        with self.store.write() as connection:
            told = dumps([dict(oddity) for oddity in oddities]) if oddities else None
            move_state(connection, job, "apply", ended_at=self.now(), oddities=told)
            names = [intent.intent_id for intent in again]
            move(connection, names, "release", vendor_message="not processed by its bulk job", **_bump(True))
            return settling.settle(connection, results, converts_to, self)

    def abandon_job(self, job: Job, reason: str, *, is_attempt: bool = False) -> None:
        """Give up a job that certainly does not run; its intents are planned again."""
        with self.store.write() as connection:
            move_state(connection, job, "abandon", ended_at=self.now(), reason=reason)
            move_job(connection, job.job_no, UNSETTLED, "release", vendor_message=reason, **_bump(is_attempt))

    def resolve_jobs(self, vendor: str) -> None:
        """End the jobs without an answer all of whose rows were settled by asking."""
        unsettled = exists().where(intents.c.job_no == jobs.c.job_no, intents.c.state.in_(UNSETTLED))
        mine = (jobs.c.vendor == vendor) & jobs.c.state.in_(WITHOUT_ANSWER)
        with self.store.read() as connection:
            done = [as_job(row) for row in connection.execute(select(jobs).where(mine, ~unsettled))]
        for job in done:
            self._moved(job, "resolve", ended_at=self.now(), reason="settled row by row, by asking")

    def note_asked(self, numbers: Sequence[int]) -> None:
        """Record that the rows of jobs were looked for just now."""
        if numbers:
            with self.store.write() as connection:
                connection.execute(update(jobs).where(jobs.c.job_no.in_(numbers)).values(asked_at=self.now()))

    def job(self, job_no: int) -> Job:
        """Return a job as it stands."""
        with self.store.read() as connection:
            return read_job(connection, job_no)

    def jobs_under_way(self, vendor: str) -> list[Job]:
        """Return the jobs that are not at their end, oldest first."""
        mine = (jobs.c.vendor == vendor) & jobs.c.state.in_(UNDER_WAY)
        with self.store.read() as connection:
            return [as_job(row) for row in connection.execute(select(jobs).where(mine).order_by(jobs.c.job_no))]

    def job_intents(self, job: Job) -> list[Intent]:
        """Return the intents of a job in the order of its file, also those that are settled."""
        query = select(intents).where(intents.c.job_no == job.job_no).order_by(intents.c.job_position)
        with self.store.read() as connection:
            return [as_intent(row) for row in connection.execute(query)]

    def open_intents(self, job: Job) -> list[Intent]:
        """Return the intents of a job that have no outcome, in the order of its file."""
        return [intent for intent in self.job_intents(job) if intent.state in UNSETTLED]

    def doubted_jobs(self, vendor: str) -> list[tuple[Job, int]]:
        """Return the jobs that carry intents without an outcome, and how many, oldest first."""
        mine = (intents.c.vendor == vendor) & intents.c.state.in_(UNSETTLED) & intents.c.job_no.is_not(None)
        counted = select(intents.c.job_no, func.count().label("size")).where(mine).group_by(intents.c.job_no)
        with self.store.read() as connection:
            sizes = {row.job_no: row.size for row in connection.execute(counted)}
            return [(read_job(connection, number), sizes[number]) for number in sorted(sizes)]

    def jobs(self, vendor: str) -> list[dict[str, Any]]:
        """Return every job as rows for people: its state, size, moments, and how many rows have no outcome."""
        unsettled = (intents.c.job_no == jobs.c.job_no) & intents.c.state.in_(UNSETTLED)
        counted = select(func.count()).select_from(intents).where(unsettled).scalar_subquery()
        query = select(jobs, counted.label("unsettled")).where(jobs.c.vendor == vendor).order_by(jobs.c.job_no)
        with self.store.read() as connection:
            found = [dict(row) for row in connection.execute(query).mappings()]
        return [row | {"status": loads(row["status"]), "oddities": loads(row["oddities"]) or []} for row in found]

    def _moved(self, job: Job, event: JobEvent, **values: object) -> Job:
        with self.store.write() as connection:
            return move_state(connection, job, event, **values)


def _bump(is_attempt: bool) -> dict[str, Any]:
    return {"attempt": intents.c.attempt + 1} if is_attempt else {}
