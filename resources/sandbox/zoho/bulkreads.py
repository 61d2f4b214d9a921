"""Bulk read jobs: a picture of a module at the moment the job ends (Zoho fact sheet §4.6)."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.bulkcriteria import compiled, conditions_of, name_of
from resources.sandbox.zoho.bulkexport import csv_text
from resources.sandbox.zoho.bulkquery import (
    check_query,
    columns_for,
    module_of,
    names_of,
    start_of,
    token_after,
)
from resources.sandbox.zoho.bulkresult import zipped
from resources.sandbox.zoho.dialect import Dialect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from resources.sandbox.zoho.bulkmishaps import Mishaps
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.problems import Json
    from resources.sandbox.zoho.store import Record

JOB_NUMBERS = 930_000_000_000
KEPT_SECONDS = 86_400.0
QUICKER = 4.0
"""Reading is so many times quicker than writing, here."""


@dataclass(slots=True)
class ReadJob:
    """One job; times are seconds since 1970. The file is forgotten a day after `ends`."""

    id: str
    version: str
    query: Json
    created: float
    starts: float
    ends: float
    fails: bool
    is_done: bool = False
    polls: int = 0
    count: int = 0
    more: bool = False
    next_token: str | None = None
    result: str = ""


class ReadJobs:
    """All bulk reads of an organisation."""

    def __init__(self, organisation: Organisation, mishaps: Mishaps, *, time_scale: float) -> None:
        self._organisation = organisation
        self._mishaps = mishaps
        self._scale = time_scale
        self._last = 0
        self.jobs: dict[str, ReadJob] = {}
        self.downloads: list[float] = []
        """When files were downloaded, within the last minute."""

    @property
    def unfinished(self) -> list[ReadJob]:
        """The jobs whose picture is not taken yet."""
        return [job for job in self.jobs.values() if not job.is_done]

    def add(self, body: Json, *, version: str) -> ReadJob:
        """Make a job; whatever is wrong with its body refuses the call."""
        check_query(self._organisation, Dialect(version), body)
        switches, created = self._organisation.switches, self._organisation.moment()
        starts = created + switches.bulk_queue_seconds / QUICKER / self._scale
        ends = starts + switches.bulk_run_seconds / QUICKER / self._scale
        self._last += 1
        ident = self._organisation.fixed_id(JOB_NUMBERS + self._last)
        job = ReadJob(ident, version, body["query"], created, starts, ends, self._mishaps.strike_read())
        self.jobs[ident] = job
        return job

    def hurry(self, job: ReadJob) -> None:
        """Let a poll move the job where polls count."""
        last, now = self._organisation.switches.bulk_polls, self._organisation.moment()
        job.polls += 1
        if last and job.polls > 1:
            job.starts = min(job.starts, now)
        if last and job.polls >= last:
            job.starts, job.ends = min(job.starts, now), min(job.ends, now)
        self.run(job, now)

    def run(self, job: ReadJob, until: float) -> None:
        """Take the picture when it is time."""
        if job.is_done or until < job.ends:
            return
        job.is_done = True
        if job.fails:
            return
        organisation, query, dialect = self._organisation, job.query, Dialect(job.version)
        module, most = module_of(organisation, query), organisation.switches.bulk_read_rows
        rows = list(islice(self._found(job, dialect), most + 1))
        job.count, job.more = min(len(rows), most), len(rows) > most
        if job.more and dialect.number >= 7:
            job.next_token = token_after(query, rows[most - 1].id, now=job.ends)
        columns = columns_for(organisation, dialect, module)
        names = names_of(organisation, dialect, module, query.get("fields"))
        text = csv_text(organisation, organisation.tables[module.name], columns, names, rows[:most])
        job.result = base64.b64encode(zipped(f"{job.id}.csv", text)).decode()

    def _found(self, job: ReadJob, dialect: Dialect) -> Iterator[Record]:
        """Go through the records of a page by id; converted leads only when the criteria speak of conversion."""
        organisation, query = self._organisation, job.query
        module = module_of(organisation, query)
        is_object, criteria = dialect.number > 2, query.get("criteria")
        listed = conditions_of(criteria) if criteria is not None else []
        shows = any(name_of(one, is_object=is_object) == "Converted__s" for one in listed)
        test: Callable[[Record], bool] | None = None
        if criteria is not None:
            test = compiled(criteria, columns_for(organisation, dialect, module), is_object=is_object)
        after = start_of(query, now=None)
        found = (
            record
            for record in organisation.tables[module.name].ordered(after=after)
            if record.id != after and (shows or record.converted is None) and (test is None or test(record))
        )
        return islice(found, (query.get("page", 1) - 1) * organisation.switches.bulk_read_rows, None)

    def result(self, job: ReadJob) -> bytes | None:
        """Give a finished job's zip; None before, after a failure, and a day later."""
        if not job.is_done or not job.result or self._organisation.moment() > job.ends + KEPT_SECONDS:
            return None
        return base64.b64decode(job.result)

    def count_download(self) -> bool:
        """Count one download; False when the minute's are used up."""
        now = self._organisation.moment()
        self.downloads = [at for at in self.downloads if at > now - 60.0 / self._scale]
        if len(self.downloads) >= self._organisation.switches.bulk_downloads:
            return False
        self.downloads.append(now)
        return True

    def dump(self) -> dict[str, Any]:
        """Give the state as JSON values."""
        oldest = self._organisation.moment() - KEPT_SECONDS
        for job in self.jobs.values():
            if job.is_done and job.ends < oldest:
                job.result = ""
        return {"last": self._last, "jobs": [asdict(job) for job in self.jobs.values()]}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self._last = state["last"]
        self.jobs = {entry["id"]: ReadJob(**entry) for entry in state["jobs"]}
