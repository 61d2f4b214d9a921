"""The whole page: heading, panels, charts, and an appendix with the SQL and the rows behind every number."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from pipeline import sql
from pipeline.page import charts, figures, today
from pipeline.page.markup import Row, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the page is about: the workspace, when it was built (UTC), for which day, by what."""

    workspace: str
    built_at: datetime
    as_of: date
    run_id: str
    rules_version: str
    is_complete: bool


def statements() -> dict[str, str]:
    """Return the SELECTs behind the page by name; they run on the published file."""
    return {name: sql.statement(f"page/{name}") for name in sql.names("page")}


def render(heading: Heading, facts: Mapping[str, Sequence[Row]]) -> str:
    """Return the page.

    Args:
        heading: what it is about.
        facts: rows by name: one entry per statement of `statements`, and `rejects` (`reason`, `records`).
    """
    style = (files("pipeline.page") / "page.css").read_text(encoding="utf-8")
    incomplete = "" if heading.is_complete else ' · <b class="late">incomplete: writes are still open</b>'
    panels = "".join(
        make(facts)
        for make in (
            *(today.act, today.safety),
            *(figures.money, figures.funnel, figures.segments, figures.news),
        )
    )
    drawn = (
        charts.weekly(facts["weeks"], field="replies", title="Replies per week by grade", as_of=heading.as_of)
        + charts.weekly(facts["weeks"], field="meetings", title="Meetings per week by grade", as_of=heading.as_of)
        + charts.rates(facts["grades"], part="replied", title="Grade when enrolled → reply rate, 95 %")
        + charts.rates(facts["grades"], part="met", title="Grade when enrolled → meeting rate, 95 %")
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>leadflow · {text(heading.workspace)} · {heading.as_of:%a %d %b}</title>
<style>
{style}</style>
</head>
<body>
<header><h1>leadflow <span>· {text(heading.workspace)} · {heading.as_of:%a %d %b %Y}</span></h1>
<p>built {heading.built_at:%d %b %H:%M} UTC · run {text(heading.run_id[:8])} · \
rules {text(heading.rules_version)}{incomplete}</p></header>
{today.waiting(facts)}
<main>{panels}</main>
<div class="charts">{drawn}</div>
{appendix(facts)}
</body>
</html>
"""


def appendix(facts: Mapping[str, Sequence[Row]]) -> str:
    """Return each query with its rows as a CSV link that needs no server."""
    entries = []
    for name, select in statements().items():
        rows = facts[name]
        encoded = base64.b64encode(as_csv(rows).encode()).decode()
        link = f'<a download="{name}.csv" href="data:text/csv;base64,{encoded}">CSV, {len(rows)} rows</a>'
        told = text(select.splitlines()[0].removeprefix("-- "))
        entries.append(
            f"<details><summary><code>{name}</code> {told} {link}</summary>"
            f'<pre id="sql-{name}">{text(select)}</pre></details>'
        )
    return (
        "<footer><h2>Where the numbers come from</h2>"
        "<p>Each query runs as it stands on <code>leadflow.duckdb</code>; "
        "<code>$as_of</code>, <code>$now</code> and <code>$since</code> are the day, "
        "the moment and the moment of the publication before.</p>"
        f"{''.join(entries)}</footer>"
    )


def as_csv(rows: Sequence[Row]) -> str:
    """Return rows as CSV with a header; what a spreadsheet would run as a formula is quoted as text."""
    target = io.StringIO()
    if rows:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return target.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
