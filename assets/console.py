"""What a person sees in the terminal: a run, a plan, the state of things."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from assets.surroundings import opened
from pipeline.errors import LeadflowError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assets.runs import RunReport
    from resources.settings import Settings

VENDORS = ("zoho", "ghl")
TARGETS = {"zoho": "Zoho", "ghl": "GoHighLevel"}


def held_back(rows: Sequence[Any]) -> int:
    """Return how many records a plan holds back."""
    return len({(row.object, row.person_key) for row in rows if row.action == "hold"})


def show(
    settings: Settings,
    report: RunReport,
    *,
    writes: Mapping[str, Mapping[str, int]],
    held: Mapping[str, int],
    spend: Mapping[str, float],
) -> None:
    """Print a run: layers, writes, spend, outputs, and what a person should know."""
    console = Console(width=100 if not sys.stdout.isatty() else None)
    layers = Table("layer", "tables", "rows", "seconds", title=None, box=None, pad_edge=False)
    for layer, (tables, rows, seconds) in by_layer(report).items():
        layers.add_row(layer, str(tables), f"{rows:,}", f"{seconds:.1f}")
    console.print(layers)
    table = Table("vendor", "planned", "confirmed", "rejected", "asking", "held back", box=None, pad_edge=False)
    for vendor, counts in writes.items():
        total = sum(counts[name] for name in ("planned", "confirmed", "rejected"))
        names = ("confirmed", "rejected", "in_doubt")
        table.add_row(TARGETS[vendor], str(total), *(str(counts[name]) for name in names), str(held.get(vendor, 0)))
    console.print()
    console.print(table)
    console.print()
    bought = ", ".join(f"{quantity:,.0f} {unit.replace('_', ' ')}s" for unit, quantity in sorted(spend.items()))
    console.print(f"spent    {bought or 'nothing'}", highlight=False)
    console.print(f"checks   {report.passed} passed, {len(report.failed)} failed", highlight=False)
    for name in ("leadflow.html", "leadflow.duckdb", "published"):
        if (settings.data_dir / name).exists():
            console.print(f"output   {settings.data_dir / name}", highlight=False, soft_wrap=True)
    for message in report.messages:
        console.print(f"note     {message}", highlight=False, soft_wrap=True, markup=False)
    if report.resumes_at:
        console.print(f"resumes  {report.resumes_at}", highlight=False)
    console.print(f"status   {report.status}", highlight=False)


def by_layer(report: RunReport) -> dict[str, tuple[int, int, float]]:
    """Return layer → (tables, rows, seconds)."""
    found: dict[str, tuple[int, int, float]] = {}
    for name, counts in report.assets.items():
        layer = name.split("/")[0]
        tables, rows, seconds = found.get(layer, (0, 0, 0.0))
        found[layer] = (tables + 1, rows + int(counts["rows"]), seconds + counts["seconds"])
    return found


def show_plan(vendor: str, *, as_json: bool, show_pii: bool) -> int:
    """Print the latest plan of a vendor."""
    from resources.ledger.masking import masked

    with opened() as workspace:
        plan = workspace.ledger.latest_plan(vendor)
        if plan is None:
            raise LeadflowError(f"there is no plan toward {TARGETS[vendor]} yet: `leadflow run` makes one")
        verdicts = workspace.ledger.verdicts(plan.plan_hash)
        rows = workspace.ledger.plan_rows(plan.plan_hash)
    if not show_pii:
        rows = [row | {"old_value": masked(row["old_value"]), "new_value": masked(row["new_value"])} for row in rows]
    if as_json:
        told = {
            "vendor": vendor,
            "plan": plan.plan_hash,
            "summary": dict(plan.summary),
            "verdicts": verdicts,
            "rows": rows,
        }
        sys.stdout.write(json.dumps(told, default=str) + "\n")
        return 0
    console = Console(width=140 if not sys.stdout.isatty() else None)
    console.print(f"plan {plan.plan_hash[:8]} toward {TARGETS[vendor]}, as of {plan.as_of}", highlight=False)
    console.print(json.dumps(dict(plan.summary)), highlight=False, soft_wrap=True)
    for check, passed in sorted(verdicts.items()):
        console.print(f"{'passed' if passed else 'FAILED'}  {check}", highlight=False)
    table = Table("action", "object", "person", "field", "old", "new", "reason", box=None, pad_edge=False)
    for row in rows[:200]:
        names = ("action", "object", "person_key", "field", "old_value", "new_value", "reason")
        table.add_row(*("" if row[name] is None else str(row[name])[:40] for name in names))
    console.print(table)
    if len(rows) > 200:
        console.print(f"... {len(rows) - 200} more rows: --json prints all", highlight=False)
    return 0


def status(*, as_json: bool) -> int:
    """Print what waits, what is in doubt, what was spent, the last runs."""
    with opened() as workspace:
        ledger = workspace.ledger
        told: dict[str, Any] = {"vendors": {}, "runs": []}
        for vendor in VENDORS:
            doubts = ledger.in_doubt(vendor)
            plan = ledger.latest_plan(vendor)
            told["vendors"][vendor] = {
                "writes": ledger.writes(vendor),
                "oldest_unanswered": doubts[0][1].isoformat() if doubts else None,
                "paused": ledger.paused(vendor),
                "plan": plan.plan_hash if plan else None,
                "plan_applied_at": plan.applied_at.isoformat() if plan and plan.applied_at else None,
            }
        told["apollo_in_doubt"] = sum(outcome == "in_doubt" for outcome in ledger.purchased("apollo").values())
        told["runs"] = [
            {name: str(row[name]) for name in ("run_id", "as_of", "status", "started_at")} for row in ledger.runs(5)
        ]
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
        return 0
    for vendor, facts in told["vendors"].items():
        counts = facts["writes"]
        say(
            f"{TARGETS[vendor]}: {counts['confirmed']} confirmed, {counts['rejected']} refused, "
            f"{counts['in_doubt']} sent with the answer lost (asking {TARGETS[vendor]}), {counts['planned']} planned"
        )
        if facts["plan"]:
            say(f"  plan {facts['plan'][:8]}: {'applied' if facts['plan_applied_at'] else 'not applied'}")
        if facts["paused"]:
            say(f"  paused: {facts['paused']}")
    if told["apollo_in_doubt"]:
        say(f"Apollo: {told['apollo_in_doubt']} people paid for, answer lost: not bought again without your word")
    for row in told["runs"]:
        say(f"run {row['run_id'][:8]}  {row['as_of']}  {row['status']}  {row['started_at'][:19]}")
    return 0


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
