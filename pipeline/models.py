"""Frozen types at the borders between modules.

A *plan* is a list of `PlanRow`; the ledger turns its actionable rows into `Intent`s; a vendor's writer turns
intents into `Outcome`s; asking a vendor gives `Sighting`s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict of these."""

Lane = Literal["optout", "normal"]
Operation = Literal[
    "insert", "update", "add_tags", "remove_tags", "set_optout", "convert", "delete", "enrich", "add_task", "add_note",
    "enrol", "unenrol",
]  # fmt: skip
Action = Literal[
    "insert", "update", "add_tags", "remove_tags", "set_optout", "convert", "delete", "add_task", "add_note",
    "enrol", "unenrol", "skip", "hold",
]  # fmt: skip
State = Literal["planned", "claimed", "sent", "confirmed", "rejected", "superseded", "lost"]
Landed = Literal["stored", "normalised", "truncated", "ignored", "overwritten", "missing", "unverifiable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One planned field write, or one skip or hold of a whole record.

    `old_value` and `new_value` are JSON values in the vendor's own words. For `add_tags` and `remove_tags`
    `field` is the vendor's tag field and `new_value` the list of tags; for `convert` `new_value` is the
    request of the vendor's convert call; for `delete` `old_value` is what goes, `new_value` on what terms; for
    `add_task`, `add_note`, `enrol` and `unenrol` `field` is the reference that names the event once and for all, and
    `new_value` the payload of the intent.
    """

    lane: Lane = "normal"
    vendor: str
    object: str
    record_id: str | None
    person_key: str
    action: Action
    field: str | None = None
    old_value: Json = None
    new_value: Json = None
    policy: str | None = None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One write to one record, committed to the ledger before it is sent.

    `payload`: for insert, update and set_optout vendor field → value; for add_tags and remove_tags
    `{"tags": [...]}`; for convert the vendor's request; for delete `{"duplicate_of": {"object", "id"},
    "modified_at"}`: the record that stays, and when the other was changed last; for enrich `{"id": ...}`; for add_task
    and add_note `{"reference": ..., "fields": {vendor field: value}}`, where `object` and `record_id` are the
    record that it hangs at; for enrol and unenrol `{"reference": ..., "workflow": id, "name": ...}`. `record_id` is
    None for an insert.
    """

    intent_id: str
    vendor: str
    object: str
    person_key: str
    record_id: str | None
    operation: Operation
    payload: Mapping[str, Json]
    lane: Lane = "normal"
    base_revision: int = 0
    plan_hash: str = ""
    attempt: int = 1
    state: State = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a vendor answered to one intent of a batch (same order as the batch).

    `in_doubt`: the answer was lost. `not_sent`: the vendor certainly did not execute it (connection refused,
    429, credentials): it stays planned. `record_id` is the record written (for `convert`: the contact);
    `related` names further records (`{"Accounts": id, "Deals": id}`), `left_out` fields of the payload that were not
    sent, for the reason that `message` tells: they are not expected to be read back. For `DUPLICATE_DATA` the
    outcome is `rejected` and `record_id` is the existing record, where the vendor names it.
    """

    status: Literal["confirmed", "rejected", "in_doubt", "not_sent"]
    record_id: str | None = None
    code: str | None = None
    message: str | None = None
    answer: Json = None
    related: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What the vendor holds now for an intent (same order as asked): its answer to "did it land?".

    `found` is None when the vendor could not tell. `values` holds the vendor fields of the record, `{}` when
    it does not exist. `object` and `record_id` say where it lives now (a converted lead is its contact).
    """

    found: bool | None
    object: str | None = None
    record_id: str | None = None
    values: Mapping[str, Json] = field(default_factory=dict)


class Writer(Protocol):
    """A vendor as the applier sees it. Implementations never raise for a single bad record.

    `send` may raise `QuotaExhausted`, `CredentialsRejected` or `UnexpectedAnswer` only when nothing of the
    batch was executed; a lost answer is an `in_doubt` outcome for each intent of the batch.
    """

    vendor: str

    def batch_size(self, operation: Operation) -> int:
        """Return how many intents of one object and operation fit in one call."""
        ...

    def send(self, intents: Sequence[Intent]) -> list[Outcome]:
        """Send one batch: all of one object, operation and (for tags) tag set; outcomes in input order."""
        ...

    def look_up(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Ask the vendor what became of intents whose answer was lost (any object and operation)."""
        ...

    def read_back(self, intents: Sequence[Intent]) -> list[Sighting]:
        """Fetch the written records with the fields that were written (any object and operation)."""
        ...


class Surveyor(Protocol):
    """A vendor's way of looking at many records at once, for fewer units than one by one.

    What it shows proves that a write landed. What it does not show, or shows otherwise, proves nothing: such
    records are asked about one by one.
    """

    def pays(self, records: int) -> bool:
        """Return whether looking at so many records this way costs fewer units."""
        ...

    def survey(
        self, object_name: str, fields: Sequence[str], *, since: datetime, records: int, has_tags: bool
    ) -> Iterator[Sighting]:
        """Yield records that were modified since then, each with these fields, and its tags where they are wanted.

        Yields fewer, or none, where the vendor does not show them this way; `records` is about how many are wanted.

        Raises:
            QuotaExhausted: the vendor could not be asked.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """Where a bulk job stands at the vendor.

    `counts`: added, updated, skipped and total rows as far as the vendor tells. `result` names the place of the
    result file once the job completed. `answer` is the vendor's whole answer.
    """

    state: Literal["running", "completed", "failed"]
    counts: Mapping[str, int] = field(default_factory=dict)
    result: str | None = None
    code: str | None = None
    message: str | None = None
    answer: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One row of a bulk job's result file; `key` is the value of the first mapped column."""

    key: str
    status: Literal["added", "updated", "skipped", "unprocessed"]
    record_id: str | None = None
    code: str | None = None
    message: str | None = None


class BulkWriter(Protocol):
    """A vendor's asynchronous route for many records of one object and operation (insert or update).

    Intents of one job are given in the same order to every call. The first mapped column identifies a row in the
    result: our key for inserts, the record id for updates.
    """

    vendor: str

    def takes(self, object_name: str, operation: Operation) -> bool:
        """Return whether this route can write this object with this operation."""
        ...

    def upload(self, intents: Sequence[Intent]) -> str:
        """Upload the rows; return the file's id. Repeating it is harmless: an unused file changes nothing."""
        ...

    def submit(self, intents: Sequence[Intent], file_id: str) -> str:
        """Create the job; return its id.

        Raises:
            AnswerLost: the job may run, and nobody knows its id.
            RequestRefused, QuotaExhausted, CredentialsRejected: certainly not created.
        """
        ...

    def job(self, job_id: str) -> JobStatus | None:
        """Return where the job stands; None when the vendor knows no such job."""
        ...

    def results(self, status: JobStatus) -> list[JobRow]:
        """Return the rows of the result file of a completed job, in the file's order (not the upload's)."""
        ...

    def row_key(self, intent: Intent) -> str:
        """Return what `JobRow.key` will be for this intent."""
        ...
