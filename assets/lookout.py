"""Looking at the vendors while a plan is being sent: what people did since it was made is left as they did it.

The first look tells what changed since the tables behind the plan were read. Sending a large plan takes minutes,
and a bulk job before it hours: the look is repeated, from where the last one ended, as soon as it is `GLANCE` old.
So the window in which an edit can be overwritten stays about as long, however large the plan is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from assets.targets import TARGETS, Target
from assets.wanted import AT_ONCE
from assets.watermarks import WATERMARKS
from pipeline.errors import QuotaExhausted
from pipeline.planning.plans import ACTIVITIES
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from assets.boundary import Stage
    from pipeline.models import Intent, Json
    from resources.freshness import Delta, Place
    from resources.ledger import Plan

GLANCE = timedelta(seconds=10)
"""How old a look may be when a record is claimed. One more costs two or three calls."""
OWN_GLANCE = timedelta(minutes=5)
"""How old a look at the vendor itself may be while only new records are written to it: somebody may say no there."""
RECORDS_A_GLANCE = 800
"""Four pages: when a look tells more than that, the next one waits longer in proportion."""

UNMOVED = frozenset({"add_tags", "remove_tags", "convert", "delete", *ACTIVITIES})
"""What no edit of a field keeps from being sent (see `resources.freshness`)."""


class Lookout:
    """What happened since a plan was made, as far as the latest look tells. Use it under the applier's lock."""

    def __init__(self, stage: Stage, target: Target, plan: Plan) -> None:
        self._stage, self._target, self._plan = stage, target, plan
        self._read_to: dict[str, str] = dict(plan.summary.get(WATERMARKS, {}))
        self._due_at: datetime | None = None
        self._own_due_at: datetime | None = None
        self._made_due_at: datetime | None = None
        self._made: dict[Place, str] = {}
        self._has_companies = False
        self._held: dict[str, str] = {}
        self._planned_for: set[str] = set()
        self._refusals: dict[str, str] = {}
        self._seen: dict[str, dict[Place, Mapping[str, Json]]] = {}
        self._strangers: set[tuple[str, Place]] = set()
        self._own_heard_at: datetime | None = None
        self._blind_until: dict[str, datetime] = stage.opened.blind_until
        self._owners: dict[str, dict[Place, str]] = {}
        self._moved: dict[tuple[Place, str], str] = {}

    def moved(self, intents: Sequence[Intent]) -> dict[str, str]:
        """Return intent id → why to plan again, for records that no longer hold what the plan saw."""
        self._look(intents)
        found = {intent.intent_id: self._moved.get(_act(intent)) for intent in intents}
        return {intent_id: reason for intent_id, reason in found.items() if reason is not None}

    def guard(self, intent: Intent) -> str | None:
        """Return why an intent must not be claimed any more, or None.

        Raises:
            QuotaExhausted, VendorError: its vendor could not be asked.
        """
        self._look([intent])
        return self._held.get(intent.person_key) or self._moved.get(_act(intent))

    def refusals(self) -> dict[str, str]:
        """Return person key → why, of everybody who said no after the plan was made.

        Raises:
            QuotaExhausted, VendorError: the vendor could not be asked.
        """
        self._look(())
        return dict(self._refusals)

    def seen(self, vendor: str) -> Mapping[Place, Mapping[str, Json]]:
        """Return the records on which a vendor itself shows a no by now."""
        return self._seen.get(vendor, {})

    def homes(self, vendor: str, people: Collection[str]) -> list[tuple[str, Place]]:
        """Return (person key, (object, record id)) of every known record of some people."""
        return sorted((key, place) for place, key in self._owners.get(vendor, {}).items() if key in people)

    def _look(self, intents: Sequence[Intent]) -> None:
        now = self._stage.now()
        if not self._owners:
            self._held = self._begin()
            self._learn(now)
        companies = self._target.mapping(self._stage).companies
        has_companies = any(intent.object == companies for intent in intents)
        if has_companies and not self._has_companies:
            # Asked for the first time: companies were not among what was looked at before.
            self._has_companies, self._own_due_at = True, None
        is_due = self._own_due_at is None or now >= self._own_due_at
        is_about_values = self._own_due_at is None or any(self._can_move(intent, now) for intent in intents)
        # A vendor that cannot be asked for opt-outs alone is read whole for them, less often.
        is_quiet = self._target.refused is None and (
            self._own_heard_at is None or now >= self._own_heard_at + OWN_GLANCE
        )
        if is_due and (is_about_values or is_quiet):
            changed = self._changed_here()
            rows = self._stage.ledger.rows_about(self._plan.plan_hash, {name for _, name in changed.records})
            self._moved |= changed.differing(rows, self._target.mapping(self._stage))
            self._hear(self._target, changed)
            # What is written meanwhile has changed as well: looking must not cost more than writing.
            self._own_heard_at = now
            self._own_due_at = now + GLANCE * max(1.0, len(changed.records) / RECORDS_A_GLANCE)
        if self._due_at is None or now >= self._due_at:
            # An opt-out counts wherever it was given: the other platforms are looked at, too.
            for target in TARGETS.values():
                if target is not self._target:
                    self._hear(target, self._changed_there(target))
                elif not is_about_values and target.refused is not None:
                    self._hear(target, target.refused(self._stage, self._read_to))
            self._due_at = now + GLANCE

    def _can_move(self, intent: Intent, now: datetime) -> bool:
        """Tell whether an edit since the plan was made could keep an intent from being claimed.

        What did not exist then holds nothing that the plan saw: a plan of new records does not read them back while
        it runs. Nor does anybody's edit matter to a tag: who of those people says no is asked for by the mark of it,
        where the vendor can be asked like that.
        """
        place = (intent.object, intent.record_id or "")
        if intent.record_id is None or place in self._made:
            return False
        if place not in self._owners[self._target.vendor] and (self._made_due_at is None or now >= self._made_due_at):
            self._learn(now)
        is_bystander = intent.operation in UNMOVED and self._target.refused is not None
        return place not in self._made and not is_bystander

    def _learn(self, now: datetime) -> None:
        """Learn which records this plan made until now, and whose they are."""
        self._made = self._stage.ledger.made_by(self._plan.plan_hash)
        self._owners[self._target.vendor] |= self._made
        self._made_due_at = now + GLANCE

    def _hear(self, target: Target, changed: Delta) -> None:
        """Take in who says no by now, and up to where that vendor was read."""
        refusing = changed.opted_out(target.mapping(self._stage))
        self._acquaint(target.vendor, refusing)
        for place, reason in refusing.items():
            person = self._owners[target.vendor].get(place)
            if person is None:
                continue
            self._held[person] = reason
            self._seen.setdefault(target.vendor, {})[place] = changed.records[place]
            if person not in self._planned_for:
                self._refusals.setdefault(person, reason)
        self._read_to |= changed.read_to

    def _acquaint(self, vendor: str, places: Iterable[Place]) -> None:
        """Learn whose records are, where one is not known: some were made since the sending began. Once for each."""
        new = {(vendor, place) for place in places if place not in self._owners[vendor]} - self._strangers
        if new:
            self._strangers |= new
            self._owners[vendor] |= {home: key for key, home in self._stage.ledger.id_map(vendor).items()}

    def _changed_here(self) -> Delta:
        try:
            changed = self._target.delta(self._stage, self._read_to)
        except QuotaExhausted as error:
            # Whoever writes to another vendor in this run need not be refused once more.
            self._blind_until[self._target.vendor] = error.resumes_at
            raise
        companies = self._target.companies_delta(self._stage, self._read_to) if self._has_companies else None
        return changed.joined(companies) if companies is not None else changed

    def _changed_there(self, target: Target) -> Delta:
        """Return what changed at another vendor, opt-outs at least; without quota nothing, and nobody waits."""
        from resources.freshness import Delta

        blind_until = self._blind_until.get(target.vendor)
        if blind_until is not None and self._stage.now() < blind_until:
            return Delta({})
        try:
            return (target.refused or target.delta)(self._stage, self._read_to)
        except QuotaExhausted as error:
            self._blind_until[target.vendor] = error.resumes_at
            return Delta({})

    def _begin(self) -> dict[str, str]:
        """Return person key → why the person must not be written to by now, and learn who lives where."""
        for target in TARGETS.values():
            places: Mapping[str, Place] = self._stage.ledger.id_map(target.vendor)
            self._owners[target.vendor] = {place: key for key, place in places.items()}
        held: dict[str, str] = {}
        with self._stage.warehouse.open() as session:
            for rows in session.batches(statement(f"{self._target.layer}/{self._target.vendor}__plan"), size=AT_ONCE):
                held |= {row["person_key"]: row["hold_reason"] for row in rows if row["hold_reason"]}
                self._planned_for |= {row["person_key"] for row in rows if {"email", "all"} & {*row["optouts"]}}
                for target in TARGETS.values():
                    homes = ((target.place(row), row["person_key"]) for row in rows)
                    self._owners[target.vendor] |= {(kind, rid): key for (kind, rid), key in homes if kind and rid}
        self._stage.warehouse.release()
        return held


def _act(intent: Intent) -> tuple[Place, str]:
    return (intent.object, intent.record_id or ""), intent.operation
