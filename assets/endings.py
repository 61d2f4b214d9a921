"""How a run ended that nobody waited for: kept in the ledger, and a failure in one line of a bounded log."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assets.alerting import tell
from assets.processes import end_dead_runs
from assets.runs import as_json, read_events
from pipeline.planview.masks import mask_reason
from resources.settings import load_settings
from resources.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    import dagster as dg

    from assets.runs import RunReport

LONGEST_LINE = 500
MOST_LINES = 1_000
VENDORS = ("zoho", "ghl")
LATEST = 50
"""Runs of the ledger among which one without an end is looked for."""
EVENTS = 20_000
"""Events of a run that are read, at most; a whole day has about a thousand."""


def failures_log() -> Path:
    """Return the log of failed runs in the folder of the workspace."""
    return load_settings().data_dir / "logs" / "failures.log"


def conclude(instance: dg.DagsterInstance, run: dg.DagsterRun) -> RunReport:
    """Keep how a run ended and tell of it, where nobody did so yet; return its report."""
    with closing(Workspace.open()) as workspace:
        ledger = workspace.ledger
        entries = instance.all_logs(run.run_id)[-EVENTS:]
        events = [entry.dagster_event for entry in entries if entry.dagster_event is not None]
        known = next((row for row in ledger.runs(200) if row["run_id"] == run.run_id), None)
        as_of = known["as_of"] if known else workspace.default_as_of()
        report = read_events(events, run_id=run.run_id, as_of=as_of, is_success=run.is_success)
        if known is None or known["status"] == "running":
            writes = {vendor: ledger.writes(vendor, run.run_id) for vendor in VENDORS}
            told = as_json(report, writes=writes, spend=ledger.spent(run.run_id), plans={})
            ledger.end_run(run.run_id, report.status, told)
            if alerted := tell(workspace, report, job=run.job_name):
                ledger.end_run(run.run_id, report.status, told | {"alerts": alerted})
    return report


def conclude_dead(instance: dg.DagsterInstance) -> int:
    """Conclude runs whose process died before it could say how they ended; return how many.

    Where no daemon runs its sensors, the next run of the command line is the first to know of them.
    """
    end_dead_runs(instance)
    with closing(Workspace.open()) as workspace:
        open_ones = [row["run_id"] for row in workspace.ledger.runs(LATEST) if row["status"] == "running"]
    ended = [run for name in open_ones if (run := instance.get_run_by_id(name)) is not None and run.is_finished]
    for run in ended:
        conclude(instance, run)
    return len(ended)


def tell_failure(run: dg.DagsterRun, report: RunReport) -> str:
    """Append one line about a failed run to the log, and return it; the log keeps its latest lines."""
    why = " | ".join(report.messages) or "no reason was told"
    moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    text = " ".join(mask_reason(f"{moment} {run.job_name} {run.run_id[:8]} {report.status}: {why}").split())
    line = text[:LONGEST_LINE]
    path = failures_log()
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    aside = path.with_suffix(".part")
    aside.write_text("".join(f"{each}\n" for each in [*kept, line][-MOST_LINES:]), encoding="utf-8")
    aside.replace(path)
    return line
