"""Charts as inline SVG: drawn with the page's own colours, readable in print and by screen readers."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING

from pipeline.page.markup import NOTHING, Row, count, interval, percent, span, text

if TYPE_CHECKING:
    from collections.abc import Sequence

GRADES = ("A", "B", "C", "D", NOTHING)
WIDTH, HEIGHT = 420, 170
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 26
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
WEEKS = 12


def weekly(rows: Sequence[Row], *, field: str, title: str, as_of: date) -> str:
    """Return bars per week of the last twelve, stacked by the grade at that time."""
    monday = as_of - timedelta(days=as_of.weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    found = {(row["week"], row["grade"]): int(row[field]) for row in rows}
    stacks = [[found.get((week, grade), 0) for grade in GRADES] for week in weeks]
    highest = max([*map(sum, stacks), 1])
    highest += highest % 2  # the middle line of the scale is a whole number too
    step = PLOT_WIDTH / WEEKS
    parts = [_axis(highest)]
    for place, (week, stack) in enumerate(zip(weeks, stacks, strict=True)):
        left, base = LEFT + place * step, float(TOP + PLOT_HEIGHT)
        for grade, number in zip(GRADES, stack, strict=True):
            if number:
                tall = PLOT_HEIGHT * number / highest
                base -= tall
                told = f"week of {week:%d %b}, grade {grade}: {number}"
                parts.append(
                    f'<rect class="g{_css(grade)}" x="{left + 2:.1f}" y="{base:.1f}" width="{step - 4:.1f}" '
                    f'height="{tall:.1f}"><title>{told}</title></rect>'
                )
        if place % 3 == WEEKS % 3:
            parts.append(_label(left + step / 2, HEIGHT - 8, f"{week:%d %b}"))
    shown = [grade for grade in GRADES if any(row["grade"] == grade and row[field] for row in rows)]
    return _figure(title, "".join(parts), query="weeks", legend=shown)


def rates(rows: Sequence[Row], *, part: str, title: str) -> str:
    """Return the share of enrolled people per grade with its 95 % interval."""
    shown = [row for row in rows if row["enrolled"]]
    spans = [interval(int(row[part]), int(row["enrolled"])) for row in shown]
    highest = min(1.0, ceil(50 * max([high for _, high in spans] + [0.02])) / 50)
    parts = [_axis(highest, is_share=True)]
    step = PLOT_WIDTH / max(len(shown), 1)
    for place, (row, (low, high)) in enumerate(zip(shown, spans, strict=True)):
        middle = LEFT + (place + 0.5) * step
        share = row[part] / row["enrolled"]
        top, bottom, dot = (TOP + PLOT_HEIGHT * (1 - value / highest) for value in (high, low, share))
        told = f"grade {text(row['grade'])}: {row[part]} of {row['enrolled']}, {span(low, high)} %"
        parts.append(
            f"<g><title>{told}</title>"
            f'<line class="whisker" x1="{middle:.1f}" x2="{middle:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'
            f'<circle class="g{_css(row["grade"])}" cx="{middle:.1f}" cy="{dot:.1f}" r="5"/></g>'
        )
        parts.append(
            _label(
                middle + 9,
                min(dot, TOP + PLOT_HEIGHT - 8) + 4,
                percent(row[part], row["enrolled"]),
                anchor="start",
            )
        )
        parts.append(_label(middle, HEIGHT - 8, f"{text(row['grade'])} (n {count(row['enrolled'])})"))
    return _figure(title, "".join(parts), query="grades")


def _axis(highest: float, *, is_share: bool = False) -> str:
    lines = []
    for share in (0.0, 0.5, 1.0):
        y = TOP + PLOT_HEIGHT * (1 - share)
        value = highest * share
        told = f"{100 * value:.0f} %" if is_share else (count(value) if value == int(value) else f"{value:.1f}")
        lines.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(_label(LEFT - 5, y + 4, told, anchor="end"))
    return "".join(lines)


def _label(x: float, y: float, told: str, *, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{told}</text>'


def _figure(title: str, drawn: str, *, query: str, legend: Sequence[str] = ()) -> str:
    keys = "".join(f'<span><i class="k{_css(grade)}"></i>{grade}</span>' for grade in legend)
    return (
        f'<figure><figcaption>{title}<em>{keys}<a href="#sql-{query}">{query}</a></em></figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">{drawn}</svg></figure>'
    )


def _css(grade: str) -> str:
    return grade if grade in "ABCD" else "x"
