"""Tasks and notes that the CRM receives when people answer: what a plan adds to its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.planning.activities import Event, FeedbackRules, activity_rows
from pipeline.rules import parse
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from assets.boundary import Stage
    from assets.targets import Target
    from pipeline.mapping import VendorMapping
    from pipeline.models import Json, PlanRow
    from pipeline.planning.activities import Feedback
    from pipeline.planning.desired import Desired
    from pipeline.planning.diff import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What people answered of late, by person, and what was made of it already."""

    events: Mapping[str, Sequence[Event]]
    begun: AbstractSet[tuple[str, str]]
    users: frozenset[str]
    rules: Feedback
    mapping: VendorMapping

    @classmethod
    def read(cls, stage: Stage, target: Target) -> Answers:
        """Read the events that a platform is told about; none where it takes neither tasks nor notes."""
        mapping, rules = target.mapping(stage), parse(FeedbackRules, "feedback", stage.rules).zoho
        if not mapping.activities or not (rules.task or rules.note):
            return cls(events={}, begun=set(), users=frozenset(), rules=rules, mapping=mapping)
        with stage.warehouse.open() as session:
            found = session.rows(
                statement(f"{target.layer}/{target.vendor}__events"),
                {"kinds": list(rules.kinds), "since": rules.since(stage.as_of)},
            )
        events: dict[str, list[Event]] = {}
        for row in found:
            events.setdefault(row["person_key"], []).append(Event(**row))
        return cls(
            events=events,
            begun=stage.ledger.begun_activities(target.vendor),
            users=frozenset(target.users(stage).values()),
            rules=rules,
            mapping=mapping,
        )

    def rows(
        self, rows: Sequence[PlanRow], desired: Sequence[Desired], theirs: Mapping[Place, Mapping[str, Json]]
    ) -> list[PlanRow]:
        """Return the tasks and notes that a part of a plan gains. `rows`: the part, `desired` and `theirs`: of it."""
        told = {entry.person_key: self.events[entry.person_key] for entry in desired if entry.person_key in self.events}
        if not told:
            return []
        return activity_rows(
            [event for events in told.values() for event in events],
            self.rules,
            self.mapping,
            desired=desired,
            theirs=theirs,
            created={row.person_key for row in rows if row.action == "insert"},
            begun=self.begun,
            users=self.users,
        )
