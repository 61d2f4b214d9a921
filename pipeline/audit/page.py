"""The page of an audit: one file, light and dark, in the look of the morning page; it names nobody."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from pipeline.audit.findings import Result, ordered
from pipeline.page.markup import Row, count, percent, table, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

INLINE = 150_000
"""Bytes of a CSV file that is put into the page itself; a larger one lies beside it."""
SIGNS = {"good": "✓", "warn": "!", "bad": "✗", "note": "·"}
VENDORS = {"zoho": "Zoho CRM", "ghl": "GoHighLevel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was looked at: when (UTC), the platforms under their names, counts, what was left out, calls made."""

    workspace: str
    began_at: datetime
    platforms: Mapping[str, str]
    counts: Mapping[str, int]
    stale_days: int
    left_out: Sequence[str]
    calls: Mapping[str, int]


def render(
    subject: Subject, results: Sequence[Result], fields: Sequence[Row], files_beside: Mapping[str, bytes | None]
) -> str:
    """Return the page.

    Args:
        subject: what was looked at.
        results: what was found.
        fields: rows of `sql/audit/fields.sql` to show.
        files_beside: CSV file name → its bytes where it goes into the page, None where it lies beside it.
    """
    style = (files("pipeline.page") / "page.css").read_text(encoding="utf-8")
    style += (files("pipeline.audit") / "audit.css").read_text(encoding="utf-8")
    cards = "".join(_card(result, files_beside) for result in ordered(results) if result.finding.name != "fields")
    filled = next((result for result in results if result.finding.name == "fields"), None)
    looked = " · ".join(f"{VENDORS[vendor]} {text(name)}" for vendor, name in subject.platforms.items())
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>leadflow audit · {text(subject.workspace)} · {subject.began_at:%a %d %b}</title>
<style>
{style}</style>
</head>
<body>
<header><h1>leadflow audit <span>· {text(subject.workspace)} · {subject.began_at:%a %d %b %Y}</span></h1>
<p>{looked} · read {subject.began_at:%d %b %H:%M} UTC</p></header>
{_banner(subject, results)}
<main>{cards}{_fields(filled, fields, files_beside)}</main>
<footer><h2>How this was read</h2>
<p>{_calls(subject.calls)} Nothing was written to any platform and nothing was bought. \
A record counts as one that is neither deleted nor a converted lead. \
Stale means without any change for {subject.stale_days} days. People are told apart by the evidence that the \
pipeline uses: mailbox, profile, phone, name, organisation. Whoever got a message from a workflow, a campaign or a \
bulk action in the last 30 days counts as being in one: GoHighLevel tells nobody who is enrolled.</p></footer>
</body>
</html>
"""


def _banner(subject: Subject, results: Sequence[Result]) -> str:
    bad = [result for result in results if result.rows and result.finding.level in {"bad", "warn"}]
    counts = subject.counts
    parts = [f"{count(counts[vendor])} in {VENDORS[vendor]}" for vendor in subject.platforms]
    sizes = f"{count(counts['records'])} records of {count(counts['people'])} people ({', '.join(parts)})"
    head = f"{len(bad)} of {len(results)} questions found something" if bad else "Nothing is wrong today."
    notes = "".join(f"<li>{text(note)}</li>" for note in subject.left_out)
    left = f'<ul class="note">{notes}</ul>' if notes else ""
    quiet = "" if bad else " quiet"
    return f'<div class="banner{quiet}"><strong>{head}</strong> {sizes}{left}</div>'


def _card(result: Result, beside: Mapping[str, bytes | None]) -> str:
    finding = result.finding
    if result.rows is None:
        return _section("note", finding.title, '<p class="note">Not looked at: what it needs was not read.</p>')
    level = finding.level if result.rows else "good"
    share = f"<small>{percent(result.rows, result.of)} of {count(result.of)}</small>" if result.of else ""
    body = f'<p class="figure" id="figure-{finding.name}">{count(result.rows)}{share}</p>'
    if result.rows:
        body += f"<p>{text(finding.advice)}</p>{_first(result)}"
    return _section(level, finding.title, body + _link(result, beside))


def _section(level: str, title: str, body: str) -> str:
    sign = f'<b aria-hidden="true">{SIGNS[level]}</b>'
    # The page's style makes whatever is a note small.
    mood = "" if level == "note" else f" {level}"
    return f'<section class="finding{mood}"><h2>{sign}{text(title)}</h2>{body}</section>'


def _link(result: Result, beside: Mapping[str, bytes | None]) -> str:
    if not result.csv:
        return ""
    content = beside.get(result.csv)
    place = text(result.csv)
    if content is not None:
        place = f"data:text/csv;base64,{base64.b64encode(content).decode()}"
    told = f"CSV, {count(result.rows)} {'row' if result.rows == 1 else 'rows'}"
    return f'<p><a download="{text(result.csv)}" href="{place}">{told}</a></p>'


def _fields(result: Result | None, fields: Sequence[Row], beside: Mapping[str, bytes | None]) -> str:
    if result is None or result.rows is None:
        return ""
    half = sum(row["filled_pct"] < 50 for row in fields)
    places = dict.fromkeys((row["vendor"], row["object"]) for row in fields)
    groups = "".join(
        _group(place, [row for row in fields if (row["vendor"], row["object"]) == place]) for place in places
    )
    more = result.rows - len(fields)
    rest = f'<p class="note">and {count(more)} more in the CSV</p>' if more > 0 else ""
    return (
        f'<section class="finding whole"><h2>{text(result.finding.title)}</h2>'
        f'<p class="figure" id="figure-fields">{count(result.rows)}<small>{count(half)} filled in fewer than half'
        f"</small></p><p>{text(result.finding.advice)}</p>{_link(result, beside)}{groups}{rest}</section>"
    )


def _group(place: tuple[str, str], fields: Sequence[Row]) -> str:
    rows = [
        (
            text(row["label"] or row["field"]),
            f'<span class="bar"><i style="width:{row["filled_pct"]:.1f}%"></i></span>',
            count(row["filled"]),
            f"{row['filled_pct']:.1f} %",
        )
        for row in fields
    ]
    half = sum(row["filled_pct"] < 50 for row in fields)
    head = f"{VENDORS[place[0]]} {text(place[1])}: {count(len(fields))} fields of {count(fields[0]['records'])} records"
    shown = table(("field", "", "filled", ""), rows, query=None, numbers_from=2)
    return f"<details><summary>{head}, {count(half)} filled in fewer than half</summary>{shown}</details>"


def _first(result: Result) -> str:
    detail = result.finding.detail
    rows = [
        (
            text(f"{VENDORS[row['vendor']]} {row['object']}"),
            f'<a href="{text(row["link"])}">{text(row["record_id"])}</a>',
            _told(row, detail),
        )
        for row in result.first
    ]
    column = detail.removesuffix("_id").replace("_", " ")
    return table(("first cases", "record", column), rows, query=None, numbers_from=9)


def _told(row: Mapping[str, Any], detail: str) -> str:
    if not detail:
        return ""
    shown = text(VENDORS.get(row[detail], row[detail]))
    link = row.get(detail.replace("record_id", "link")) if detail.endswith("record_id") else None
    return f'<a href="{text(link)}">{shown}</a>' if link else shown


def _calls(calls: Mapping[str, int]) -> str:
    told = [f"{count(number)} calls to {VENDORS.get(vendor, vendor)}" for vendor, number in sorted(calls.items())]
    return f"{', '.join(told)}." if told else ""
