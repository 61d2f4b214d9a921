"""What a person sees of `leadflow undo`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from assets.console import TARGETS
from assets.undo import release, take_back
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assets.undoreport import UndoReport

OUTPUTS = ("text", "json", "markdown")


def undo(run: str, *, output: str, is_release: bool) -> int:
    """Plan the reverse of a run and print it, or release what was taken back; return the exit code."""
    if output not in OUTPUTS:
        raise ConfigurationError(f"--output is {output!r}; allowed: {', '.join(OUTPUTS)}")
    if is_release:
        run_id, count = release(run)
        told = "may be written again" if count else "was never taken back"
        sys.stdout.write(f"run {run_id[:8]}: what it wrote {told}\n")
        return 0 if count else 2
    report = take_back(run)
    if output == "json":
        sys.stdout.write(json.dumps(report.as_json()) + "\n")
    else:
        bullet = "- " if output == "markdown" else "  "
        sys.stdout.write("".join(f"{line}\n" for line in lines(report, bullet=bullet)))
    return report.exit_code


def lines(report: UndoReport, *, bullet: str) -> Iterator[str]:
    """Yield the report line by line; counts and reasons only, no values of people."""
    run = report.run_id[:8]
    if not report.changes and not report.stays:
        yield f"run {run} wrote nothing that a vendor confirmed"
    for vendor in report.stays:
        plan_hash = report.plans.get(vendor)
        plan = f"plan {plan_hash[:8]}" if plan_hash else "nothing"
        yield f"{TARGETS[vendor]}: {plan} takes back run {run}"
        for (action, kind, name), count in sorted(report.changes[vendor].items()):
            yield f"{bullet}{action.replace('_', ' ')} {kind}.{name}: {count}"
        for reason, count in sorted(report.stays[vendor].items(), key=lambda item: (-item[1], item[0])):
            yield f"{bullet}stays: {count} {'write' if count == 1 else 'writes'}, {reason}"
        for check, detail in report.refused.get(vendor, {}).items():
            yield f"{bullet}FAILED {check}: {detail}"
        if plan_hash:
            yield f"{bullet}see it: leadflow plan {vendor}; send it: leadflow apply {plan_hash[:8]}"
    spent = ", ".join(f"{count:,.0f} {unit.replace('_', ' ')}s" for unit, count in sorted(report.spent.items()))
    yield f"not given back: {spent or 'nothing was spent'}; messages that went out stay sent"
