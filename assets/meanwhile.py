"""Opt-outs that are given while a plan is being sent: told to the other vendors at once, not when the run is over.

Sending a hundred thousand contacts takes hours, and the lane between two days waits for as long. So the sender itself
looks, and tells: the vendor that is being written to between two batches, another one through its own applier. An
opt-out is an intent like every other; one that could not be sent is tried again at the next look, and what a process
leaves behind the next plan finds again, because the vendor does not show it.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from assets.applying import applier
from assets.refusals import missing, refusing
from assets.targets import TARGETS
from pipeline.errors import LeadflowError, QuotaExhausted
from pipeline.planning.desired import Desired
from pipeline.planning.plans import group
from resources.ledger.told import Told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from assets.boundary import Stage
    from assets.lookout import Lookout
    from assets.targets import Target
    from pipeline.models import Intent

PATIENCE = timedelta(minutes=10)
"""How long a run may send before it tells the vendors whose turn comes later what was known from the start."""
AGAIN = timedelta(minutes=1)
"""How long a vendor that could not be told is left alone."""
LOCK_WAIT = 1.0
DONE = frozenset({"confirmed", "rejected"})


class Meanwhile:
    """Tells every vendor of opt-outs while one of them is being written to. Use it under that one's applier's lock."""

    def __init__(self, stage: Stage, target: Target, lookout: Lookout) -> None:
        self._stage, self._target, self._lookout = stage, target, lookout
        self._began_at = stage.now()
        self._made: dict[tuple[str, str], list[Intent]] = {}
        self._open: dict[str, dict[str, Intent]] = {}
        self._quiet_until: dict[str, datetime] = {}
        self._caught_up: set[str] = set()
        self.told: Counter[str] = Counter()

    def __call__(self) -> Sequence[Intent]:
        """Look if a look is due, tell the other vendors, and return what the one being written to is to be told."""
        # Looking again before then would only be refused again.
        blind_until = self._stage.opened.blind_until.get(self._target.vendor)
        if blind_until is not None and self._stage.now() < blind_until:
            return ()
        try:
            refusals = self._lookout.refusals()
        except LeadflowError as error:
            if isinstance(error, QuotaExhausted):
                self._stage.opened.blind_until[self._target.vendor] = error.resumes_at
            # The guard of the sender asks again before it claims anything, and stops where it gets no answer.
            self._stage.log.info("opt-outs could not be looked for: %s", error)
            return ()
        for target in TARGETS.values():
            self._take_in(target, refusals)
            if target is not self._target:
                self._tell(target)
        return list(self._still_open(self._target.vendor).values())

    def _take_in(self, target: Target, refusals: Mapping[str, str]) -> None:
        """Make the intents of everybody new who refuses."""
        fresh = {key: why for key, why in refusals.items() if (target.vendor, key) not in self._made}
        if not fresh and not self._is_late(target):
            return
        concerned = [
            Desired(
                person_key=key,
                object=kind,
                record_id=record_id,
                hold=fresh[key],
                opted_out_channels=frozenset({"email"}),
            )
            for key, (kind, record_id) in self._lookout.homes(target.vendor, fresh)
        ]
        self._made |= {(target.vendor, key): [] for key in fresh}
        if self._is_late(target):
            self._caught_up.add(target.vendor)
            concerned += [one for one in refusing(self._stage, target) if one.record_id is not None]
        rows = missing(self._stage, target, concerned, seen=self._lookout.seen(target.vendor))
        self._stage.warehouse.release()
        revisions = self._stage.ledger.revisions_of(target.vendor, sorted({row.person_key for row in rows}))
        numbers = [revisions.get((row.object, row.person_key), 0) for row in rows]
        found = group(rows, numbers, "")
        Told(self._stage.ledger.store).remember(rows, found)
        for grouped in found:
            intent = grouped.intent
            self._made.setdefault((target.vendor, intent.person_key), []).append(intent)
            self._open.setdefault(target.vendor, {})[intent.intent_id] = intent

    def _is_late(self, target: Target) -> bool:
        """Tell whether a vendor whose plan comes later in a run has waited long enough."""
        order = list(TARGETS)
        is_later = order.index(target.vendor) > order.index(self._target.vendor)
        is_due = self._stage.now() - self._began_at >= PATIENCE
        return is_later and is_due and target.vendor not in self._caught_up

    def _tell(self, target: Target) -> None:
        waiting = self._still_open(target.vendor)
        now = self._stage.now()
        if not waiting or now < self._quiet_until.get(target.vendor, now):
            return
        try:
            applier(self._stage, target, lock_wait=LOCK_WAIT).tell(list(waiting.values()))
        except LeadflowError as error:
            self._stage.log.warning("opt-outs wait for %s: %s", target.vendor, error)
        if self._still_open(target.vendor):
            self._quiet_until[target.vendor] = now + AGAIN

    def _still_open(self, vendor: str) -> dict[str, Intent]:
        """Return what a vendor has not answered yet, and count what it has."""
        waiting = self._open.get(vendor, {})
        if waiting:
            known = self._stage.ledger.intents_named(list(waiting))
            for name, intent in known.items():
                if intent.state in DONE and waiting.pop(name, None) is not None:
                    self.told[vendor] += intent.operation == "set_optout" and intent.state == "confirmed"
        return waiting
