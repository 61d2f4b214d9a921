"""Lying charts: one row each for sending domains, budgets and measures of quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.page.drawing import WIDTH, bar, figure, label, line, nothing
from pipeline.page.markup import Row, count, interval, percent, span, text

if TYPE_CHECKING:
    from collections.abc import Sequence

BOUNCE_BRAKE = 0.03
"""Share of bounces at which a sending domain loses its reputation with mailbox providers."""
UNITS = {
    "apollo_credit": "Apollo credits",
    "zoho_credit": "Zoho credits, 24 h",
    "ghl_call": "GoHighLevel calls, 24 h",
}
PITCH, THICK = 30.0, 7.0
LONGEST = 34
EDGE = 30.0
"""Half the width of the longest word at a line."""


def bounces(rows: Sequence[Row], *, title: str) -> str:
    """Return the bounce rate of each sending domain with its 95 % interval and the line not to cross."""
    known = [row for row in rows if row["sent"]]
    ends = [interval(int(row["bounced"]), int(row["sent"]))[1] for row in known]
    highest = min(1.0, max([*ends, 2 * BOUNCE_BRAKE]))
    limit, tall = WIDTH * BOUNCE_BRAKE / highest, max(3.0, len(known)) * PITCH + 22
    parts = [nothing("nothing was sent in 28 days")] if not known else []
    for place, row in enumerate(known):
        bounced, sent = int(row["bounced"]), int(row["sent"])
        low, high = interval(bounced, sent)
        y = 14 + place * PITCH
        css = "over" if bounced / sent > BOUNCE_BRAKE else "fill"
        told = f"{text(row['sending_domain'])}: {bounced} of {sent}, [{span(low, high)}] %"
        parts += [
            *_row(y, _short(row["sending_domain"]), f"{percent(bounced, sent)} of {count(sent)}"),
            bar(WIDTH * low / highest, y + 6, WIDTH * (high - low) / highest, THICK, f"band {css}", told=told),
            bar(0, y + 6, WIDTH * min(1.0, bounced / sent / highest), THICK, css, told=told),
        ]
    if known:
        end = 12 + len(known) * PITCH
        parts.append(line((limit, limit), (17, end), "limit"))
        parts.append(label(limit, end + 11, f"limit {100 * BOUNCE_BRAKE:.0f} %", anchor=_inward(limit), css="limited"))
    return figure(title, "".join(parts), query="domains", spoken=f"{title}, {len(known)} domains", tall=tall)


def budgets(rows: Sequence[Row], *, title: str) -> str:
    """Return what was used of each budget, where it ends at this pace, and the whole."""
    known = [row for row in rows if row["budget"]]
    parts = [nothing("no vendor told what is left")] if not known else []
    for place, row in enumerate(known):
        y, whole = 14 + place * 46.0, float(row["budget"])
        used, forecast = min(1.0, row["used"] / whole), min(1.0, (row["forecast"] or 0) / whole)
        until = f"by {row['ends_on']:%d %b}" if row["ends_on"] else "a day"
        told = f"{count(row['used'])} of {count(whole)}"
        parts += [
            *_row(y, UNITS.get(row["unit"], text(row["unit"])), told),
            bar(0, y + 6, WIDTH * forecast, THICK, "band fill", told=f"forecast {count(row['forecast'])}"),
            bar(0, y + 6, max(1.5, WIDTH * used), THICK, "over" if used > 0.9 else "fill", told=told),
            label(0, y + 25, f"at this pace {count(row['forecast'])} {until}", anchor="start"),
        ]
    tall = max(3.0, len(known)) * 46 + 4
    legend = [("kfill", "used"), ("kband", "forecast")] if known else []
    return figure(title, "".join(parts), query="money", spoken=f"{title}, {len(known)} units", legend=legend, tall=tall)


def qualities(rows: Sequence[Row], *, title: str) -> str:
    """Return the share of each measure in 28 days, and as a tick that of the 28 days before."""
    known = [row for row in rows if row["looked_at"]]
    parts = [nothing("nothing was looked at in 28 days")] if not known else []
    for place, row in enumerate(known):
        y, good, whole = 14 + place * PITCH, int(row["good"]), int(row["looked_at"])
        low, high = interval(good, whole)
        told = f"{text(row['told'])}: {good} of {whole}, [{span(low, high)}] %"
        parts += [
            *_row(y, text(row["told"]), f"{percent(good, whole)} of {count(whole)}"),
            bar(0, y + 6, WIDTH * good / whole, THICK, "fill", told=told),
        ]
        if row["looked_at_before"]:
            x = WIDTH * row["good_before"] / row["looked_at_before"]
            parts.append(line((x, x), (y + 3, y + 16), "before"))
    legend = [("kbefore", "28 days before")] if any(row["looked_at_before"] for row in known) else []
    tall = max(3.0, len(known)) * PITCH + 6
    spoken = f"{title}, {len(known)} measures"
    return figure(title, "".join(parts), query="measures", spoken=spoken, legend=legend, tall=tall)


def _row(y: float, told: str, value: str) -> list[str]:
    return [
        label(0, y, told, anchor="start", css="told"),
        label(WIDTH, y, value, anchor="end", css="value"),
        bar(0, y + 6, WIDTH, THICK, "track"),
    ]


def _short(name: str) -> str:
    """Return a name that fits the row, as text."""
    return text(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…")


def _inward(x: float) -> str:
    """Return which end of a word stands at a place, so that it stays inside the chart."""
    return "start" if x < EDGE else "end" if x > WIDTH - EDGE else "middle"
