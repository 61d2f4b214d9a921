"""The command line. Each command imports what it needs when it is called: `--help` is quick.

Exit codes: 0 done, 1 failed, 2 configuration or usage, 3 stopped by a gate or a check,
4 waiting for approval, 75 incomplete (quota), resumes later.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="leadflow",
    help="Moves B2B leads from where they are found to where they become revenue, and proves what it did.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
People = Annotated[int, typer.Option(min=1, max=1_000_000, help="People in the sandbox's world.")]
Seed = Annotated[int, typer.Option(help="Seed of the sandbox's world.")]


@app.command()
def run(
    select: Annotated[str | None, typer.Option(help="A job: daily (default) or a layer.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Business day, YYYY-MM-DD.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the pipeline: fetch, decide, plan, send what may be sent, read back, report."""
    from assets import commands

    sys.exit(commands.run(select=select, as_of=as_of, as_json=as_json))


@app.command()
def plan(  # noqa: PLR0917 - typer's options
    vendor: Annotated[str, typer.Argument(help="zoho, ghl or apollo")],
    output: Annotated[str, typer.Option("--output", "-o", help="text, json, or markdown for a pull request.")] = "text",
    as_json: AsJson = False,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 0 when there is nothing to do, 4 when changes wait.")
    ] = False,
    show_pii: Annotated[bool, typer.Option("--show-pii", help="Show values instead of masks.")] = False,
    limit: Annotated[int | None, typer.Option(min=0, help="Records to list; 0 lists all. Text lists 20.")] = None,
) -> None:
    """Show the latest plan of a vendor: what would be written, why, and what it costs. Calls no vendor."""
    from assets import commands

    chosen = "json" if as_json else output
    sys.exit(commands.plan(vendor, output=chosen, limit=limit, show_pii=show_pii, detailed_exitcode=detailed_exitcode))


@app.command()
def apply(
    plan_hash: Annotated[str, typer.Argument(metavar="HASH", help="The plan's hash, or its first characters.")],
    approved_by: Annotated[str | None, typer.Option(help="Who approves; default: the user's name.")] = None,
    max_age: Annotated[
        float, typer.Option(metavar="HOURS", min=0, help="Refuse a plan older than this; 0 takes any.")
    ] = 24.0,
    as_json: AsJson = False,
) -> None:
    """Send an approved plan, read back what landed, and report."""
    from assets import commands

    sys.exit(commands.apply(plan_hash, approved_by=approved_by, max_age=max_age, as_json=as_json))


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what waits, what is in doubt, what was spent, and the last runs."""
    from assets import commands

    sys.exit(commands.status(as_json=as_json))


@app.command()
def pause(
    scope: Annotated[str, typer.Argument(help="zoho, ghl or all")] = "all",
    reason: Annotated[str, typer.Option(help="Why, in words.")] = "no reason given",
) -> None:
    """Hold every write of a vendor; opt-outs still pass."""
    from assets import commands

    sys.exit(commands.pause(scope, reason=reason))


@app.command()
def resume(scope: Annotated[str, typer.Argument(help="zoho, ghl or all")] = "all") -> None:
    """Let a paused vendor be written to again."""
    from assets import commands

    sys.exit(commands.resume(scope))


@app.command()
def undo(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, its first characters, or `last`.")],
    output: Annotated[str, typer.Option("--output", "-o", help="text, json or markdown")] = "text",
    release: Annotated[
        bool, typer.Option("--release", help="Let what was taken back of the run be written again.")
    ] = False,
) -> None:
    """Plan the reverse of what a run wrote; later edits by people stay. Nothing is sent before `leadflow apply`."""
    from assets import undoview

    sys.exit(undoview.undo(run_id, output=output, is_release=release))


@app.command()
def why(
    text: Annotated[str, typer.Argument(metavar="EMAIL|ID", help="E-mail, our key, a vendor's id, a LinkedIn URL.")],
    as_json: AsJson = False,
) -> None:
    """Show everything known of a person: records and evidence, values, scores, holds, changes, touches, money."""
    from assets import why as explaining

    sys.exit(explaining.why(text, as_json=as_json))


@app.command()
def review(  # noqa: PLR0917 - typer's options
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PERSON | LEFT RIGHT same|different]", help="Nothing lists what waits."),
    ] = None,
    split: Annotated[
        bool, typer.Option("--split", help="PERSON --split RECORD...: these records are somebody else's.")
    ] = False,
    decided: Annotated[bool, typer.Option("--decided", help="List what was decided.")] = False,
    who: Annotated[str | None, typer.Option(help="Who decides; default: the user's name.")] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="Pairs to list; 0 lists all. Text lists 20.")] = None,
    as_json: AsJson = False,
) -> None:
    """List pairs that only a person can decide, or decide: decisions win over all evidence, in every run.

    CSV files in the folder `decisions` of the workspace (left, right, decision, who, when) are taken in too.
    """
    from assets import review as reviewing

    found = words or []
    code = reviewing.review(found, is_split=split, is_decided=decided, who=who, limit=limit, as_json=as_json)
    sys.exit(code)


@app.command()
def init(
    answers: Annotated[Path | None, typer.Option(help="YAML file of answers: nobody is asked.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Folder for the rule files; default: rules/<workspace>.")] = None,
) -> None:
    """Set up a live workspace: eight questions, each answer tried at once; writes .env and rules, sends nothing."""
    from assets import init as setting_up

    sys.exit(setting_up.init(answers=answers, folder=Path.cwd(), rules_folder=rules))


auth = typer.Typer(help="Give access to a vendor.", no_args_is_help=True)
app.add_typer(auth, name="auth")


@auth.command(name="zoho")
def auth_zoho() -> None:
    """Turn a grant code of Zoho's API console into lasting access; writes the ZOHO_ lines of .env."""
    from assets import init as setting_up

    sys.exit(setting_up.auth_zoho(folder=Path.cwd()))


@app.command()
def audit(
    output: Annotated[
        Path | None, typer.Option(help="Folder for page and CSV files; default <data dir>/audit.")
    ] = None,
    stale_days: Annotated[
        int, typer.Option(min=1, max=3650, help="Days without a change that make a lead stale.")
    ] = 90,
    show_pii: Annotated[
        bool, typer.Option("--show-pii", help="Show values in the CSV files instead of masks.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is wrong today in Zoho and GoHighLevel: reads only, buys nothing, needs no run before it."""
    from assets import auditview

    sys.exit(auditview.audit(output=output, stale_days=stale_days, show_pii=show_pii, as_json=as_json))


@app.command()
def alerts(
    what: Annotated[str, typer.Argument(help="test sends a trial message; status says what is on and what waits.")],
    as_json: AsJson = False,
) -> None:
    """Send a trial message over each channel of rules/alerts.yaml, or show the channels and what waits."""
    from assets import alertview

    sys.exit(alertview.alerts(what, as_json=as_json))


@app.command()
def doctor() -> None:
    """Check settings, vendors, key field, ledger and warehouse; say what to mend."""
    from assets import doctor as trying

    sys.exit(trying.doctor())


@app.command()
def publish() -> None:
    """Build the analysts' database, Parquet files and page anew."""
    from assets import commands

    sys.exit(commands.run(select="reports", as_of=None, as_json=False))


@app.command(context_settings={"allow_interspersed_args": False})
def sandbox(  # noqa: PLR0917 - typer's options
    command: Annotated[list[str] | None, typer.Argument(help="-- COMMAND to run beside the sandbox.")] = None,
    people: People = 2000,
    seed: Seed = 7,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 = any.")] = 0,
    faults: Annotated[str, typer.Option(help="none, flaky or lossy")] = "none",
    state: Annotated[Path | None, typer.Option(help="File that keeps the sandbox's state.")] = None,
) -> None:
    """Start the local vendors; with -- COMMAND, run it with their addresses and stop when it ends."""
    from assets import play as playing

    sys.exit(playing.sandbox(command or [], people=people, seed=seed, port=port, faults=faults, state=state))


@app.command()
def play(
    people: People = 2000,
    seed: Seed = 7,
    days: Annotated[int, typer.Option(min=1, max=30, help="Days to play.")] = 2,
) -> None:
    """Play days of the whole pipeline against the sandbox: run, let a day pass, run again."""
    from assets import play as playing

    sys.exit(playing.play(people=people, seed=seed, days=days))
