"""Bulk work of one organisation: files, writes, reads, and time catching up with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho import bulkreading, bulkwriting
from resources.sandbox.zoho.bulkfiles import Files
from resources.sandbox.zoho.bulkjobs import WriteJobs
from resources.sandbox.zoho.bulkmishaps import Mishaps
from resources.sandbox.zoho.bulkreads import ReadJobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resources.sandbox.calls import Answer
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.request import Request


class Bulk:
    """`mishaps` may be changed at any time; a job keeps those of the moment it was made."""

    def __init__(self, organisation: Organisation, *, time_scale: float) -> None:
        self._organisation = organisation
        self.mishaps = Mishaps()
        self.files = Files(organisation)
        self.writes = WriteJobs(organisation, self.files, self.mishaps, time_scale=time_scale)
        self.reads = ReadJobs(organisation, self.mishaps, time_scale=time_scale)

    def create_write(self, request: Request) -> Answer:
        """POST /crm/bulk/{v}/write."""
        return bulkwriting.too_many_jobs() if self._is_full() else bulkwriting.create(request, self.writes)

    def poll_write(self, request: Request, ident: str) -> Answer:
        """GET /crm/bulk/{v}/write/{id}."""
        return bulkwriting.poll(request, self.writes, ident)

    def create_read(self, request: Request) -> Answer:
        """POST /crm/bulk/{v}/read."""
        return bulkwriting.too_many_jobs() if self._is_full() else bulkreading.create(request, self.reads)

    def poll_read(self, request: Request, ident: str) -> Answer:
        """GET /crm/bulk/{v}/read/{id}."""
        return bulkreading.poll(request, self.reads, ident)

    def read_result(self, request: Request, ident: str) -> Answer:
        """GET /crm/bulk/{v}/read/{id}/result."""
        return bulkreading.result(request, self.reads, ident)

    def _is_full(self) -> bool:
        unfinished = len(self.writes.unfinished) + len(self.reads.unfinished)
        return unfinished >= self._organisation.switches.bulk_jobs

    def release(self) -> None:
        """Let stuck jobs go on; they end with the next call."""
        self.writes.release()

    def advance(self, until: float) -> None:
        """Do what all jobs do up to a moment; a read sees what the writes had done when it ended."""
        for read in sorted(self.reads.unfinished, key=lambda job: job.ends):
            if read.ends <= until:
                self._write_until(read.ends)
                self.reads.run(read, until)
        self._write_until(until)

    def _write_until(self, until: float) -> None:
        for job in self.writes.unfinished:
            self.writes.run(job, until)

    def dump(self) -> dict[str, Any]:
        """Give the state as JSON values."""
        return {"files": self.files.dump(), "writes": self.writes.dump(), "reads": self.reads.dump()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self.files.load(state["files"])
        self.writes.load(state["writes"])
        self.reads.load(state["reads"])
