"""The whole page: heading, panels, charts, and an appendix with the SQL and the rows behind every number."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from pipeline import sql
from pipeline.page import charts, figures, ranks, today
from pipeline.page.markup import Row, Rows, plural, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the page is about: the workspace, when it was built (UTC), for which day, by what, in which zone."""

    workspace: str
    built_at: datetime
    as_of: date
    run_id: str
    rules_version: str
    is_complete: bool
    time_zone: str = "UTC"


def statements() -> dict[str, str]:
    """Return the SELECTs behind the page by name; they run on the published file."""
    return {name: sql.statement(f"page/{name}") for name in sql.names("page")}


def beside() -> dict[str, str]:
    """Return the SELECTs behind what is not in the published file, by name; each says what it runs on."""
    return {name: sql.statement(f"beside/{name}") for name in sql.names("beside")}


def render(heading: Heading, facts: Mapping[str, Sequence[Row]]) -> str:
    """Return the page; it names nobody, so that it may be mailed as it is.

    Args:
        heading: what it is about.
        facts: rows by name: one entry per statement of `statements`; `rejects` (`reason`, `records`); and, where
            known, `forecasts` of the plans that wait (`plan_hash`, `unit`, `units`, `usd`, `seconds`, `expires_at`).
    """
    style = (files("pipeline.page") / "page.css").read_text(encoding="utf-8")
    panels = "".join(
        make(facts)
        for make in (
            *(today.act, today.safety),
            *(figures.money, figures.funnel, figures.segments, figures.news),
        )
    )
    drawn = (
        charts.weekly(facts["weeks"], field="replies", title="Replies per week, by grade", as_of=heading.as_of)
        + charts.weekly(facts["weeks"], field="meetings", title="Meetings per week, by grade", as_of=heading.as_of)
        + charts.outcomes(facts["grades"], title="Grade when enrolled → outcome")
        + ranks.bounces(facts["domains"], title="Bounces per sending domain, 28 days")
        + ranks.budgets(facts["money"], title="Spend against budget")
        + ranks.qualities(facts["measures"], title="Match quality, 28 days")
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>leadflow · {text(heading.workspace)} · {heading.as_of:%a %d %b}</title>
<style>
{style}</style>
</head>
<body>
{head(heading)}
{today.waiting(facts)}
<main>{panels}</main>
<div class="charts">{drawn}</div>
{appendix(facts)}
</body>
</html>
"""


def head(heading: Heading) -> str:
    """Return the top line: what, for whom, which day, and what it is made of."""
    zone = "" if heading.time_zone == "UTC" else f" · days in {text(heading.time_zone)}"
    late = "" if heading.is_complete else '<p class="late">Incomplete: writes are still open.</p>'
    return (
        f'<header><h1><i aria-hidden="true"></i>leadflow <span>{text(heading.workspace)}</span></h1>'
        f"<p><b>{heading.as_of:%A %d %B %Y}</b> · data as of {heading.built_at:%d %b %H:%M} UTC · "
        f"run {text(heading.run_id[:8])} · rules {text(heading.rules_version)}{zone}</p>{late}</header>"
    )


def appendix(facts: Mapping[str, Sequence[Row]]) -> str:
    """Return each query with its rows as a CSV link that needs no server; a link into a query opens it."""
    entries = []
    for name, select in {**statements(), **beside()}.items():
        rows = facts.get(name, ())
        encoded = base64.b64encode(as_csv(rows).encode()).decode()
        link = f'<a download="{name}.csv" href="data:text/csv;base64,{encoded}">CSV</a>'
        told, size = text(select.splitlines()[0].removeprefix("-- ")), plural(len(rows), "row")
        entries.append(
            f"<details><summary><code>{name}</code><span>{told}</span><em>{size} {link}</em></summary>"
            f'<pre id="sql-{name}">{text(select)}</pre></details>'
        )
    return (
        '<footer><h2>Where the numbers come from</h2><p class="note">Every number on this page links to its query. '
        "Each runs as it stands on <code>leadflow.duckdb</code>; <code>$as_of</code>, <code>$now</code> and "
        "<code>$since</code> are the day, the moment and the moment of the publication before. What runs "
        "on something else says so.</p>"
        f"{''.join(entries)}</footer>"
    )


def as_csv(rows: Sequence[Row]) -> str:
    """Return rows as CSV with a header; what a spreadsheet would run as a formula is quoted as text."""
    target = io.StringIO()
    if columns := rows.columns if isinstance(rows, Rows) else tuple(rows[0]) if rows else ():
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return target.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
