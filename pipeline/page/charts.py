"""Upright charts: bars per week by grade, and outcomes by the grade on the day of enrolment."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING

from pipeline.page.drawing import (
    HEIGHT,
    LEFT,
    PLOT_HEIGHT,
    PLOT_WIDTH,
    RIGHT,
    TOP,
    WIDTH,
    bar,
    figure,
    label,
    line,
    nothing,
    scale,
)
from pipeline.page.markup import NOTHING, Row, count, interval, percent, span, text

if TYPE_CHECKING:
    from collections.abc import Sequence

GRADES = ("A", "B", "C", "D", NOTHING)
WEEKS = 12
OUTCOMES = (("replied", "reply"), ("met", "meeting"))


def weekly(rows: Sequence[Row], *, field: str, title: str, as_of: date) -> str:
    """Return bars per week of the last twelve, stacked by the grade at that time."""
    monday = as_of - timedelta(days=as_of.weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    found = {(row["week"], row["grade"]): int(row[field]) for row in rows}
    stacks = [[found.get((week, grade), 0) for grade in GRADES] for week in weeks]
    total = sum(map(sum, stacks))
    highest = _round_up(max(map(sum, stacks)))
    step = PLOT_WIDTH / WEEKS
    parts = [scale(highest)]
    for place, (week, stack) in enumerate(zip(weeks, stacks, strict=True)):
        left, bottom = LEFT + place * step, float(TOP + PLOT_HEIGHT)
        for grade, number in zip(GRADES, stack, strict=True):
            if number:
                tall = PLOT_HEIGHT * number / highest
                bottom -= tall
                told = f"week of {week:%d %b}, grade {grade}: {number}"
                parts.append(bar(left + 3, bottom, step - 6, tall, f"g{_css(grade)}", told=told))
        if place % 3 == (WEEKS - 1) % 3:
            parts.append(label(min(left + step / 2, WIDTH - RIGHT - 18), HEIGHT - 7, f"{week:%d %b}"))
    if not total:
        parts.append(nothing("none in these twelve weeks"))
    shown = [(f"k{_css(grade)}", grade) for place, grade in enumerate(GRADES) if any(stack[place] for stack in stacks)]
    return figure(title, "".join(parts), query="weeks", spoken=f"{title}: {total} in twelve weeks", legend=shown)


def outcomes(rows: Sequence[Row], *, title: str) -> str:
    """Return the share of enrolled people who replied and who met us, per grade, with 95 % intervals."""
    known = [row for row in rows if row["enrolled"]]
    ends = [interval(int(row[part]), int(row["enrolled"]))[1] for row in known for part, _ in OUTCOMES]
    highest = min(1.0, ceil(10 * max([*ends, 0.1])) / 10)
    parts = [scale(highest, is_share=True)]
    step = PLOT_WIDTH / max(len(known), 1)
    for place, row in enumerate(known):
        middle = LEFT + (place + 0.5) * step
        for shift, (part, told) in zip((-0.17, 0.17), OUTCOMES, strict=True):
            parts.append(_outcome(row, part, told, x=middle + shift * step, highest=highest))
        parts.append(label(middle, HEIGHT - 7, f"{text(row['grade'])} · n {count(row['enrolled'])}"))
    if not known:
        parts.append(nothing("nobody was enrolled yet"))
    legend = [("kA", "replied"), ("kmet", "met")] if known else []
    return figure(title, "".join(parts), query="grades", spoken=f"{title}, {len(known)} grades", legend=legend)


def _outcome(row: Row, part: str, told: str, *, x: float, highest: float) -> str:
    number, whole = int(row[part]), int(row["enrolled"])
    low, high = interval(number, whole)
    top, bottom, dot = (TOP + PLOT_HEIGHT * (1 - value / highest) for value in (high, low, number / whole))
    said = f"grade {text(row['grade'])}: {told} {number} of {whole}, {percent(number, whole)} [{span(low, high)}]"
    css = "gA" if part == "replied" else "gmet"
    return (
        f"<g><title>{said}</title>{line((x, x), (top, bottom), 'whisker')}"
        f'<circle class="{css}" cx="{x:.1f}" cy="{dot:.1f}" r="4.5"/>'
        f"{label(x, max(top - 5, TOP + 6), percent(number, whole).replace(' ', chr(0x2009)), css='value')}</g>"
    )


def _round_up(number: int) -> int:
    """Return the next number whose half is whole and easy to read."""
    for ceiling in (2, 4, 6, 10, 20, 40, 60, 100, 200, 400, 600):
        if number <= ceiling:
            return ceiling
    return ceil(number / 1000) * 1000


def _css(grade: str) -> str:
    return grade if grade in "ABCD" else "x"
