"""Lower half of the page: money, funnel, segments and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.page.markup import (
    NOTHING,
    Row,
    change,
    count,
    interval,
    panel,
    percent,
    plural,
    span,
    table,
    text,
    usd,
)

Facts = Mapping[str, Sequence[Row]]

UNITS = {"apollo_credit": "Apollo credits", "zoho_credit": "Zoho credits", "ghl_call": "GHL calls"}


def money(facts: Facts) -> str:
    """Return what was used and is left per unit, and what a result has cost."""
    rows = [
        (
            UNITS.get(row["unit"], text(row["unit"])),
            count(row["used_latest_day"]),
            count(row["used_in_all"]),
            count(row["left_after"]),
            usd(row["usd"]),
        )
        for row in facts["money"]
    ]
    body = table(("", "latest day", "in all", "left", "cost"), rows) if rows else "<p>Nothing was spent yet.</p>"
    ends = [row for row in facts["money"] if row["cycle_ends_on"] and row["left_after"]]
    for row in ends:
        unused = row["left_after"] * row["unit_price_usd"] if row["unit_price_usd"] else None
        body += (
            f'<p class="note">{UNITS.get(row["unit"], text(row["unit"]))}: the cycle ends on '
            f"{row['cycle_ends_on']:%d %b}; {count(row['left_after'])} (about {usd(unused)}) would expire</p>"
        )
    costs = facts["costs"][0]
    each = " · ".join(
        f"/{told} <b>{usd(costs['usd'] / costs[name]) if costs[name] and costs['usd'] else NOTHING}</b>"
        for name, told in (("replied", "reply"), ("met", "meeting"), ("won", "deal"))
    )
    return panel("Money", f"{body}<p>cost {each}</p>", queries=("money", "costs"))


def funnel(facts: Facts) -> str:
    """Return people per step in 28 days, the change, and the reply rate with its interval."""
    steps = facts["funnel"]
    most = max([row["people"] for row in steps] + [1])
    enrolled = next((int(row["people"]) for row in steps if row["step"] == "enrolled"), 0)
    rows = []
    for row in steps:
        share = ""
        if row["step"] in {"replied", "meetings"} and enrolled and row["people"] <= enrolled:
            low, high = interval(int(row["people"]), enrolled)
            share = f"{percent(row['people'], enrolled)} [{span(low, high)}]"
        elif row["amount"]:
            share = usd(row["amount"])
        width = 100 * row["people"] / most
        bar = f'<span class="bar"><i style="width:{width:.1f}%"></i></span>' if width else ""
        rows.append((text(row["step"]), bar, count(row["people"]), change(row["people"], row["people_before"]), share))
    body = table(("", "", "people", "Δ", "of enrolled"), rows, numbers_from=2)
    return panel("Funnel", body, queries=("funnel",), note="28 days, Δ vs the 28 before")


def segments(facts: Facts) -> str:
    """Return what happened to the people of each segment; opens are left out on purpose."""
    rows = [
        (
            text(row["segment"]),
            count(row["people"]),
            count(row["enrolled"]),
            count(row["delivered"]),
            percent(row["bounced"], row["bounced"] + row["delivered"]),
            count(row["complaints"]),
            percent(row["replied"], row["delivered"]),
        )
        for row in facts["segments"]
    ]
    heads = ("", "people", "enrolled", "delivered", "bounce", "compl.", "reply")
    body = table(heads, rows) if rows else "<p>Nobody is in a segment yet.</p>"
    body += '<p class="note">Opens are not shown: about half are machines.</p>'
    return panel("Segments", body, queries=("segments",))


def news(facts: Facts) -> str:
    """Return what changed since the last publication, and who is held back and why."""
    lines = {
        "people": lambda row: f"+{plural(row['people'], 'person', 'people')} ({text(row['detail'])})",
        "grade": lambda row: f"{plural(row['people'], 'person', 'people')} moved grade: {text(row['detail'])}",
        "merge": lambda row: f"{plural(row['people'], 'merge')} of records of one person",
        "held": lambda row: f"{plural(row['people'], 'person', 'people')}: {text(row['detail'])}",
    }
    told = [lines[row["kind"]](row) for kind in lines for row in facts["news"] if row["kind"] == kind]
    told += [f"{plural(row['records'], 'record')} set aside: {text(row['reason'])}" for row in facts["rejects"]]
    body = "".join(f"<li>{line}</li>" for line in told) or "<li>nothing</li>"
    return panel("What changed", f"<ul>{body}</ul>", queries=("news",), note="since the last publication")
