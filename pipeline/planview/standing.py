"""Where a plan stands: what happened to it, and what may happen to it now, in one word and one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

Status = Literal["empty", "applied", "stopped", "expired", "paused", "approved", "automatic", "waiting"]

LEFT_OUT = "left_out_by_pause"
"""In the summary of a plan that was made while writing was paused: people who were not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A plan as the ledger keeps it.

    `made_at`: when it was compared with the vendor's records the last time; `left_out`: people who were not, because
    writing was paused.
    """

    plan_hash: str
    vendor: str
    as_of: date
    made_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    applied_at: datetime | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate's or check's word on a plan; `is_passed` is None when a required one was never given."""

    check: str
    is_passed: bool | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What decides beside the plan itself: the moment, the mode of applying, a pause, how old a plan may get."""

    now: datetime
    mode: str
    paused: str | None = None
    max_age: timedelta = timedelta(hours=24)


def standing(saved: Saved, verdicts: Sequence[Judged], around: Surroundings, *, has_work: bool) -> tuple[Status, str]:
    """Return a plan's status and the sentence that says what it means for a person."""
    apply = f"`leadflow apply {saved.plan_hash[:8]}`"
    refused = [item.check for item in verdicts if not item.is_passed]
    is_old = bool(around.max_age) and around.now - saved.made_at > around.max_age
    hours = around.max_age / timedelta(hours=1)
    by = f", approved by {saved.approved_by}" if saved.approved_by else ""
    # The first that is true.
    is_partial = bool(saved.left_out) and (not has_work or saved.applied_at is not None)
    resume = f"`leadflow resume {saved.vendor}`, then " if around.paused is not None else ""
    told = f"made while writing was paused: {saved.left_out:,} people were not compared; {resume}`leadflow run` does it"
    states: list[tuple[bool, Status, str]] = [
        (is_partial, "paused", told),
        (not has_work, "empty", "nothing to do: what we want is there"),
        (saved.applied_at is not None, "applied", f"applied on {_moment(saved.applied_at)}{by}: nothing waits"),
        (bool(refused), "stopped", f"stopped by {', '.join(refused)}: only opt-outs are sent until that is mended"),
        (is_old, "expired", f"too old to apply (more than {hours:g} h): `leadflow run` makes it anew"),
        (around.paused is not None, "paused", f"paused ({around.paused}): only opt-outs are sent until it is resumed"),
        (saved.approved_at is not None, "approved", f"approved by {saved.approved_by}, not sent yet: {apply} sends it"),
        (around.mode == "auto", "automatic", f"not sent yet: the next run plans again and sends, or {apply} now"),
        (around.mode == "within_limits", "waiting", f"waits for a person, unless it is within the caps: {apply}"),
    ]
    found = ((status, sentence) for is_so, status, sentence in states if is_so)
    return next(found, ("waiting", f"waits for a person: {apply}"))


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"
