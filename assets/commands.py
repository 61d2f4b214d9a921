"""What the commands do."""

from __future__ import annotations

import getpass
import json
import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from assets.alerting import tell, tell_refusal
from assets.alertview import alert_lines
from assets.approving import approve
from assets.console import VENDORS, held_back, say, show
from assets.planview import MAX_AGE_HOURS, show_plan
from assets.statusview import status
from assets.surroundings import OFFLINE, opened, progress, sandbox_if_needed
from pipeline.errors import ConfigurationError, LeadflowError
from resources.settings import Settings, load_settings, require_vendors
from resources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assets.runs import RunReport

__all__ = ["apply", "pause", "plan", "resume", "run", "status"]

SCOPES = ("zoho", "ghl", "all")


def run(*, select: str | None, as_of: str | None, as_json: bool) -> int:
    """Run a job to its end; return the exit code."""
    with sandbox_if_needed(select):
        settings = load_settings()
        if select not in OFFLINE:
            require_vendors(settings)
        day = parse_day(as_of)
        with progress(as_json=as_json):
            return execute(settings, select=select, day=day, as_json=as_json)


def execute(settings: Settings, *, select: str | None, day: date | None, as_json: bool) -> int:
    """Run the job and print what it came to."""
    from assets import runs
    from assets.endings import conclude_dead

    workspace = Workspace.open(settings)
    try:
        workspace.require_rules()
        chosen = day or workspace.default_as_of()
        if select not in OFFLINE:
            # Fails here, in one sentence, before anything is fetched, paid for or written.
            _ = workspace.vendors
    except LeadflowError as error:
        tell_refusal(settings, error, job=select or "daily")
        raise
    finally:
        workspace.close()
    with runs.open_instance() as instance:
        conclude_dead(instance)
        report = runs.execute(as_of=chosen, select=select, instance=instance)
        if report.exit_code not in {0, 4} and "reports/publication" not in report.assets and select is None:
            # The page tells what went wrong, so it is built also when a stage before it stopped.
            after = runs.execute(as_of=chosen, select="reports", instance=instance)
            report.assets.update(after.assets)
    return conclude(settings, report, as_json=as_json, job=select or "daily")


def conclude(settings: Settings, report: RunReport, *, as_json: bool, job: str) -> int:
    """Keep how the run ended, tell whoever wants to know, print it, return its exit code."""
    from assets import runs

    workspace = Workspace.open(settings)
    try:
        ledger = workspace.ledger
        writes = {vendor: ledger.writes(vendor, report.run_id) for vendor in VENDORS}
        for vendor in VENDORS:
            writes[vendor]["in_doubt"] = len(ledger.in_doubt(vendor))
        spend = ledger.spent(report.run_id)
        plans = {vendor: plan.plan_hash for vendor in VENDORS if (plan := ledger.latest_plan(vendor)) is not None}
        held = {vendor: held_back(ledger.row_parts(plan_hash, actions=["hold"])) for vendor, plan_hash in plans.items()}
        told = runs.as_json(report, writes=writes, spend=spend, plans=plans)
        ledger.begin_run(report.run_id, as_of=report.as_of, kind="run")
        ledger.end_run(report.run_id, report.status, told)
        if alerted := tell(workspace, report, job=job):
            told["alerts"] = alerted
            ledger.end_run(report.run_id, report.status, told)
    finally:
        workspace.close()
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        show(settings, report, writes=writes, held=held, spend=spend)
        if alerted:
            say("".join(f"{line}\n" for line in alert_lines(alerted)).rstrip())
    return report.exit_code


def apply(plan_hash: str, *, approved_by: str | None, as_json: bool, max_age: float = MAX_AGE_HOURS) -> int:
    """Approve and send a plan, then read back and report, as one run. `max_age` in hours, 0 takes any."""
    with sandbox_if_needed(None):
        settings = load_settings()
        require_vendors(settings)
        with opened() as workspace:
            workspace.require_rules()
            by = approved_by or os.environ.get("USER") or getpass.getuser()
            plan = approve(workspace, plan_hash, by=by, max_age=max_age)
            day = plan.as_of
        from assets import runs

        with progress(as_json=as_json), runs.open_instance() as instance:
            report = runs.execute(as_of=day, select=f"apply_{plan.vendor}", instance=instance)
        return conclude(settings, report, as_json=as_json, job=f"apply_{plan.vendor}")


def plan(vendor: str, *, output: str, limit: int | None, show_pii: bool, detailed_exitcode: bool) -> int:
    """Print the latest plan of a vendor, or what would be bought."""
    one_of("vendor", vendor, (*VENDORS, "apollo"))
    return show_plan(vendor, output=output, limit=limit, show_pii=show_pii, detailed_exitcode=detailed_exitcode)


def pause(scope: str, *, reason: str) -> int:
    """Hold the writes of a vendor."""
    one_of("scope", scope, SCOPES)
    with opened() as workspace:
        workspace.ledger.pause(cast("Any", scope), reason)
    say(f"paused: nothing but opt-outs is written to {scope} until `leadflow resume {scope}`")
    return 0


def resume(scope: str) -> int:
    """Let writes pass again."""
    one_of("scope", scope, SCOPES)
    with opened() as workspace:
        workspace.ledger.resume(cast("Any", scope))
    say(f"resumed: {scope}")
    return 0


def parse_day(text: str | None) -> date | None:
    """Return a business day given as text."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"--as-of is {text!r}: expected a day such as 2026-11-24") from error


def one_of(name: str, value: str, allowed: Sequence[str]) -> None:
    """Refuse a word that is not allowed."""
    if value not in allowed:
        raise ConfigurationError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
