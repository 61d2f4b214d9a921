"""Buying people from Apollo: each at most once, whatever happens on the way.

The purchase is committed to the ledger before the call, the answer is landed before the ledger is told. After a
crash the landing tells what was answered. Where no answer was landed, the vendor's own credit counter tells
whether the lost call was charged: unchanged, the people may be asked for again; moved, they stay *in doubt* and
are never paid for again without a person's word, because Apollo has no way to ask for an answer twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.errors import AnswerLost, QuotaExhausted, VendorError
from pipeline.feeds import FEEDS, split
from pipeline.models import Intent, Outcome
from resources.ledger.enrichments import MISS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from resources.apollo import ApolloClient
    from resources.landing import Landed, Landing
    from resources.ledger import Ledger

PEOPLE = FEEDS["raw.apollo__people"]
PER_CALL = 10
IN_FLIGHT = timedelta(minutes=2)
"""How long a single call may still be executing at the vendor (scaled by LEADFLOW_TIME_SCALE)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one credit costs, and since when that is known."""

    usd: float | None
    as_of: date | None


class Purchaser:
    """Buys people for one run of one workspace."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        apollo: ApolloClient,
        landing: Landing,
        run_id: str,
        day: date,
        now: Callable[[], datetime],
        time_scale: float,
        price: Price,
    ) -> None:
        self._ledger, self._apollo, self._landing = ledger, apollo, landing
        self._run_id, self._day, self._now = run_id, day, now
        self._horizon, self._price = IN_FLIGHT / time_scale, price
        self._left: float | None = None
        self._cycle_ends_on: date | None = None

    def settle(self) -> dict[str, int]:
        """Settle purchases whose process died or whose answer was lost; return counts by what was found."""
        doubted = self._ledger.in_doubt("apollo")
        if not doubted:
            return {}
        answered = self._answered({intent.record_id or "" for intent, _ in doubted})
        known = [intent for intent, _ in doubted if intent.record_id in answered]
        for content, context, batch in _by_answer(known, answered):
            self._record(batch, content, search=str(context.get("search", "")))
        silent = [(intent, since) for intent, since in doubted if intent.record_id not in answered]
        due = [intent for intent, since in silent if self._now() - since > self._horizon]
        released = 0
        if due and self._was_not_charged():
            self._ledger.release(due, "not charged: Apollo's credit counter did not move", is_attempt=True)
            self._ledger.supersede(due, "to be asked for again")
            released = len(due)
        return {"answered": len(known), "not_charged": released, "in_doubt": len(silent) - released}

    def buy(self, ids: Sequence[str], *, search: str) -> dict[str, int]:
        """Buy people by Apollo id, ten a call, leaving out whoever was bought or is in doubt; return counts.

        Raises:
            AnswerLost: the answer of a call was lost; its people are in doubt, the later ones were not asked for.
            RateLimited, QuotaExhausted: the vendor asks for a pause; what was bought is kept.
        """
        counts = {"bought": 0, "missed": 0, "credits": 0}
        for start in range(0, len(ids), PER_CALL):
            batch = self._ledger.begin_enrichment("apollo", ids[start : start + PER_CALL], owner=self._run_id)
            if not batch:
                continue
            asked = [intent.record_id or "" for intent in batch]
            try:
                answer = self._apollo.match_people(asked)
            except AnswerLost:
                raise
            except (VendorError, QuotaExhausted) as error:
                # Anything but a lost answer was not executed: nobody was paid for.
                self._settle_all(batch, Outcome(status="not_sent", message=str(error)))
                raise
            context = {"search": search, "ids": asked}
            self._landing.keep(
                PEOPLE.vendor, PEOPLE.kind, day=self._day, name=asked[0], content=answer.content,
                fetched_at=self._now(), context=context,
            )  # fmt: skip
            hits, credits_used = self._record(batch, answer.content, search=search)
            counts["bought"] += hits
            counts["missed"] += len(batch) - hits
            counts["credits"] += int(credits_used)
        return counts

    def _record(self, batch: Sequence[Intent], content: bytes, *, search: str) -> tuple[int, float]:
        """Settle a batch by its answer and note what it cost, one charge per person; return hits and credits."""
        found = {record.record_id for record in split(PEOPLE, content, place="the answer of people/bulk_match")}
        told = json.loads(content).get("credits_consumed")
        hits = [intent for intent in batch if intent.record_id in found]
        # Credits are shared evenly among the people found; Apollo tells one sum per call.
        used = float(told) if isinstance(told, int | float) else float(len(hits))
        if self._left is not None:
            self._left = max(0.0, self._left - used)
        costs = [
            {
                "run_id": self._run_id,
                "vendor": "apollo",
                "unit": "apollo_credit",
                "quantity": used / len(hits) if intent.record_id in found else 0.0,
                "unit_price_usd": self._price.usd,
                "usd": (self._price.usd or 0.0) * (used / len(hits) if intent.record_id in found else 0.0),
                "price_as_of": self._price.as_of,
                "purpose": "enrich",
                "search": search,
                "person_key": f"apollo:{intent.record_id}",
                "outcome": "hit" if intent.record_id in found else "miss",
                "forecast_quantity": 1.0,
                "cycle_ends_on": self._cycle_ends_on,
                "left_after": self._left,
            }
            for intent in batch
        ]
        results = [
            (intent, Outcome(status="confirmed", record_id=intent.record_id))
            if intent.record_id in found
            else (intent, Outcome(status="rejected", code=MISS, message="Apollo knows nobody under this id"))
            for intent in batch
        ]
        self._ledger.settle_purchase(results, costs)
        return len(hits), used

    def _settle_all(self, batch: Sequence[Intent], outcome: Outcome) -> None:
        self._ledger.settle([(intent, outcome) for intent in batch])

    def _answered(self, wanted: set[str]) -> dict[str, Landed]:
        """Return the landed answer of each wanted id, where there is one."""
        found: dict[str, Landed] = {}
        for landed in self._landing.read(PEOPLE.vendor, PEOPLE.kind):
            for asked in landed.context.get("ids", ()):
                if asked in wanted:
                    found[asked] = landed
        return found

    def _was_not_charged(self) -> bool:
        """Tell whether Apollo's counter is where our own charges put it since the last time both were read."""
        usage = self._apollo.credit_usage()
        baseline = self._ledger.meter("apollo_credit")
        if usage is None or usage.consumed is None or baseline is None:
            return False
        return usage.consumed - baseline.told <= baseline.recorded_since

    def read_meter(self) -> None:
        """Note what is left of the cycle; and, while nothing is in doubt, the vendor's counter beside our own."""
        usage = self._apollo.credit_usage()
        if usage is None:
            return
        self._left, self._cycle_ends_on = usage.left, _day(usage.cycle_end)
        if usage.consumed is not None and not self._ledger.in_doubt("apollo"):
            self._ledger.note_meter("apollo_credit", usage.consumed)


def _by_answer(
    known: Iterable[Intent], answered: Mapping[str, Landed]
) -> Iterable[tuple[bytes, Mapping[str, object], list[Intent]]]:
    groups: dict[str, list[Intent]] = {}
    for intent in known:
        groups.setdefault(answered[intent.record_id or ""].ref, []).append(intent)
    for ref, batch in groups.items():
        landed = next(each for each in answered.values() if each.ref == ref)
        yield landed.content, landed.context, batch


def _day(text: str | None) -> date | None:
    """Return the day of an ISO text, None where it is none: money is told without it."""
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
