"""Opt-outs between two days: told to both vendors at once, while the plan that waits for a person stays as it is.

The day's plan compares everything; this compares only people who said no since. What is found is planned like
everything else: a plan of its own, that carries the waiting rows of the plan before it unchanged, without those of
people who said no. What was approved of the one is therefore approved of the other. Only its opt-out lane is sent
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets import sending
from assets.applying import applier
from assets.approving import CARRIES, COMPARED_AT, compared_at, origin
from assets.boundary import IN_WATCH
from assets.crm import ZOHO
from assets.judging import judged, sources_now_and_before
from assets.mirror import mirrored
from assets.outreach import GHL
from assets.refusals import missing, refusing, untaken
from pipeline import quality
from pipeline.models import PlanRow
from pipeline.planning import cost
from pipeline.planning.gates import WRITES
from pipeline.rules import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assets.boundary import Counts, Stage
    from assets.targets import Target
    from resources.ledger import Plan

CONTINUED = frozenset({"claimed", "sent", "confirmed"})
"""States of writes that another plan must not ask for once more."""


def deliver(stage: Stage, target: Target) -> Counts:
    """Tell a vendor of everybody who said no and is not shown so there yet; send nothing else."""
    before = stage.ledger.latest_plan(target.vendor)
    counts: dict[str, int | float | str] = {"optouts_to_tell": 0}
    if before is None:
        return counts | {"left_out": "no day was run yet: the first one tells opt-outs before anything else"}
    concerned = refusing(stage, target)
    rows = missing(stage, target, concerned)
    if rows:
        plan_hash = keep(stage, target, before, rows, {one.person_key: one.hold for one in concerned if one.hold})
        done = applier(stage, target).apply(plan_hash, lanes=("optout",))
        if (
            done.stopped is None
            and done.waiting is None
            and not done.in_doubt
            and not any(row.action in WRITES for row in _normal(stage, plan_hash))
        ):
            stage.ledger.mark_applied(plan_hash)
        counts |= {
            "optouts_to_tell": len({row.person_key for row in rows}),
            "plan": plan_hash,
            "planned": done.planned,
            "confirmed": done.confirmed,
            "rejected": done.rejected,
            "in_doubt": done.in_doubt,
        }
        if problem := untaken(stage, target, plan_hash, stopped=done.stopped):
            counts["problems"] = problem
    sending.follow(stage, target, "writes", stage.ledger.intent_batches)
    return counts


def waiting(stage: Stage, before: Plan, held: Mapping[str, str]) -> list[PlanRow]:
    """Return what still waits in a plan, without what was sent; whoever said no since is held instead."""
    if before.applied_at is not None:
        return []
    told = {(row.person_key, row.action) for row in before.rows if row.lane == "optout"}
    begun = {
        row["person_key"]
        for row in stage.ledger.intents(before.vendor, since=None)
        if row["plan_hash"] == before.plan_hash
        and row["state"] in CONTINUED
        and (row["person_key"], row["operation"]) not in told
    }
    rows: list[PlanRow] = []
    stopped: set[tuple[str, str]] = set()
    for row in before.rows:
        if row.lane != "normal" or row.person_key in begun:
            continue
        place = (row.object, row.person_key)
        if row.action not in WRITES or row.person_key not in held:
            rows.append(row)
        elif place not in stopped:
            stopped.add(place)
            rows.append(
                PlanRow(
                    vendor=row.vendor,
                    object=row.object,
                    record_id=row.record_id,
                    person_key=row.person_key,
                    action="hold",
                    reason=held[row.person_key],
                )
            )
    return rows


def keep(stage: Stage, target: Target, before: Plan, rows: Sequence[PlanRow], held: Mapping[str, str]) -> str:
    """Keep the plan of these opt-outs with every verdict that its applier will ask for; return its hash."""
    rest = waiting(stage, before, held)
    both = [*rows, *rest]
    forecast = cost.forecast(both, parse(cost.Prices, "prices", stage.rules), vendor=target.vendor)
    summary = {**forecast.summary(), "sources": before.summary.get("sources", {})}
    if rest:
        carried = {CARRIES: origin(before), COMPARED_AT: compared_at(before).isoformat()}
        summary = {**before.summary, **forecast.summary(), **carried}
    plan_hash = stage.ledger.save_plan(
        target.vendor,
        both,
        as_of=before.as_of if rest else stage.as_of,
        rules_version=before.rules_version,
        summary=summary,
        metadata_version=before.metadata_version,
    )
    verdicts = judged(
        stage,
        target,
        both,
        suppressed=held,
        records=mirrored(stage, target),
        sources=sources_now_and_before(stage, target),
        is_undo="undoes" in before.summary,
    )
    # What was said of the rows that are carried along, holds; what is judged anew replaces it.
    for told in stage.ledger.judgements(before.plan_hash):
        stage.ledger.record_verdict(plan_hash, *told)
    for verdict in verdicts:
        stage.ledger.record_verdict(plan_hash, verdict.check, verdict.is_passed, verdict.detail)
    sending.refresh(stage, target, "plan", stage.ledger.plan_rows(plan_hash))
    for check in quality.checks():
        if check.table == target.table("plan"):
            stage.opened.judge(check, as_of=stage.as_of)
    if rest and before.approved_by:
        stage.ledger.approve(plan_hash, before.approved_by)
    return plan_hash


def _normal(stage: Stage, plan_hash: str) -> list[PlanRow]:
    return [row for row in stage.ledger.plan(plan_hash).rows if row.lane == "normal"]


IN_WATCH["crm.zoho__writes"] = lambda stage: deliver(stage, ZOHO)
IN_WATCH["outreach.ghl__writes"] = lambda stage: deliver(stage, GHL)
