"""Where the intents of a plan stand after an apply."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.planview.masks import mask_reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from pipeline.models import Lane
    from resources.ledger import Ledger, Plan
    from resources.progress import Progress


NOT_THROUGH = "{:,} of its writes did not get through"
"""Neither sent nor held for a reason: the vendor did not take them in any of the rounds."""
MOST_REASONS, LONGEST = 2, 160


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


def unfinished(unsent: AbstractSet[str], progress: Progress) -> str | None:
    """Return in words what of a plan the vendor did not take in any of the rounds; None when it took everything.

    `unsent`: ids of the intents that are still to be sent. Some wait for others: for their record, for its answer.
    """
    left = unsent - progress.held.keys()
    if not left:
        return None
    told = NOT_THROUGH.format(len(left))
    known = {**progress.doubts, **progress.untaken}
    reasons = dict.fromkeys(known[name] for name in sorted(left) if name in known)
    told += f": {', '.join(map(_shortened, list(reasons)[:MOST_REASONS]))}" if reasons else ""
    depending = len(unsent) - len(left)
    return f"{told}; {depending:,} more {'waits' if depending == 1 else 'wait'} for them" if depending else told


def _shortened(reason: str) -> str:
    # What a vendor says may repeat what it was sent.
    told = mask_reason(reason)
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…"


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
