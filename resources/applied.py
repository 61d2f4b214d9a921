"""Where the intents of a plan stand after an apply."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models import Lane
    from resources.ledger import Ledger, Plan
    from resources.sending import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Where the intents of a plan stand after an apply.

    `unknown`: answer lost, and nobody can be asked: not sent again. In words: `stopped` says why it ended early,
    `waiting` how much did not get through, `unanswered` which writes of any plan have no outcome, and until when: the
    next run goes on with both.
    """

    planned: int = 0
    confirmed: int = 0
    rejected: int = 0
    in_doubt: int = 0
    held: int = 0
    recognised: int = 0
    unknown: int = 0
    stopped: str | None = None
    waiting: str | None = None
    unanswered: str | None = None


def tally(
    ledger: Ledger,
    plan: Plan,
    lanes: Sequence[Lane],
    progress: Progress,
    *,
    waiting: str | None = None,
    unanswered: str | None = None,
) -> Applied:
    """Count the intents of a plan's lanes by state; `waiting`, `unanswered`: what the next run goes on with."""
    states: Counter[str] = Counter()
    for (lane, state), number in ledger.plan_states(plan.plan_hash).items():
        states[state] += number if lane in lanes else 0
    return Applied(
        planned=states.total(),
        confirmed=states["confirmed"],
        rejected=states["rejected"],
        in_doubt=states["sent"] + states["claimed"],
        held=states["planned"] + states["superseded"],
        unknown=states["lost"],
        recognised=progress.recognised,
        stopped=progress.stopped,
        waiting=waiting,
        unanswered=unanswered,
    )
