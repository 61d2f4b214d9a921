"""Desired against the mirror, field by field: the rows of a plan. Pure.

Per person at most: opt-outs and tag removals (their own lane), an insert or an update, tags, a conversion;
or one `hold` or `skip` row that says why nothing else is there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.planning.capabilities import Capabilities
from pipeline.planning.equivalence import equivalent, is_blank
from pipeline.planning.merge import Decision, merge_field
from pipeline.planning.optouts import missing_optouts
from pipeline.planning.rows import Rows
from pipeline.planning.tags import add_tags, remove_tags

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pipeline.mapping import FieldRule, ObjectMapping, VendorMapping
    from pipeline.models import Json, PlanRow
    from pipeline.planning.desired import Desired
    from pipeline.planning.merge import Pair

Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What every record of a plan is compared with."""

    mapping: VendorMapping
    theirs: Mapping[Place, Mapping[str, Json]]
    bases: Mapping[Place, Mapping[str, Pair]]
    capabilities: Capabilities
    locked: Collection[tuple[str, str, str]] = field(default_factory=frozenset)
    heirs: Mapping[str, str] = field(default_factory=dict)
    updated: Mapping[str, tuple[tuple[str, FieldRule], ...]] = field(default_factory=dict)
    """Object → the fields of an existing record that can be written."""


def plan_people(
    desired: Sequence[Desired],
    theirs: Mapping[Place, Mapping[str, Json]],
    bases: Mapping[Place, Mapping[str, Pair]],
    mapping: VendorMapping,
    capabilities: Capabilities | None = None,
    *,
    locked: Collection[tuple[str, str, str]] = frozenset(),
    heirs: Mapping[str, str] | None = None,
) -> list[PlanRow]:
    """Return the plan rows of one vendor, opt-outs first.

    Args:
        desired: one entry per record that is wanted; second records of a person as entries of their own.
        theirs: (object, record id) → the vendor's fields as mirrored.
        bases: (object, record id) → field → (sent, stored), from the ledger.
        mapping: the vendor's mapping; serves companies as well, their object is named by `Desired.object`.
        capabilities: live field metadata; a mapped field that the vendor lacks is left out.
        locked: (object, record id, field) of fields that people overwrote again and again.
        heirs: key merged away → key that stands for it today.
    """
    plan = _Plan(
        mapping=mapping,
        theirs=theirs,
        bases=bases,
        capabilities=capabilities or Capabilities(),
        locked=locked,
        heirs=heirs or {},
        updated={
            kind: _updated(kind, target, capabilities or Capabilities()) for kind, target in mapping.objects.items()
        },
    )
    rows = [row for wanted in desired for row in _plan_one(wanted, plan)]
    return sorted(rows, key=lambda row: row.lane == "normal")


def _plan_one(wanted: Desired, plan: _Plan) -> list[PlanRow]:
    kind = wanted.object or plan.mapping.people
    target = plan.mapping.objects[kind]
    rows = Rows(vendor=plan.mapping.vendor, kind=kind, wanted=wanted)
    if wanted.is_gone:
        rows.skip("gone: deleted there by a person; stays gone until somebody releases it")
        return rows.all
    theirs = plan.theirs.get((kind, wanted.record_id)) if wanted.record_id is not None else None
    if wanted.record_id is not None:
        # Also for a record that was never mirrored: an opt-out does not wait for a reading.
        _optouts(rows, wanted, theirs or {}, target)
    if wanted.duplicate_of is not None:
        rows.skip(f"duplicate of {'/'.join(wanted.duplicate_of)}")
    elif wanted.hold is not None:
        rows.hold(wanted.hold)
    elif wanted.record_id is None:
        _insert(rows, wanted, target, plan)
    elif theirs is None:
        rows.skip("the record is not in the mirror yet: planned when it has been read")
    else:
        _update(rows, wanted, theirs, target, plan)
    return rows.all


def _optouts(rows: Rows, wanted: Desired, theirs: Mapping[str, Json], target: ObjectMapping) -> None:
    for name, now, sent, channel in missing_optouts(wanted, theirs, target):
        rows.add("set_optout", name, now, sent, f"opted out of {channel}", lane="optout")
    if target.tags is not None and (wanted.hold is not None or wanted.opted_out_channels):
        remove_tags(rows, wanted, theirs, target, lane="optout")


def _insert(rows: Rows, wanted: Desired, target: ObjectMapping, plan: _Plan) -> None:
    values = {
        name: value
        for name, rule in target.fields.items()
        if not is_blank(value := _ours(wanted, name, rule, rows.kind, plan))
    }
    absent = [name for name, rule in target.fields.items() if rule.required and name not in values]
    absent = [name for name in absent if plan.capabilities.takes(rows.kind, name)]
    if absent:
        rows.hold(f"cannot be created: no value for {', '.join(absent)}")
    elif target.identified_by and not any(name in values for name in target.identified_by):
        rows.hold(f"cannot be created: has neither {' nor '.join(target.identified_by)}")
    else:
        for name, value in values.items():
            rows.add("insert", name, None, value, "not there yet", policy=target.fields[name].policy)
        add_tags(rows, wanted, {}, target)
        _convert(rows, wanted, target)


def _update(rows: Rows, wanted: Desired, theirs: Mapping[str, Json], target: ObjectMapping, plan: _Plan) -> None:
    riding: list[tuple[str, Decision]] = []
    bases = plan.bases.get((rows.kind, wanted.record_id or ""), {})
    for name, rule in plan.updated[rows.kind]:
        decision = _decide(rows, name, rule, theirs, plan, base=bases.get(name))
        if decision.is_write and rule.rides_along and not _names_another(rows, name, theirs, plan):
            riding.append((name, decision))
        elif decision.is_write or decision.is_conflict:
            action = "update" if decision.is_write else "skip"
            new = decision.value if decision.is_write else wanted.values.get(name)
            rows.add(action, name, theirs.get(name), new, decision.reason, policy=rule.policy)
    if rows.has("update") or wanted.convert is not None:
        for name, decision in riding:
            rows.add(
                "update", name, theirs.get(name), decision.value, decision.reason, policy=target.fields[name].policy
            )
    remove_tags(rows, wanted, theirs, target)
    add_tags(rows, wanted, theirs, target)
    _convert(rows, wanted, target)


def _names_another(rows: Rows, name: str, theirs: Mapping[str, Json], plan: _Plan) -> bool:
    """Return whether a record bears the key of somebody else: since two people were taken apart."""
    key = str(theirs.get(name) or "")
    return name == plan.mapping.key_field and bool(key) and plan.heirs.get(key, key) != rows.wanted.person_key


def _convert(rows: Rows, wanted: Desired, target: ObjectMapping) -> None:
    if wanted.convert is None or not target.converts:
        return
    if wanted.unconvertible is not None:
        rows.skip(f"not converted: {wanted.unconvertible}")
    else:
        rows.add("convert", None, None, dict(wanted.convert), "a person answered: becomes a contact")


def _updated(kind: str, target: ObjectMapping, capabilities: Capabilities) -> tuple[tuple[str, FieldRule], ...]:
    fields = target.fields.items()
    return tuple((name, rule) for name, rule in fields if not rule.is_insert_only and capabilities.takes(kind, name))


def _decide(
    rows: Rows, name: str, rule: FieldRule, theirs: Mapping[str, Json], plan: _Plan, *, base: Pair | None
) -> Decision:
    """Merge one field of an existing record, with the exceptions that need more than its values."""
    now, ours = theirs.get(name), _ours(rows.wanted, name, rule, rows.kind, plan)
    if plan.locked and (rows.kind, rows.wanted.record_id or "", name) in plan.locked:
        worn = not is_blank(ours) and not equivalent(rule.type, ours, now)
        return Decision(False, now, "overwritten in three successive runs: left to people", is_conflict=worn)
    is_stray = name in rows.wanted.strays
    null = "clear" if is_stray else rule.null
    decision = merge_field(rule.policy, base, now, ours, null, kind=rule.type)
    if not decision.is_write or is_blank(now):
        return decision
    if rule.required and is_blank(decision.value):
        return Decision(False, now, "a stand-in never replaces a value")
    if is_stray:
        return Decision(True, decision.value, f"was somebody else's, taken apart since: {decision.reason}")
    if decision.value == rule.otherwise:
        return Decision(False, now, "a stand-in never replaces a value")
    return decision


def _ours(wanted: Desired, name: str, rule: FieldRule, kind: str, plan: _Plan) -> Json:
    value = wanted.values.get(name)
    if is_blank(value) or not plan.capabilities.takes(kind, name):
        return None
    return plan.capabilities.fitted(kind, name, rule.type, value)
