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
    sourced,
    span,
    table,
    text,
    usd,
)

Facts = Mapping[str, Sequence[Row]]

UNITS = {"apollo_credit": "Apollo credits", "zoho_credit": "Zoho, 24 h", "ghl_call": "GoHighLevel, 24 h"}
OF_ENROLLED = frozenset({"delivered", "replied", "meetings"})
NEWS = {
    "people": "new, from {}",
    "written": "written to {}",
    "grade": "moved to another grade: {}",
    "merge": "of records: {}",
    "undone": "had changes taken back by run {}",
    "kept": "with a value left as it is: {}",
    "held": "not written to: {}",
}
"""Kind of news → what is said of it, in this order."""
RESULTS = (("replied", "reply"), ("met", "meeting"), ("won", "deal"))
VENDORS = {"zoho": "Zoho", "ghl": "GoHighLevel"}


def money(facts: Facts) -> str:
    """Return what was used and is left per unit, where it ends at this pace, and what a result has cost."""
    rows = [
        (
            UNITS.get(row["unit"], text(row["unit"])),
            count(row["used"]),
            count(row["left_after"]),
            count(row["forecast"]),
            usd(row["usd"]) if row["usd"] else NOTHING,
        )
        for row in facts["money"]
    ]
    heads = ("", "used", "left", "forecast", "cost in all")
    body = table(heads, rows, query="money") if rows else "<p>Nothing was spent yet.</p>"
    body += "".join(_expiry(row) for row in facts["money"])
    costs = facts["costs"][0]
    each = " · ".join(f"/{told} <b>{_each(costs, name)}</b>" for name, told in RESULTS)
    return panel("Money", f"{body}<p>cost {each}</p>", name="money")


def funnel(facts: Facts) -> str:
    """Return people per step in 28 days, the change, and the share of the enrolled with its interval."""
    steps = facts["funnel"]
    most = max([row["people"] for row in steps] + [1])
    rows = []
    for row in steps:
        share = ""
        if row["step"] in OF_ENROLLED and row["enrolled"]:
            low, high = interval(int(row["of_enrolled"]), int(row["enrolled"]))
            share = f"{percent(row['of_enrolled'], row['enrolled'])} [{span(low, high)}]"
        elif row["amount"]:
            share = usd(row["amount"])
        width = 100 * row["people"] / most
        bar = f'<span class="bar"><i style="width:{width:.1f}%"></i></span>' if width else ""
        rows.append((text(row["step"]), bar, count(row["people"]), change(row["people"], row["people_before"]), share))
    body = table(("", "", "people", "Δ", "of enrolled"), rows, query="funnel", numbers_from=2)
    return panel("Funnel", body, name="funnel", note="28 days, Δ vs the 28 before, 95 % intervals")


def segments(facts: Facts) -> str:
    """Return what happened to the people of each segment; opens are left out on purpose."""
    rows = [
        (
            text(row["segment"]),
            count(row["people"]),
            count(row["enrolled"]),
            count(row["delivered"]),
            percent(row["bounced"], row["sent"]),
            count(row["complaints"]),
            percent(row["replied"], row["delivered"]),
        )
        for row in facts["segments"]
    ]
    heads = ("", "today", "enrolled", "delivered", "bounce", "compl.", "reply")
    body = table(heads, rows, query="segments") if rows else "<p>Nobody is in a segment yet.</p>"
    body += '<p class="note">Opens are not shown: about half are machines.</p>'
    return panel("Segments", body, name="segments", note="28 days")


def news(facts: Facts) -> str:
    """Return what changed since the last publication, and who is held back and why."""
    told = [f"{_people(row)} {words}" for kind, say in NEWS.items() for row, words in _said(facts["news"], kind, say)]
    told += [
        f"{sourced(plural(row['records'], 'record'), 'rejects')} set aside in all: {text(row['reason'])}"
        for row in facts["rejects"]
    ]
    body = "".join(f"<li>{line}</li>" for line in told) or "<li>nothing</li>"
    return panel("What changed", f'<ul class="news">{body}</ul>', name="news", note="since the last publication")


def _each(costs: Row, name: str) -> str:
    return sourced(usd(costs["usd"] / costs[name]) if costs[name] and costs["usd"] else NOTHING, "costs")


def _people(row: Row) -> str:
    one, many = ("merge", "merges") if row["kind"] == "merge" else ("person", "people")
    return sourced(("+" if row["kind"] == "people" else "") + plural(row["people"], one, many), "news")


def _said(rows: Sequence[Row], kind: str, say: str) -> list[tuple[Row, str]]:
    return [(row, say.format(text(VENDORS.get(row["detail"], row["detail"])))) for row in rows if row["kind"] == kind]


def _expiry(row: Row) -> str:
    """Return what of a cycle would go unused at this pace, in words; nothing for limits that roll."""
    if not row["ends_on"] or row["left_after"] is None:
        return ""
    unused = max(0.0, float(row["budget"]) - float(row["forecast"] or 0))
    worth = f" (about {sourced(usd(unused * row['unit_price_usd']), 'money')})" if row["unit_price_usd"] else ""
    return (
        f'<p class="note">{UNITS.get(row["unit"], text(row["unit"]))}: the cycle ends {row["ends_on"]:%d %b}; '
        f"{sourced(count(unused), 'money')}{worth} would expire unused</p>"
    )
