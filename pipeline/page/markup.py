"""Numbers and small pieces of HTML; everything that comes from data is escaped here."""

from __future__ import annotations

from html import escape
from math import sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Row = dict[str, Any]


class Rows(list[Row]):
    """Rows of a query, which tell their columns also where there is no row."""

    def __init__(self, columns: Sequence[str], rows: Iterable[Row]) -> None:
        super().__init__(rows)
        self.columns = tuple(columns)


NOTHING = "\u2013"


def text(value: object) -> str:
    """Return a value as escaped text; a missing one is a dash."""
    return NOTHING if value is None else escape(str(value))


def count(value: float | None) -> str:
    """Return a whole number with thousands separators."""
    return NOTHING if value is None else f"{value:,.0f}"


def usd(value: float | None) -> str:
    """Return an amount in US dollars: cents below 100."""
    if value is None:
        return NOTHING
    return f"${value:,.2f}" if abs(value) < 100 else f"${value:,.0f}"


def percent(part: float, whole: float) -> str:
    """Return a share with one decimal, a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else NOTHING


def change(now: float, before: float) -> str:
    """Return the relative change, a dash where there was nothing before."""
    return f"{100 * (now - before) / before:+.0f} %" if before else NOTHING


def interval(part: int, whole: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share, as fractions; (0, 1) of nothing.

    More parts than the whole (bounces of what was sent before the window) count as all of it.
    """
    if not whole:
        return 0.0, 1.0
    z = 1.959964
    share = min(1.0, part / whole)
    middle = share + z * z / (2 * whole)
    spread = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    bottom = 1 + z * z / whole
    return max(0.0, (middle - spread) / bottom), min(1.0, (middle + spread) / bottom)


def span(low: float, high: float) -> str:
    """Return an interval of shares in percent, without the sign."""
    return f"{100 * low:.1f}{NOTHING}{100 * high:.1f}"


def plural(number: float, one: str, many: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Return seconds as a person would say them: 40 s, 2 min, 3 h."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def sourced(told: str, query: str) -> str:
    """Return a ready number that links to the query it comes from; nothing links a dash."""
    return told if told == NOTHING or not told else f'<a class="q" href="#sql-{query}">{told}</a>'


def badge(level: str, label: str) -> str:
    """Return a sign that does not rest on colour alone; `level` is good, warn, bad or note."""
    sign = {"good": "✓", "warn": "!", "bad": "✗", "note": "·"}[level]
    return f'<li class="{level}"><b aria-hidden="true">{sign}</b><span>{label}</span></li>'


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, query: str | None, numbers_from: int = 1) -> str:
    """Return a table of ready cells; from column `numbers_from` on they are numbers, which link to their query."""
    head = "".join(f'<th{_align(place, numbers_from)} scope="col">{cell}</th>' for place, cell in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_align(place, numbers_from)}>{sourced(cell, query) if query and place >= numbers_from else cell}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def panel(title: str, body: str, *, name: str, note: str = "") -> str:
    """Return a titled panel; `name` is its anchor."""
    told = f'<span class="note">{note}</span>' if note else ""
    return f'<section id="{name}"><h2>{title}{told}</h2>{body}</section>'


def _align(place: int, numbers_from: int) -> str:
    return ' class="n"' if place >= numbers_from else ""
