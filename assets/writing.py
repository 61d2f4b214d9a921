"""From decisions to a vendor: plan as a table, judge it, apply it through the ledger, read back what landed.

The same steps for every vendor; what differs is in `Target`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline import quality
from pipeline.errors import ApprovalNeeded, QuotaExhausted, VendorUnavailable
from pipeline.mapping import VendorMapping, desired_values, load
from pipeline.planning import cost, gates
from pipeline.planning.desired import Desired
from pipeline.planning.diff import plan_people
from pipeline.planning.owners import Owners, owner_of
from pipeline.planning.plans import digest
from pipeline.rules import parse
from pipeline.sql import statement

if TYPE_CHECKING:
    from assets.boundary import Counts, Stage
    from pipeline.models import Intent, Json, PlanRow, Writer
    from pipeline.planning.capabilities import Capabilities
    from resources.applier import Applier
    from resources.freshness import Delta

Row = Mapping[str, Any]
CHANNELS = frozenset({"email", "sms", "call"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One vendor as a target of plans.

    Attributes:
        vendor: zoho or ghl.
        layer: crm or outreach, where its tables are.
        writer: gives the vendor's writer of a stage.
        key_field: name of the key field for a stage, None: the mapping's.
        capabilities: live fields, from the metadata in the warehouse.
        users: e-mail address → id of active users.
        place: (object, record id) of a row of the vendor's plan statement.
        told: more `Desired` arguments for a row, and entries for second records.
        seconds: further records to name in the plan (duplicates).
        delta: what changed at the vendor since the mirror was read.
    """

    vendor: str
    layer: str
    writer: Callable[[Stage], Writer]
    capabilities: Callable[[Stage], Capabilities]
    users: Callable[[Stage], Mapping[str, str]]
    place: Callable[[Row], tuple[str | None, str | None]]
    told: Callable[[Row], dict[str, Any]]
    delta: Callable[[Stage], Delta]
    seconds: Callable[[Stage], Sequence[Desired]] = lambda _stage: ()
    key_field: Callable[[Stage], str | None] = lambda _stage: None

    def table(self, what: str) -> str:
        """Return the name of one of the vendor's tables: plan, writes, readback, ..."""
        return f"{self.layer}.{self.vendor}__{what}"

    def mapping(self, stage: Stage) -> VendorMapping:
        """Return the mapping in force."""
        return load(self.vendor, stage.rules, key_field=self.key_field(stage))

    def required_checks(self) -> list[str]:
        """Return the verdicts without which a plan's normal lane is not sent."""
        judged = [check.name for check in quality.checks() if check.table == self.table("plan")]
        return [*judged, *gates.GATE_CHECKS]


TARGETS: dict[str, Target] = {}
"""Every target by vendor."""


def registered(target: Target) -> Target:
    """Add a target to those whose opt-outs hold everywhere; return it."""
    TARGETS[target.vendor] = target
    return target


def make_plan(stage: Stage, target: Target) -> Counts:
    """Settle what is in doubt, compare what we want with what is there, keep the plan under its hash."""
    settled = applier(stage, target).settle()
    mapping = target.mapping(stage)
    capabilities = target.capabilities(stage)
    theirs = mirror(stage, target)
    desired = [*wanted(stage, target, mapping), *target.seconds(stage)]
    rows = plan_people(
        desired,
        theirs,
        stage.ledger.bases(target.vendor),
        mapping,
        capabilities,
        locked=stage.ledger.locked(target.vendor),
    )
    forecast = cost.forecast(rows, parse(cost.Prices, "prices", stage.rules), vendor=target.vendor)
    verdicts = gates.judge(
        rows,
        parse(gates.Gates, "gates", stage.rules),
        suppressed={entry.person_key: entry.hold for entry in desired if entry.hold},
        records=len(theirs),
        forecast=forecast,
        units_left=None,
        mapping=mapping,
        capabilities=capabilities,
    )
    actions: dict[str, int] = {}
    for action in {(row.action, row.object, row.person_key) for row in rows}:
        actions[action[0]] = actions.get(action[0], 0) + 1
    left_out = [f"{kind}.{name}" for kind, name in gates.missing_fields(mapping, capabilities)]
    plan_hash = stage.ledger.save_plan(
        target.vendor,
        rows,
        as_of=stage.as_of,
        rules_version=stage.opened.rules_version,
        summary={**forecast.summary(), "records_by_action": actions, "fields_left_out": left_out},
        metadata_version=digest(sorted((kind, name) for kind, facts in capabilities.fields.items() for name in facts)),
    )
    for verdict in verdicts:
        stage.ledger.record_verdict(plan_hash, verdict.check, verdict.is_passed, verdict.detail)
    with stage.warehouse.open() as session, session.transaction():
        session.execute(f"DELETE FROM {target.table('plan')}")
        session.insert(target.table("plan"), stage.ledger.plan_rows(plan_hash))
    return {
        "plan": plan_hash,
        "forecast": json.dumps(forecast.summary()),
        "settled": settled.confirmed + settled.retried + settled.gone,
        "waiting_for_an_answer": settled.waiting,
        "fields_left_out": ", ".join(left_out) or "none",
        "automations": ", ".join(mapping.automations) or "none",
        **{f"records_to_{action}": number for action, number in sorted(actions.items())},
    }


def wanted(stage: Stage, target: Target, mapping: VendorMapping) -> list[Desired]:
    """Return what we want each record to be."""
    with stage.warehouse.open() as session:
        found = session.rows(statement(f"{target.layer}/{target.vendor}__plan"))
    owners = parse(Owners, "owners", stage.rules)
    users = target.users(stage)
    known = stage.ledger.id_map(target.vendor)
    desired: list[Desired] = []
    for row in found:
        kind, record_id = target.place(row)
        if record_id is None and row["person_key"] in known:
            # Written, but not in the mirror yet: never created twice.
            kind, record_id = known[row["person_key"]]
        values = desired_values({**row, "owner_id": owner_of(row, owners, users)}, mapping, kind=kind or mapping.people)
        optouts = frozenset(CHANNELS if "all" in row["optouts"] else row["optouts"])
        desired.append(
            Desired(
                person_key=row["person_key"],
                object=kind,
                record_id=record_id,
                values=values,
                tags=frozenset(row["tags"]),
                opted_out_channels=optouts,
                hold=row["hold_reason"],
                **target.told(row),
            )
        )
    return desired


def mirror(stage: Stage, target: Target) -> dict[tuple[str, str], dict[str, Json]]:
    """Return the vendor's living records: (object, record id) → fields as stored."""
    with stage.warehouse.open() as session:
        rows = session.rows(
            "SELECT object, record_id, payload FROM staging.crm_people "
            "WHERE vendor = ? AND NOT coalesce(is_deleted, FALSE)",
            [target.vendor],
        )
    return {(row["object"], row["record_id"]): json.loads(row["payload"]) for row in rows}


def applier(
    stage: Stage,
    target: Target,
    *,
    guard: Callable[[Intent], str | None] | None = None,
    freshness: Callable[[Sequence[Intent]], Mapping[str, str]] | None = None,
    needs_approval: bool = False,
) -> Applier:
    """Return the applier of a vendor for this run."""
    from resources.applier import Applier

    mapping = target.mapping(stage)
    scale = stage.opened.settings.time_scale
    return Applier(
        ledger=stage.ledger,
        writer=target.writer(stage),
        run_id=stage.run_id,
        clock=stage.now,
        lock_path=stage.data_dir / f"{target.vendor}.lock",
        horizon_seconds=lambda _operation: stage.opened.horizon_seconds,
        required_checks=target.required_checks(),
        guard=guard,
        freshness=freshness,
        moved_share=parse(gates.Gates, "gates", stage.rules).moved_share,
        needs_approval=needs_approval,
        key_field=mapping.key_field,
        kind_of=mapping.kind,
        patience_seconds=150.0 / scale,
    )


def send(stage: Stage, target: Target) -> Counts:
    """Apply the latest plan: opt-outs always, the rest when every verdict holds and nobody has to be asked first."""
    plan = stage.ledger.latest_plan(target.vendor)
    counts: dict[str, int | float | str] = {}
    if plan is not None and has_work(plan.rows):
        mapping = target.mapping(stage)
        delta = target.delta(stage)
        held = holds_now(stage, target, delta)
        worker = applier(
            stage,
            target,
            guard=lambda intent: held.get(intent.person_key),
            freshness=lambda intents: delta.moved(intents, plan.rows, mapping),
            needs_approval=needs_approval(stage, target, plan.rows),
        )
        try:
            done = worker.apply(plan.plan_hash)
        except ApprovalNeeded as error:
            counts |= {"waiting": str(error), "plan": plan.plan_hash}
        else:
            counts |= {
                "planned": done.planned,
                "confirmed": done.confirmed,
                "rejected": done.rejected,
                "in_doubt": done.in_doubt,
                "held": done.held,
            }
            if done.stopped and done.stopped.startswith("paused: "):
                counts["held_by_pause"] = f"writing to {target.vendor} is {done.stopped}"
            elif done.stopped:
                raise VendorUnavailable(
                    f"sending to {target.vendor} stopped: {done.stopped}; run again to continue",
                    vendor=target.vendor,
                )
    refresh(stage, target, "writes", stage.ledger.intents(target.vendor))
    return counts


def read_back(stage: Stage, target: Target) -> Counts:
    """Read back everything confirmed, compare it field by field, keep it as the base of later merges."""
    found = applier(stage, target).read_back()
    refresh(stage, target, "readback", stage.ledger.readback(target.vendor))
    counts: dict[str, int | float | str] = {
        f"landed_{landed}": number for landed, number in sorted(found.counts.items())
    }
    unread = len(stage.ledger.unread(target.vendor))
    if unread:
        counts["problems"] = (
            f"{target.vendor} gave no usable answer about {unread} writes: the next run reads them back"
        )
    return counts


def refresh(stage: Stage, target: Target, what: str, rows: Sequence[Row]) -> None:
    """Replace one of the vendor's tables by rows of the ledger."""
    name = target.table(what)
    with stage.warehouse.open() as session, session.transaction():
        session.execute(f"DELETE FROM {name}")
        session.insert(name, rows)


def has_work(rows: Sequence[PlanRow]) -> bool:
    """Tell whether a plan holds anything to send."""
    return any(row.action not in {"skip", "hold"} for row in rows)


def needs_approval(stage: Stage, target: Target, rows: Sequence[PlanRow]) -> bool:
    """Tell whether the normal lane waits for a person."""
    mode = stage.opened.settings.apply
    if mode == "auto" or not any(row.action in gates.WRITES and row.lane == "normal" for row in rows):
        return False
    if mode == "review":
        return True
    normal = [row for row in rows if row.lane == "normal"]
    forecast = cost.forecast(normal, parse(cost.Prices, "prices", stage.rules), vendor=target.vendor)
    return not gates.is_within_limits(forecast, parse(gates.Gates, "gates", stage.rules))


def holds_now(stage: Stage, target: Target, delta: Delta) -> dict[str, str]:
    """Return person key → why the person must not be written to, judged anew at the moment of sending.

    An opt-out counts wherever it was given: what changed at the other platforms is looked at, too.
    """
    with stage.warehouse.open() as session:
        rows = session.rows(statement(f"{target.layer}/{target.vendor}__plan"))
    held = {row["person_key"]: row["hold_reason"] for row in rows if row["hold_reason"]}
    for place_of in TARGETS.values():
        changed = delta if place_of is target else delta_elsewhere(stage, place_of)
        owners = {place: key for key, place in stage.ledger.id_map(place_of.vendor).items()}
        owners |= {
            (kind, rid): row["person_key"] for row in rows for kind, rid in [place_of.place(row)] if kind and rid
        }
        for place, reason in changed.opted_out(place_of.mapping(stage)).items():
            if place in owners:
                held[owners[place]] = reason
    return held


def delta_elsewhere(stage: Stage, other: Target) -> Delta:
    """Return what changed at another platform; one whose quota is used up tells nothing, and stops nobody."""
    from resources.freshness import Delta

    try:
        return other.delta(stage)
    except QuotaExhausted:
        return Delta({})
