"""What alerts are decided from: the run's report, the ledger, the limits' file and the published tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from assets.standing import VENDORS
from pipeline.alerts.facts import TARGETS, Facts, Left, Reply, VendorFacts
from pipeline.sql import statement
from resources.allowances import allowance_of
from resources.ledger.overview import Overview
from resources.publishing import answers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assets.runs import RunReport
    from pipeline.alerts.settings import AlertRules
    from resources.workspace import Workspace

LOOKED_AT = 120
"""Runs of the ledger among which earlier ones are looked for: watch runs come every 15 minutes and have no people."""
DATABASE = "leadflow.duckdb"


def gather(workspace: Workspace, report: RunReport, *, job: str, rules: AlertRules, doubts: Sequence[str]) -> Facts:
    """Return the facts of a run that ended. No vendor is called."""
    ledger = workspace.ledger
    return Facts(
        workspace=workspace.settings.workspace,
        environment=workspace.settings.env,
        run_id=report.run_id,
        job=job,
        as_of=report.as_of,
        status=report.status,
        messages=tuple(report.messages),
        failed_checks=tuple(report.failed),
        passed_checks=report.passed,
        refused=tuple(report.refused),
        resumes_at=report.resumes_at,
        vendors=tuple(_vendor(workspace, vendor, report) for vendor in VENDORS),
        left=tuple(_left(workspace, rules)),
        volumes={name: int(counts["rows"]) for name, counts in report.assets.items()},
        earlier=_earlier(workspace, report),
        replies=tuple(_replies(workspace, report)),
        spent=ledger.spent(report.run_id),
        doubts=tuple(doubts),
    )


def _vendor(workspace: Workspace, vendor: str, report: RunReport) -> VendorFacts:
    overview, now = Overview(workspace.ledger.store), workspace.now()
    plan = overview.plan_state(vendor)
    writes = workspace.ledger.writes(vendor, report.run_id)
    waiting = 0
    if plan is not None and plan.applied_at is None and plan.approved_at is None and not plan.refused:
        waiting = sum(plan.summary.get("records", {}).values())
    return VendorFacts(
        vendor=vendor,
        confirmed=writes["confirmed"],
        rejected=writes["rejected"],
        in_doubt=len(workspace.ledger.in_doubt(vendor)),
        plan_hash=plan.plan_hash if plan else None,
        waiting=waiting,
        late_optouts={key: (now - since).total_seconds() / 60 for key, since in overview.open_optouts(vendor).items()},
    )


def _left(workspace: Workspace, rules: AlertRules) -> Iterator[Left]:
    now = workspace.now()
    for vendor in VENDORS:
        found = allowance_of(vendor, workspace.settings.data_dir / "state" / "limits.db", now)
        if found is not None:
            yield Left(name=vendor, what=f"{TARGETS[vendor]}'s day", left=found.left, limit=found.limit)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    spent = Overview(workspace.ledger.store).spent_since(month) if rules.budgets else {}
    for budget in rules.budgets:
        used = spent.get(budget.unit, {"quantity": 0.0})["quantity"]
        what = f"this month's {budget.unit.replace('_', ' ')}s"
        yield Left(name=budget.unit, what=what, left=max(0.0, budget.units - used), limit=budget.units)


def _earlier(workspace: Workspace, report: RunReport) -> tuple[dict[str, int], ...]:
    found = []
    for run in workspace.ledger.runs(LOOKED_AT):
        assets = (run["summary"] or {}).get("assets") or {}
        if run["run_id"] != report.run_id and assets:
            found.append({name: int(counts["rows"]) for name, counts in assets.items()})
    return tuple(found)


def _replies(workspace: Workspace, report: RunReport) -> Iterator[Reply]:
    path = workspace.settings.data_dir / DATABASE
    if not path.exists():
        return
    now = workspace.now().replace(tzinfo=None)
    try:
        found = answers(path, {"replies": statement("alerts/replies")}, {"as_of": report.as_of, "now": now})
    except duckdb.Error:
        # Published by another version of leadflow: the next publication brings it up to date.
        return
    yield from (Reply(**row) for row in found["replies"])
