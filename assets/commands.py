"""What the commands do, and what they print."""

from __future__ import annotations

import contextlib
import getpass
import json
import logging
import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.table import Table

from pipeline.errors import ConfigurationError, GateClosed, LeadflowError
from resources.settings import Settings, load_settings, require_vendors
from resources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assets.runs import RunReport

SCOPES = ("zoho", "ghl", "all")
VENDORS = ("zoho", "ghl")
TARGETS = {"zoho": "Zoho", "ghl": "GoHighLevel"}


def run(*, select: str | None, as_of: str | None, as_json: bool) -> int:
    """Run a job to its end; return the exit code."""
    with sandbox_if_needed(select):
        settings = load_settings()
        if select not in OFFLINE:
            require_vendors(settings)
        day = parse_day(as_of)
        with progress(as_json=as_json):
            return execute(settings, select=select, day=day, as_json=as_json)


OFFLINE = frozenset({"staging", "identity", "qualify", "reports"})
"""Jobs that call no vendor."""


def execute(settings: Settings, *, select: str | None, day: date | None, as_json: bool) -> int:
    """Run the job and print what it came to."""
    from assets import runs

    workspace = Workspace.open(settings)
    try:
        chosen = day or workspace.default_as_of()
        if select not in OFFLINE:
            # Fails here, in one sentence, before anything is fetched, paid for or written.
            _ = workspace.vendors
    finally:
        workspace.close()
    with runs.open_instance() as instance:
        report = runs.execute(as_of=chosen, select=select, instance=instance)
        if report.exit_code not in {0, 4} and "reports/publication" not in report.assets and select is None:
            # The page tells what went wrong, so it is built also when a stage before it stopped.
            after = runs.execute(as_of=chosen, select="reports", instance=instance)
            report.assets.update(after.assets)
    return conclude(settings, report, as_json=as_json)


def conclude(settings: Settings, report: RunReport, *, as_json: bool) -> int:
    """Keep how the run ended, print it, return its exit code."""
    from assets import runs

    workspace = Workspace.open(settings)
    try:
        ledger = workspace.ledger
        writes = {vendor: ledger.writes(vendor, report.run_id) for vendor in VENDORS}
        for vendor in VENDORS:
            writes[vendor]["in_doubt"] = len(ledger.in_doubt(vendor))
        spend = ledger.spent(report.run_id)
        plans = {vendor: plan.plan_hash for vendor in VENDORS if (plan := ledger.latest_plan(vendor)) is not None}
        held = {vendor: held_back(ledger.plan(plan_hash).rows) for vendor, plan_hash in plans.items()}
        told = runs.as_json(report, writes=writes, spend=spend, plans=plans)
        ledger.begin_run(report.run_id, as_of=report.as_of, kind="run")
        ledger.end_run(report.run_id, report.status, told)
    finally:
        workspace.close()
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        show(settings, report, writes=writes, held=held, spend=spend)
    return report.exit_code


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

    one_of("vendor", vendor, VENDORS)
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


def apply(plan_hash: str, *, approved_by: str | None, as_json: bool) -> int:
    """Approve and send a plan, then read back and report, as one run."""
    with sandbox_if_needed(None):
        settings = load_settings()
        require_vendors(settings)
        with opened() as workspace:
            plan = workspace.ledger.plan(plan_hash)
            latest = workspace.ledger.latest_plan(plan.vendor)
            if plan.applied_at is not None:
                raise GateClosed(
                    f"plan {plan.plan_hash[:8]} was applied on {plan.applied_at:%Y-%m-%d %H:%M} UTC; nothing was sent"
                )
            if latest is not None and latest.content_hash != plan.content_hash:
                raise GateClosed(
                    f"plan {plan.plan_hash[:8]} is outdated: {latest.plan_hash[:8]} was made since; nothing was sent"
                )
            workspace.ledger.approve(plan.plan_hash, approved_by or os.environ.get("USER") or getpass.getuser())
            day = plan.as_of
        from assets import runs

        with progress(as_json=as_json), runs.open_instance() as instance:
            report = runs.execute(as_of=day, select=f"apply_{plan.vendor}", instance=instance)
        return conclude(settings, report, as_json=as_json)


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


def doctor() -> int:
    """Check what a run needs, and say what to mend; return 0 when all is well."""
    problems = 0
    with sandbox_if_needed(None):
        settings = load_settings()
        for name, step in (
            ("settings", lambda _w: require_vendors(settings)),
            ("rules", lambda w: w.rules_version),
            ("warehouse", warehouse_opens),
            ("ledger", lambda w: w.ledger.runs(1)),
            ("vendors", lambda w: w.vendors),
        ):
            try:
                with opened(settings) as workspace:
                    step(workspace)
            except LeadflowError as error:
                problems += 1
                say(f"{name:10} {error}")
            else:
                say(f"{name:10} ok")
    return 2 if problems else 0


def warehouse_opens(workspace: Workspace) -> None:
    """Open the warehouse once."""
    with workspace.warehouse.open() as session:
        session.value("SELECT 1")


@contextlib.contextmanager
def opened(settings: Settings | None = None) -> Iterator[Workspace]:
    """Open the workspace for the length of a command."""
    workspace = Workspace.open(settings)
    try:
        yield workspace
    finally:
        workspace.close()


@contextlib.contextmanager
def sandbox_if_needed(select: str | None) -> Iterator[None]:
    """In the sandbox, when no address is set: serve the local vendors for as long as the command runs."""
    settings = load_settings()
    if settings.env != "sandbox" or settings.base_urls or select in OFFLINE:
        yield
        return
    from assets.play import beside

    with beside(people=None, seed=None) as environment:
        before = dict(os.environ)
        os.environ.update(environment)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextlib.contextmanager
def progress(*, as_json: bool) -> Iterator[None]:
    """Print a line per finished asset; on standard error when the last line of the output is JSON."""
    logger = logging.getLogger("leadflow.progress")
    handler = logging.StreamHandler(sys.stderr if as_json else sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)


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


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
