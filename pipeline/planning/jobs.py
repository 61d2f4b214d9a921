"""Bulk jobs: which intents may travel together, and what a result file says about each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.models import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pipeline.models import Intent, JobRow, Json

DUPLICATE = "DUPLICATE_DATA"
BULK_ATTEMPTS = 2
"""How often an intent goes by bulk job; afterwards ordinary calls find out what is wrong with it."""

Split = tuple["list[list[Intent]]", "list[Intent]"]


@dataclass(frozen=True, slots=True)
class Matched:
    """What a result file came to.

    `again`: never processed, to be planned again. `singly`: a duplicate whose record the file does not name;
    an ordinary call does. `oddities`: result rows that fit no intent, or several that claim to be one. Intents
    that are nowhere among these have no answer: they are asked about.
    """

    results: list[tuple[Intent, Outcome]] = field(default_factory=list)
    again: list[Intent] = field(default_factory=list)
    singly: list[Intent] = field(default_factory=list)
    oddities: list[Mapping[str, Json]] = field(default_factory=list)

    def is_complete(self, intents: Sequence[Intent]) -> bool:
        """Return whether every intent got a word."""
        return len(self.results) + len(self.again) + len(self.singly) == len(intents)


def match(intents: Sequence[Intent], rows: Iterable[JobRow], key_of: Callable[[Intent], str]) -> Matched:
    """Match the result rows of a job with its unsettled intents, one to one, by row key.

    Nothing is guessed: a key that comes twice or belongs to no intent, or a row without the record that was
    written, is an oddity, and its intent stays without an answer.
    """
    waiting = {key_of(intent): intent for intent in intents}
    by_key: dict[str, list[JobRow]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    found = Matched()
    for key, told in by_key.items():
        intent = waiting.get(key)
        if intent is None:
            found.oddities.extend(_odd(row, "no row of this job has the key") for row in told)
        elif len(told) > 1:
            found.oddities.extend(_odd(row, "several result rows have the key") for row in told)
        else:
            _take(found, intent, told[0])
    return found


def _take(found: Matched, intent: Intent, row: JobRow) -> None:
    record_id = row.record_id or intent.record_id
    is_other = intent.record_id is not None and row.record_id not in {None, intent.record_id}
    if row.status == "unprocessed":
        found.again.append(intent)
    elif row.status == "skipped" and row.code == DUPLICATE and row.record_id is None:
        found.singly.append(intent)
    elif row.status == "skipped":
        refusal = {"status": row.status, "code": row.code, "message": row.message, "record_id": row.record_id}
        told = Outcome(
            status="rejected", record_id=row.record_id, code=row.code or "SKIPPED", message=row.message, answer=refusal
        )
        found.results.append((intent, told))
    elif record_id is None or is_other:
        found.oddities.append(_odd(row, "another record was written" if is_other else "no record is named"))
    else:
        found.results.append((intent, Outcome(status="confirmed", record_id=record_id, code=row.code)))


def _odd(row: JobRow, why: str) -> Mapping[str, Json]:
    return {"key": row.key, "status": row.status, "record_id": row.record_id, "code": row.code, "why": why}


def may_go(intent: Intent, *, is_ours: Callable[[Intent], bool]) -> bool:
    """Return whether an intent may go by bulk job.

    Opt-outs never do, and neither does what was merged with a person's value: a job takes minutes, in which a
    human edit would be overwritten. So it carries inserts, and updates of fields that are ours alone.
    """
    if intent.lane != "normal" or intent.attempt > BULK_ATTEMPTS:
        return False
    if intent.operation == "insert":
        return True
    return intent.operation == "update" and intent.record_id is not None and is_ours(intent)


def sound(lists: Iterable[Sequence[Intent]], key_of: Callable[[Intent], str]) -> Split:
    """Return jobs of one object and operation in which no person and no row key comes twice, and what is left."""
    jobs: list[list[Intent]] = []
    rest: list[Intent] = []
    for members in lists:
        job: list[Intent] = []
        people: set[str] = set()
        keys: set[str] = set()
        for intent in members:
            alike = not job or (intent.object, intent.operation) == (job[0].object, job[0].operation)
            key = key_of(intent)
            if alike and intent.person_key not in people and key not in keys:
                job.append(intent)
                people.add(intent.person_key)
                keys.add(key)
            else:
                rest.append(intent)
        jobs += [job] if job else []
    return jobs, rest
