"""What is known when a run has ended, and the messages that come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pipeline.alerts.settings import Kind

TARGETS = {"zoho": "Zoho", "ghl": "GoHighLevel", "apollo": "Apollo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorFacts:
    """One vendor after a run.

    Attributes:
        vendor: zoho or ghl.
        confirmed, rejected, in_doubt: writes of this run, and how many lost an answer that is still asked for.
        plan_hash: the latest plan; None before the first.
        waiting: writes of that plan that a person has to release.
        late_optouts: minutes since each undelivered opt-out was first known here, by person key.
    """

    vendor: str
    confirmed: int = 0
    rejected: int = 0
    in_doubt: int = 0
    plan_hash: str | None = None
    waiting: int = 0
    late_optouts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a vendor's day or of a month's budget: `what` in words, units."""

    name: str
    what: str
    left: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A person who answered or booked and waits. Name and address are shown only where that was asked for."""

    person_key: str
    kind: str
    hours: int
    grade: str | None = None
    full_name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A run that ended, and how things stand after it.

    Attributes:
        status: done, failed, stopped, waiting or incomplete.
        messages: why it ended so, as the run told it (may hold personal data).
        failed_checks: full names of checks that found something.
        refused: vendors that refused our credentials.
        volumes: rows by table (`staging/leads`) after this run.
        earlier: the same of earlier runs, newest first.
        replies: people who wait for an answer.
        spent: units by kind in this run.
        doubts: titles of earlier alerts of which nobody knows whether they arrived.
    """

    workspace: str
    environment: str
    run_id: str
    job: str
    as_of: date
    status: str
    messages: Sequence[str] = ()
    failed_checks: Sequence[str] = ()
    passed_checks: int = 0
    refused: Sequence[str] = ()
    resumes_at: str | None = None
    vendors: Sequence[VendorFacts] = ()
    left: Sequence[Left] = ()
    volumes: Mapping[str, int] = field(default_factory=dict)
    earlier: Sequence[Mapping[str, int]] = ()
    replies: Sequence[Reply] = ()
    spent: Mapping[str, float] = field(default_factory=dict)
    doubts: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to tell: at most once a day under its key.

    Attributes:
        key: what it is about, the same for the same thing on the next day; no personal data.
        day: the business day that it belongs to.
        title: one line.
        lines: the rest, plain text.
        kind: of an alert; None for a digest or a trial.
    """

    key: str
    day: str
    title: str
    lines: tuple[str, ...] = ()
    kind: Kind | None = None
