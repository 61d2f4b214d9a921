"""Settling by asking: what became of writes whose answer was lost is the vendor's to say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.models import Intent, Operation, Outcome, Sighting, Writer
from pipeline.planning.settle import decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from resources.ledger import Ledger
    from resources.reading import KindOf

ASKED_AT_ONCE = 100
SHORTEST_PAUSE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of the intents that were in doubt; `waiting` are younger than their in-flight horizon."""

    confirmed: int = 0
    retried: int = 0
    gone: int = 0
    waiting: int = 0


class Settler:
    """Settles for one vendor. Under the applier's lock only: then whatever is unsettled has no owner."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        writer: Writer,
        clock: Callable[[], datetime],
        horizon_seconds: Callable[[Operation], float],
        kind_of: KindOf,
        converts_to: str,
        pause: Callable[[float], None],
    ) -> None:
        self.ledger = ledger
        self.writer = writer
        self.clock = clock
        self.horizon_seconds = horizon_seconds
        self.kind_of = kind_of
        self.converts_to = converts_to
        self.pause = pause

    def settle(self, patience_seconds: float) -> Settled:
        """Ask until nothing is left in doubt or patience is at its end."""
        left = patience_seconds
        total = Settled()
        while True:
            settled, wait = self._settle_once()
            total = Settled(
                confirmed=total.confirmed + settled.confirmed,
                retried=total.retried + settled.retried,
                gone=total.gone + settled.gone,
                waiting=settled.waiting,
            )
            if not settled.waiting or left <= 0:
                return total
            pause = min(max(wait, SHORTEST_PAUSE), left)
            left -= pause
            self.pause(pause)

    def _settle_once(self) -> tuple[Settled, float]:
        """Ask once about everything in doubt; return the counts and the seconds until the next horizon."""
        doubts = [pair for pair in self.ledger.in_doubt(self.writer.vendor) if pair[0].operation != "enrich"]
        counts = dict.fromkeys(("confirmed", "retry", "gone", "wait"), 0)
        waits: list[float] = []
        for start in range(0, len(doubts), ASKED_AT_ONCE):
            self._settle_batch(doubts[start : start + ASKED_AT_ONCE], counts, waits)
        settled = Settled(
            confirmed=counts["confirmed"],
            retried=counts["retry"],
            gone=counts["gone"],
            waiting=counts["wait"],
        )
        return settled, min(waits, default=0.0)

    def _settle_batch(self, doubts: list[tuple[Intent, datetime]], counts: dict[str, int], waits: list[float]) -> None:
        asked_at = self.clock()
        sightings = self.writer.look_up([intent for intent, _ in doubts])
        results: list[tuple[Intent, Outcome]] = []
        retried: list[Intent] = []
        for (intent, since), sighting in zip(doubts, sightings, strict=True):
            horizon = timedelta(seconds=self.horizon_seconds(intent.operation))
            # The age when we asked, not when the answer came: the call may have landed in between.
            verdict = decide(intent, sighting, asked_at - since, horizon, kind_of=self.kind_of)
            counts[verdict] += 1
            if verdict == "confirmed":
                results.append(_seen(intent, sighting))
            elif verdict == "gone":
                gone = Outcome(status="rejected", code="gone", message="the record no longer exists")
                results.append((intent, gone))
            elif verdict == "retry":
                retried.append(intent)
            else:
                waits.append((since + horizon - asked_at).total_seconds())
        self.ledger.settle(results, converts_to=self.converts_to)
        self.ledger.release(retried, "answer lost, and it is not there: sent again", is_attempt=True)


def _seen(intent: Intent, sighting: Sighting) -> tuple[Intent, Outcome]:
    """Return the confirmation of an intent that the vendor shows, under the place where it lives now."""
    outcome = Outcome(status="confirmed", record_id=sighting.record_id or intent.record_id)
    if intent.operation == "convert" or sighting.object is None:
        return intent, outcome
    return replace(intent, object=sighting.object), outcome
