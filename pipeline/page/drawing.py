"""SVG by hand: axes, labels and the frame of a figure, in the page's own colours, for screen, print and ear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.page.markup import count

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 34, 6, 10, 24
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM


def label(x: float, y: float, told: str, *, anchor: str = "middle", css: str = "") -> str:
    """Return a text of ready words at a place."""
    kind = f' class="{css}"' if css else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{told}</text>'


def bar(x: float, y: float, width: float, height: float, css: str, *, told: str = "") -> str:
    """Return a rectangle; `told` is shown when somebody points at it."""
    title = f"<title>{told}</title>" if told else ""
    return f'<rect class="{css}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}">{title}</rect>'


def line(x: tuple[float, float], y: tuple[float, float], css: str) -> str:
    """Return a line between two points."""
    return f'<line class="{css}" x1="{x[0]:.1f}" x2="{x[1]:.1f}" y1="{y[0]:.1f}" y2="{y[1]:.1f}"/>'


def scale(highest: float, *, is_share: bool = False) -> str:
    """Return the three lines of a vertical scale from 0, with their values."""
    lines = []
    for share in (0.0, 0.5, 1.0):
        y = TOP + PLOT_HEIGHT * (1 - share)
        told = f"{100 * highest * share:.0f} %" if is_share else count(highest * share)
        lines.append(line((LEFT, WIDTH - RIGHT), (y, y), "axis" if share == 0 else "grid"))
        lines.append(label(LEFT - 6, y + 4, told, anchor="end"))
    return "".join(lines)


def nothing(told: str) -> str:
    """Return words in the middle of an empty plot."""
    return label(WIDTH / 2, HEIGHT / 2, told)


def figure(
    title: str, drawn: str, *, query: str, spoken: str, legend: Sequence[tuple[str, str]] = (), tall: float = HEIGHT
) -> str:
    """Return a figure whose drawing links to its query.

    Args:
        title: the heading.
        drawn: SVG inside a box of `WIDTH` by `tall`.
        query: name of the statement behind it.
        spoken: what a screen reader says.
        legend: (class of the key, word).
        tall: height of the box.
    """
    keys = "".join(f'<span><i class="{css}"></i>{told}</span>' for css, told in legend)
    shown = f'<div class="keys">{keys}</div>' if keys else ""
    return (
        f'<figure><figcaption>{title}{shown}</figcaption><a href="#sql-{query}">'
        f'<svg viewBox="0 0 {WIDTH} {tall:.0f}" role="img" aria-label="{spoken}">{drawn}</svg></a></figure>'
    )
