"""What a round of sending met: what stayed open, whom the vendor never takes, and why it stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models import Intent, Outcome

MOST_UNTAKEN = 3
"""So many writes that were tried for the first time, none of them taken and nothing else between them, say that the
vendor takes nothing at the moment. Fewer may be records that it never takes: those stop nobody else. No opt-out stops
another one."""

MOST_DOUBTFUL = 3
"""So many calls in a row that got no answer, of writes that were tried for the first time: what became of them is
asked before anything else is sent. Each of them costs, and so does each question. Opt-outs are few, and are tried."""


@dataclass(slots=True)
class Progress:
    """What a round of sending met: refused inserts that were recognised, what stayed open, and why it stopped.

    `is_unfinished`: the vendor left something without an outcome, or did not take it this time. `untaken`: intent id →
    why the vendor did not take it. `in_a_row`: how many of those were the last that were tried for the first time.
    `has_taken`: whether it took anything at all. `doubts`: intent id → why a call about it got no answer.
    `doubted_in_a_row`: how many calls of this round were the last ones, all without an answer; `is_halted`: whether
    these are too many for this round.
    """

    recognised: int = 0
    is_unfinished: bool = False
    stopped: str | None = None
    held: dict[str, str] = field(default_factory=dict)
    untaken: dict[str, str] = field(default_factory=dict)
    in_a_row: int = 0
    has_taken: bool = False
    doubts: dict[str, str] = field(default_factory=dict)
    doubted_in_a_row: int = 0
    is_halted: bool = False

    def begin(self) -> None:
        """Begin a round."""
        self.is_unfinished = self.is_halted = False
        self.doubted_in_a_row = 0

    def note(self, batch: Sequence[Intent], outcomes: Sequence[Outcome]) -> None:
        """Note the outcomes of a call, and stop when it is one call too many that the vendor took nothing of."""
        self.is_unfinished |= any(outcome.status in {"in_doubt", "not_sent"} for outcome in outcomes)
        self._note_doubts(batch, outcomes)
        left = {
            intent.intent_id: outcome.message or "the vendor takes nothing at the moment"
            for intent, outcome in zip(batch, outcomes, strict=True)
            if outcome.status == "not_sent"
        }
        fresh = left.keys() - self.untaken.keys()
        self.untaken |= left
        if len(left) < len(batch):
            self.in_a_row, self.has_taken = 0, True
            return
        self.in_a_row += len(fresh)
        if fresh and self.in_a_row >= MOST_UNTAKEN and batch[0].lane != "optout":
            self.stopped = outcomes[0].message or "the vendor takes nothing at the moment"

    def _note_doubts(self, batch: Sequence[Intent], outcomes: Sequence[Outcome]) -> None:
        doubts = {
            intent.intent_id: outcome.message or "the vendor gave no answer"
            for intent, outcome in zip(batch, outcomes, strict=True)
            if outcome.status == "in_doubt"
        }
        is_new = bool(doubts.keys() - self.doubts.keys())
        self.doubts |= doubts
        if len(doubts) < len(batch):
            self.doubted_in_a_row = 0
        elif is_new and batch[0].lane != "optout":
            self.doubted_in_a_row += 1
            self.is_halted = self.doubted_in_a_row >= MOST_DOUBTFUL

    def end(self) -> None:
        """Take it for a stop when the vendor took nothing of the little that there was."""
        if self.untaken and not self.has_taken and self.stopped is None:
            self.stopped = next(iter(self.untaken.values()))
