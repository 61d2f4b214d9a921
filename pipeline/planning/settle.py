"""What became of a write whose answer was lost: decided from what the vendor shows now, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from pipeline.planning.equivalence import contains, equivalent, is_blank, tag_set
from pipeline.planning.plans import ACTIVITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pipeline.models import Intent, Json, Sighting
    from pipeline.planning.states import JobState

Verdict = Literal["confirmed", "retry", "gone", "wait"]

TAG_FIELDS = ("Tag", "tags", "Tags", "tag")

NEVER = timedelta.max
"""Horizon of what may run for ever: presence is believed, absence is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms an intent in doubt is asked about: since when, and from `due_at` on."""

    since: datetime
    horizon: timedelta
    due_at: datetime


def terms(
    sent_at: datetime,
    *,
    single: timedelta,
    bulk: timedelta = timedelta(0),
    job: JobState | None = None,
    ended_at: datetime | None = None,
    asked_at: datetime | None = None,
) -> Terms | None:
    """Return on which terms to ask about an intent; None while its bulk job is to be asked instead.

    Args:
        sent_at: when its call, or its job's, was made.
        single: in-flight horizon of a single call.
        bulk: in-flight horizon of a bulk job.
        job: state of the bulk job that carries it, None for an ordinary call.
        ended_at: when the job's result was applied.
        asked_at: when the rows of the job were asked about last.

    A job whose creation was not answered, or that failed, may have written until the bulk horizon is past. A
    row that the result of a completed job lacks is asked about as if it had been called when the job ended.
    The rows of a job that is stuck are looked for once per horizon, and those absent wait.
    """
    if job in {"prepared", "uploaded", "completed"}:
        return None
    if job in {"submitting", "failed", "resolved"}:
        return Terms(since=sent_at, horizon=bulk, due_at=sent_at + bulk)
    if job == "submitted":
        return Terms(since=sent_at, horizon=NEVER, due_at=max(sent_at, asked_at or sent_at) + bulk)
    since = max(sent_at, ended_at or sent_at) if job == "applied" else sent_at
    return Terms(since=since, horizon=single, due_at=since)


def decide(
    intent: Intent,
    sighting: Sighting,
    age: timedelta,
    horizon: timedelta,
    *,
    kind_of: Callable[[str, str], str] = lambda _object, _field: "text",
) -> Verdict:
    """Return what to do with an intent in doubt.

    Presence is believed at once, absence only when the call is older than its in-flight horizon: until then
    the vendor may still be executing it. `gone`: the record that was to be changed no longer exists.
    """
    if sighting.found is None:
        return "wait"
    if intent.operation == "delete" and not sighting.found:
        return "confirmed"
    if sighting.found and has_landed(intent, sighting, kind_of=kind_of):
        return "confirmed"
    if age < horizon:
        return "wait"
    if intent.operation == "insert" or intent.operation in ACTIVITIES or sighting.found:
        return "retry"
    return "gone"


def has_landed(
    intent: Intent, sighting: Sighting, *, kind_of: Callable[[str, str], str] = lambda _object, _field: "text"
) -> bool:
    """Return whether an existing record shows the write.

    An insert has landed when the key is there, whatever the values: reading back compares those; so has a task or
    note when its reference is. A conversion has landed when the lead now lives in another module. A record that
    exists was not deleted.
    """
    if intent.operation == "insert" or intent.operation in ACTIVITIES:
        return True
    if intent.operation == "delete":
        return False
    if intent.operation == "convert":
        return sighting.object is not None and sighting.object != intent.object
    if intent.operation in {"add_tags", "remove_tags"}:
        wanted, there = tag_set(intent.payload.get("tags") or []), tags_in(sighting.values)
        return wanted <= there if intent.operation == "add_tags" else not wanted & there
    if intent.operation == "set_optout":
        return contains(dict(sighting.values), dict(intent.payload))
    here = sighting.object or intent.object
    return all(_same(kind_of(here, name), value, sighting.values.get(name)) for name, value in intent.payload.items())


def tags_in(values: Mapping[str, Json]) -> frozenset[str]:
    """Return the tags of a record, whatever the vendor calls the field."""
    for name in TAG_FIELDS:
        if name in values:
            return tag_set(values[name] or [])
    return frozenset()


def _same(kind: str, sent: Json, stored: Json) -> bool:
    if isinstance(sent, dict) and not is_blank(stored):
        return equivalent("lookup", sent, stored) if "id" in sent else contains(stored, sent)
    return equivalent(kind, sent, stored)
