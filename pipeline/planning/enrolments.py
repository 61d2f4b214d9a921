"""Which people start which workflow, and who is taken out of one. Pure.

No vendor tells who is in a workflow (GoHighLevel fact sheet §4, §9). So the ledger's memory alone decides: a contact
enters a workflow once, an enrolment whose answer was lost counts as made, and it is never sent again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.models import PlanRow
from pipeline.planning.optouts import is_shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pipeline.mapping import ObjectMapping, VendorMapping
    from pipeline.models import Json, State
    from pipeline.planning.desired import Desired
    from pipeline.planning.diff import Place
    from pipeline.planning.workflows import Bound

COUNTED: tuple[State, ...] = ("claimed", "sent", "confirmed", "lost")
"""States after which somebody is, or may be, in a workflow."""
OWN_REFUSALS = frozenset({"opted_out", "not_found"})
"""Codes of our own writer, which looked right before it sent: nothing was asked of the vendor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """An enrolment as the ledger knows it. `record_id` is the contact, `as_of` the business day of its plan."""

    reference: str
    workflow_id: str
    workflow_name: str
    person_key: str
    record_id: str | None
    state: State
    as_of: date
    channels: tuple[str, ...] = ()
    payload: Mapping[str, Json] = field(default_factory=dict)
    metadata_version: str = ""
    code: str | None = None
    is_left: bool = False


@dataclass(slots=True)
class Enrolling:
    """Plans enrolments part by part.

    Args:
        bounds: what starts what, in order.
        past: every enrolment of the vendor's ledger.
        mapping: the vendor's mapping.
        prefix: of our tags: a segment's tag is prefix and name.
        as_of: business day of the plan.
        per_day: people who may enter one workflow on one business day.
        metadata_version: of the plan: a refused enrolment is asked for again when this or its payload changed.
        heirs: key merged away → key that stands for it today.
    """

    bounds: Sequence[Bound]
    past: Sequence[Enrolment]
    mapping: VendorMapping
    as_of: date
    per_day: int
    prefix: str = "lf-"
    metadata_version: str = ""
    heirs: Mapping[str, str] = field(default_factory=dict)
    _wanted: list[tuple[int, PlanRow]] = field(default_factory=list)
    _known: dict[str, list[Enrolment]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the past by contact and by person."""
        for one in self.past:
            for name in {self._heir(one.person_key), one.record_id or ""} - {""}:
                self._known.setdefault(name, []).append(one)

    def leaving(self, desired: Sequence[Desired]) -> list[PlanRow]:
        """Return the rows that take people out of workflows: whoever must not be contacted any more."""
        rows = []
        for one in desired:
            if (one.hold is None and not one.opted_out_channels) or one.duplicate_of is not None or one.is_gone:
                continue
            for old in self._of(one):
                said_no = [name for name in sorted(one.opted_out_channels) if name in {*old.channels, "all"}]
                if old.state not in COUNTED or old.is_left or old.record_id is None or not (one.hold or said_no):
                    continue
                why = one.hold or f"opted out of {', '.join(said_no)}"
                rows.append(
                    PlanRow(
                        lane="optout",
                        vendor=self.mapping.vendor,
                        object=one.object or self.mapping.people,
                        record_id=old.record_id,
                        person_key=one.person_key,
                        action="unenrol",
                        field=left(old.reference),
                        new_value=leaving(old),
                        reason=f"{why}: taken out of workflow {old.workflow_name!r}",
                    )
                )
        return rows

    def add(
        self, rows: Sequence[PlanRow], desired: Sequence[Desired], theirs: Mapping[Place, Mapping[str, Json]]
    ) -> list[PlanRow]:
        """Take a part of the plan; return who leaves a workflow, and the refusals that stand.

        Args:
            rows: the part as planned.
            desired: what it was planned from.
            theirs: (object, record id) → fields as mirrored.
        """
        created = {row.person_key for row in rows if row.action == "insert"}
        standing = []
        for one in desired:
            for rank, item in self._starts(one, theirs, created):
                row = self._row(one, item)
                if row is not None and row.action == "enrol":
                    self._wanted.append((rank, row))
                elif row is not None:
                    standing.append(row)
        return [*self.leaving(desired), *standing]

    def rest(self) -> tuple[list[PlanRow], int]:
        """Return the enrolments that the day still takes, first rule first, and how many people wait."""
        today: Counter[str] = Counter(
            old.workflow_id for old in self.past if old.state in COUNTED and old.as_of == self.as_of
        )
        rows: list[PlanRow] = []
        waiting = 0
        for _, row in sorted(self._wanted, key=lambda pair: (pair[0], pair[1].person_key)):
            workflow = row.new_value["workflow"]
            if today[workflow] < self.per_day:
                today[workflow] += 1
                rows.append(row)
            else:
                waiting += 1
        return rows, waiting

    def _starts(
        self, one: Desired, theirs: Mapping[Place, Mapping[str, Json]], created: set[str]
    ) -> list[tuple[int, Bound]]:
        """Return what a person may start: (rank, start), each workflow once."""
        if one.hold is not None or one.duplicate_of is not None or one.is_gone:
            return []
        kind = one.object or self.mapping.people
        record = theirs.get((kind, one.record_id)) if one.record_id is not None else None
        if record is None and (one.record_id is not None or one.person_key not in created):
            # What cannot be seen may say no.
            return []
        found: dict[str, tuple[int, Bound]] = {}
        for rank, item in enumerate(self.bounds):
            refuses = one.opted_out_channels & {*item.start.channels, "all"}
            if self.prefix + item.start.segment in one.tags and not refuses:
                shown = says_no(record or {}, self.mapping.objects[kind], item.start.channels)
                if shown is None:
                    found.setdefault(item.workflow.workflow_id, (rank, item))
        return list(found.values())

    def _row(self, one: Desired, item: Bound) -> PlanRow | None:
        workflow = item.workflow
        past = [old for old in self._of(one) if old.workflow_id == workflow.workflow_id]
        made = [old for old in past if old.state in COUNTED]
        again = item.start.again_after_days
        if made and (again is None or (self.as_of - max(old.as_of for old in made)).days < again):
            return None
        spent = [old for old in past if old in made or old.code in OWN_REFUSALS]
        reference = f"{workflow.workflow_id}/{one.person_key}" + (f"/{len(spent) + 1}" if spent else "")
        payload = {
            "reference": reference,
            "workflow": workflow.workflow_id,
            "name": workflow.name,
            "segment": item.start.segment,
            "channels": list(item.start.channels),
        }
        refused = [old for old in past if old.reference == reference and old.state == "rejected"]
        is_same = any(old.payload == payload and old.metadata_version == self.metadata_version for old in refused)
        told = f"in segment {item.start.segment}: starts workflow {workflow.name!r}"
        if is_same:
            told = f"refused before ({refused[0].code}): asked again when the workflow or its rule changes"
        return PlanRow(
            vendor=self.mapping.vendor,
            object=one.object or self.mapping.people,
            record_id=one.record_id,
            person_key=one.person_key,
            action="skip" if is_same else "enrol",
            field=reference,
            new_value=payload,
            reason=told,
        )

    def _of(self, one: Desired) -> list[Enrolment]:
        names = {one.person_key, one.record_id or ""} - {""}
        found = {old.reference: old for name in names for old in self._known.get(name, ())}
        return list(found.values())

    def _heir(self, key: str) -> str:
        return self.heirs.get(key, key)


def left(reference: str) -> str:
    """Return the name of taking somebody out of a workflow again."""
    return f"leave/{reference}"


def leaving(old: Enrolment) -> dict[str, Json]:
    """Return the payload that takes somebody out of a workflow again."""
    return {"reference": left(old.reference), "workflow": old.workflow_id, "name": old.workflow_name}


def says_no(record: Mapping[str, Json], target: ObjectMapping, channels: Sequence[str]) -> str | None:
    """Return the first of these channels on which a record shows that the person is not to be contacted."""
    shown = {name: rule for name, rule in target.optout.items() if name in channels}
    return next((name for name, rule in sorted(shown.items()) if is_shown(record, rule)), None)
