"""`leadflow undo RUN`: a plan that takes back what a run wrote. It is never sent by itself: `leadflow apply HASH`."""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

from assets import crm, outreach, planning
from assets.boundary import Stage
from assets.judging import judged
from assets.mirror import mirror, mirrored
from assets.sending import refresh
from assets.surroundings import sandbox_if_needed
from assets.undoreport import UndoReport
from assets.watermarks import WATERMARKS, read_to
from pipeline import quality
from pipeline.planning import cost
from pipeline.planning.plans import ENROLMENTS, digest
from pipeline.planning.undo import is_worth_sending, reversed_rows
from pipeline.planning.written import Present
from pipeline.rules import parse
from resources.settings import load_settings, require_vendors
from resources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assets.targets import Target
    from pipeline.models import Json, PlanRow

LOG = logging.getLogger("leadflow.undo")
PLANNED = (crm.ZOHO, outreach.GHL)


def take_back(run: str) -> UndoReport:
    """Plan the reverse of a run toward every vendor it wrote to; nothing is written.

    Args:
        run: id of the run, or its first characters; `last`: the latest run that wrote.

    Raises:
        UnknownRun: there is no such run, or several start like this.
        LeadflowError: a vendor could not be asked what changed since.
    """
    from resources.ledger.history import History

    with sandbox_if_needed(None):
        settings = load_settings()
        require_vendors(settings)
        with closing(Workspace.open(settings)) as workspace:
            run_id = History(workspace.ledger.store).run_named(run)
            _ = workspace.vendors
            day = workspace.default_as_of()
            stage = Stage(run_id=f"undo-{uuid.uuid4()}", as_of=day, day=day, log=LOG, opened=workspace)
            workspace.ledger.begin_run(stage.run_id, as_of=day, kind="undo")
            report: UndoReport | None = None
            try:
                report = _plans(stage, run_id)
            finally:
                workspace.book_calls(stage.run_id)
                status = "failed" if report is None else report.as_json()["status"]
                workspace.ledger.end_run(stage.run_id, status, report.as_json() if report else {})
            return report


def release(run: str) -> tuple[str, int]:
    """Let the next plans write again what was taken back of a run; return its id and how many plans took it back."""
    from resources.ledger.history import History
    from resources.ledger.undoings import RELEASED, Undoings

    with closing(Workspace.open(load_settings())) as workspace:
        run_id = History(workspace.ledger.store).run_named(run)
        found = [plan for plan in Undoings(workspace.ledger.store).undo_plans() if plan.undoes == run_id]
        for plan in found:
            workspace.ledger.record_verdict(plan.plan_hash, RELEASED, True, "a person released it")
        return run_id, len(found)


def _plans(stage: Stage, run_id: str) -> UndoReport:
    plans: dict[str, str] = {}
    changes: dict[str, Mapping[tuple[str, str, str], int]] = {}
    stays: dict[str, Mapping[str, int]] = {}
    refused: dict[str, Mapping[str, str]] = {}
    for target in PLANNED:
        vendor = target.vendor
        rows = reverse(stage, target, run_id)
        sent = [row for row in rows if row.action not in {"skip", "hold"}]
        if rows:
            changes[vendor] = Counter((row.action, row.object, _what(row)) for row in sent)
            stays[vendor] = Counter(row.reason for row in rows if row.action in {"skip", "hold"})
        if is_worth_sending(rows):
            plans[vendor], refused[vendor] = keep(stage, target, rows, run_id)
    return UndoReport(
        run_id=run_id,
        plans=plans,
        changes=changes,
        stays=stays,
        refused=refused,
        spent=stage.ledger.spent(run_id),
    )


def _what(row: PlanRow) -> str:
    """Return what is taken back: a field, or the workflow that is left."""
    return str(row.new_value["name"]) if row.action in ENROLMENTS else row.field or ""


def reverse(stage: Stage, target: Target, run_id: str) -> list[PlanRow]:
    """Return the rows that take back a run toward one vendor, judged by what stands there at this moment."""
    from resources.ledger.history import History

    history = History(stage.ledger.store)
    written = history.written(run_id, target.vendor)
    if not written:
        return []
    # The mirror was read before the run wrote: what changed since is asked for.
    theirs: dict[tuple[str, str], Mapping[str, Json]] = {**mirror(stage, target)}
    marks = read_to(stage)
    for changed in (target.delta(stage, marks), target.companies_delta(stage, marks)):
        theirs |= {} if changed is None else {place: dict(values) for place, values in changed.records.items()}
    present = Present(
        theirs=theirs,
        became=history.became(target.vendor),
        ours_since=stage.ledger.bases(target.vendor),
        held=planning.held_back(stage, target),
    )
    return reversed_rows(written, present, target.mapping(stage), target.capabilities(stage), run_id=run_id)


def keep(stage: Stage, target: Target, rows: list[PlanRow], run_id: str) -> tuple[str, Mapping[str, str]]:
    """Keep the plan with every verdict that its applier will ask for; return its hash and what refuses it."""
    from resources.ledger.overview import Overview

    capabilities = target.capabilities(stage)
    forecast = cost.forecast(rows, parse(cost.Prices, "prices", stage.rules), vendor=target.vendor)
    verdicts = judged(
        stage,
        target,
        rows,
        suppressed=planning.held_back(stage, target),
        records=mirrored(stage, target),
        sources={},
        is_undo=True,
    )
    plan_hash = stage.ledger.save_plan(
        target.vendor,
        rows,
        as_of=stage.as_of,
        rules_version=stage.opened.rules_version,
        summary={**forecast.summary(), "kind": "undo", "undoes": run_id, WATERMARKS: read_to(stage)},
        metadata_version=digest(sorted((kind, name) for kind, facts in capabilities.fields.items() for name in facts)),
    )
    for verdict in verdicts:
        stage.ledger.record_verdict(plan_hash, verdict.check, verdict.is_passed, verdict.detail)
    refresh(stage, target, "plan", stage.ledger.plan_rows(plan_hash))
    for check in quality.checks():
        if check.table == target.table("plan"):
            stage.opened.judge(check, as_of=stage.as_of)
    return plan_hash, Overview(stage.ledger.store).refusals(plan_hash)
