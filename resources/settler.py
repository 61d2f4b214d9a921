"""Settling by asking: what became of writes whose answer was lost is the vendor's to say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.models import Intent, Operation, Outcome, Sighting, Writer
from pipeline.planning.plans import ENROLMENTS
from pipeline.planning.settle import NEVER, Terms, decide, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from resources.comparing import KindOf
    from resources.ledger import Ledger
    from resources.ledger.jobrows import Job

ASKED_AT_ONCE = 100
SHORTEST_PAUSE = 0.05
LOST = "the answer was lost, and no vendor tells who is in a workflow: not repeated"

Waits = list[tuple[float, bool]]
"""Seconds until something may be asked again with effect, and whether it is a bulk job."""


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
        bulk_horizon_seconds: float = 0.0,
    ) -> None:
        self.ledger = ledger
        self.writer = writer
        self.clock = clock
        self.horizon_seconds = horizon_seconds
        self.kind_of = kind_of
        self.converts_to = converts_to
        self.pause = pause
        self.bulk_horizon = timedelta(seconds=bulk_horizon_seconds)

    def settle(self, patience_seconds: float) -> Settled:
        """Ask until nothing is left in doubt or patience is at its end."""
        left = patience_seconds
        total = Settled()
        # What was asked about is asked again when absence can be believed, not whenever something else can be: each
        # question costs.
        later: dict[str, datetime] = {}
        while True:
            settled, waits = self._settle_once(later)
            total = Settled(
                confirmed=total.confirmed + settled.confirmed,
                retried=total.retried + settled.retried,
                gone=total.gone + settled.gone,
                waiting=settled.waiting,
            )
            # A bulk job may keep its rows for hours: this run waits only for what patience can reach.
            reachable = [wait for wait, is_job in waits if not is_job or wait <= left]
            if not settled.waiting or left <= 0 or not reachable:
                return total
            pause = min(max(min(reachable), SHORTEST_PAUSE), left)
            left -= pause
            self.pause(pause)

    def _settle_once(self, later: dict[str, datetime]) -> tuple[Settled, Waits]:
        """Ask once about everything in doubt that is due; return the counts and when to ask again.

        `later`: intent id → when it is due, for those that were asked about; it is kept up to date.
        """
        counts = dict.fromkeys(("confirmed", "retry", "gone", "wait"), 0)
        waits: Waits = []
        for job, size in self.ledger.doubted_jobs(self.writer.vendor):
            self._settle_job(job, size, counts, waits, later)
        calls = [pair for pair in self.ledger.unanswered_calls(self.writer.vendor) if pair[0].operation != "enrich"]
        self._close([intent for intent, _ in calls if intent.operation in ENROLMENTS])
        calls = [pair for pair in calls if pair[0].operation not in ENROLMENTS]
        now = self.clock()
        asked = [later[intent.intent_id] for intent, _ in calls if later.get(intent.intent_id, now) > now]
        counts["wait"] += len(asked)
        waits += [((due - now).total_seconds(), False) for due in set(asked)]
        calls = [pair for pair in calls if later.get(pair[0].intent_id, now) <= now]
        for start in range(0, len(calls), ASKED_AT_ONCE):
            batch = calls[start : start + ASKED_AT_ONCE]
            doubts = [(intent, self._call_terms(intent, since)) for intent, since in batch]
            self._settle_batch(doubts, counts, waits, later)
        self.ledger.resolve_jobs(self.writer.vendor)
        settled = Settled(
            confirmed=counts["confirmed"],
            retried=counts["retry"],
            gone=counts["gone"],
            waiting=counts["wait"],
        )
        return settled, waits

    def _close(self, doubted: Sequence[Intent]) -> None:
        """Settle what nobody can be asked about: an enrolment at most once, leaving a workflow at least once."""
        if not doubted:
            return
        unsent = [intent for intent in doubted if intent.state == "claimed"]
        lost = [intent for intent in doubted if intent.state == "sent"]
        self.ledger.release(unsent, "its call was never made")
        self.ledger.lose([one for one in lost if one.operation == "enrol"], LOST)
        again = [one for one in lost if one.operation != "enrol"]
        self.ledger.release(again, "answer lost; leaving twice does no harm: sent again", is_attempt=True)

    def _settle_job(
        self, job: Job, size: int, counts: dict[str, int], waits: Waits, later: dict[str, datetime]
    ) -> None:
        """Ask about the rows of a bulk job, when it is time; otherwise the job itself is to be asked."""
        since = job.submitting_at or job.prepared_at
        told = terms(
            since,
            single=timedelta(seconds=self.horizon_seconds(job.operation)),
            bulk=self.bulk_horizon,
            job=job.state,
            ended_at=job.ended_at,
            asked_at=job.asked_at,
        )
        now = self.clock()
        if told is None or now < told.due_at:
            counts["wait"] += size
            waits += [((told.due_at - now).total_seconds(), True)] if told is not None else []
            return
        rows = self.ledger.open_intents(job)
        for start in range(0, len(rows), ASKED_AT_ONCE):
            batch = rows[start : start + ASKED_AT_ONCE]
            self._settle_batch([(intent, told) for intent in batch], counts, waits, later, is_job=True)
        self.ledger.note_asked([job.job_no])

    def _call_terms(self, intent: Intent, since: datetime) -> Terms:
        single = timedelta(seconds=self.horizon_seconds(intent.operation))
        return Terms(since=since, horizon=single, due_at=since)

    def _settle_batch(
        self,
        doubts: list[tuple[Intent, Terms]],
        counts: dict[str, int],
        waits: Waits,
        later: dict[str, datetime],
        *,
        is_job: bool = False,
    ) -> None:
        asked_at = self.clock()
        sightings = self.writer.look_up([intent for intent, _ in doubts])
        results: list[tuple[Intent, Outcome]] = []
        retried: list[Intent] = []
        for (intent, told), sighting in zip(doubts, sightings, strict=True):
            # The age when we asked, not when the answer came: the call may have landed in between.
            verdict = decide(intent, sighting, asked_at - told.since, told.horizon, kind_of=self.kind_of)
            counts[verdict] += 1
            if verdict == "confirmed":
                results.append(_seen(intent, sighting))
            elif verdict == "gone":
                gone = Outcome(status="rejected", code="gone", message="the record no longer exists")
                results.append((intent, gone))
            elif verdict == "retry":
                retried.append(intent)
            elif told.horizon != NEVER:
                remaining = told.since + told.horizon - asked_at
                # Past the horizon the vendor could not tell: it is asked again, but not in a storm.
                again = remaining if remaining > timedelta(0) else told.horizon / 20
                waits.append((again.total_seconds(), is_job))
                later[intent.intent_id] = asked_at + again
        self.ledger.settle(results, converts_to=self.converts_to)
        self.ledger.release(retried, "answer lost, and it is not there: sent again", is_attempt=True)


def _seen(intent: Intent, sighting: Sighting) -> tuple[Intent, Outcome]:
    """Return the confirmation of an intent that the vendor shows, under the place where it lives now."""
    outcome = Outcome(status="confirmed", record_id=sighting.record_id or intent.record_id)
    if intent.operation == "convert" or sighting.object is None:
        return intent, outcome
    return replace(intent, object=sighting.object), outcome
