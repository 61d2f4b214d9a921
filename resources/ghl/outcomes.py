"""Outcomes of GoHighLevel's calls in the applier's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.models import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import Json


def confirmed(
    record_id: str, untaken: Sequence[str] = (), *, why: Mapping[str, str] | None = None, answer: Json = None
) -> Outcome:
    """Return a confirmation; `untaken`: what the call never takes, `why`: field left out this time → the reason."""
    told = [f"not sent, the call does not take it: {', '.join(sorted(untaken))}"] if untaken else []
    message = "; ".join([*told, *(why or {}).values()]) or None
    return Outcome(status="confirmed", record_id=record_id, message=message, answer=answer, left_out=tuple(why or ()))


def rejected(code: str, message: str) -> Outcome:
    """Return a refusal of our own: nothing was sent."""
    return Outcome(status="rejected", code=code, message=message)
