"""What a person sees in the terminal: a run, a plan, the state of things."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assets.runs import RunReport
    from resources.settings import Settings

VENDORS = ("zoho", "ghl")
TARGETS = {"zoho": "Zoho", "ghl": "GoHighLevel"}


def held_back(parts: Iterable[Sequence[Any]]) -> int:
    """Return how many records a plan, given part by part, holds back."""
    return len({(row.object, row.person_key) for rows in parts for row in rows if row.action == "hold"})


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


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
