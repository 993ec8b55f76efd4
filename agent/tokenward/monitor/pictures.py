"""Small drawings of a report as SVG in the page, each with words for who does not see it."""

from __future__ import annotations

import html
from collections.abc import Sequence

from tokenward.monitor.changes import Change
from tokenward.monitor.ranges import instant_text

WIDTH, HEIGHT = 320.0, 96.0
LEFT, TOP, BOTTOM = 2.0, 14.0, 16.0


def course_picture(change: Change) -> str:
    """Draws the course of a column: a line across for the reference, a mark where it changed."""
    values = [value for value in change.course if value is not None]
    if not values or change.before is None:
        return ""
    low, high = min(0.0, *values), max(*values, change.before)
    high = high if high > low else low + 1.0

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low) * 0.94

    step = (WIDTH - 2 * LEFT) / len(change.course)
    parts = [f'<line class="axis" x1="{LEFT}" x2="{WIDTH}" y1="{y(low):.1f}" y2="{y(low):.1f}"/>']
    if change.since is not None and change.width:
        x = LEFT + (change.since - change.start) / change.width * step
        parts.append(
            f'<rect class="after" x="{x:.1f}" y="{TOP - 6}" width="{WIDTH - x:.1f}" '
            f'height="{y(low) - TOP + 6:.1f}"/>'
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{y(low):.1f}"/>'
        )
    parts += paths(change.course, step, y)
    before = y(change.before)
    parts.append(
        f'<line class="before" x1="{LEFT}" x2="{WIDTH}" y1="{before:.1f}" y2="{before:.1f}"/>'
    )
    first, last = (short_time(moment) for moment in ends(change))
    top = max(values)
    told_top = f"{100 * top:.3g} %" if "share" in change.of else f"{top:.3g}"
    parts.append(f'<text x="{LEFT}" y="9">{told_top}</text>')
    parts.append(
        f'<text x="{LEFT}" y="{HEIGHT - 3}">{first}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT - 3}" text-anchor="end">{last}</text>'
    )
    told = (
        f"{change.of} over time: from {values[0]:.3g} to {values[-1]:.3g}, "
        f"{change.before:.3g} in the reference"
    )
    return svg(WIDTH, HEIGHT, told, "".join(parts))


def paths(values: Sequence[float | None], step: float, y: object) -> list[str]:
    """Returns the lines of a series; where there is no value, a gap."""
    assert callable(y)
    runs: list[list[str]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{LEFT + (at + 0.5) * step:.1f},{y(value):.1f}")
    return [
        f'<polyline class="line" points="{" ".join(run)}"/>'
        if len(run) > 1
        else dot(*run[0].split(","))
        for run in runs
        if run
    ]


def dot(x: str, y: str) -> str:
    """Returns a value that stands alone."""
    return f'<circle class="dot" cx="{x}" cy="{y}" r="2"/>'


def ends(change: Change) -> tuple[float, float]:
    """Returns the times between which a course runs."""
    return change.start, change.start + change.width * len(change.course)


def interval_picture(low: float, share: float, high: float, other: float, most: float) -> str:
    """Draws a share with its interval, and another as a line across."""
    width, height, middle = 160.0, 16.0, 8.0
    scale = (width - 4) / (most or 1.0)
    x = [2 + value * scale for value in (low, share, high, other)]
    parts = (
        f'<line class="axis" x1="2" x2="{width - 2}" y1="{middle}" y2="{middle}"/>'
        f'<line class="whisker" x1="{x[0]:.1f}" x2="{x[2]:.1f}" y1="{middle}" y2="{middle}"/>'
        f'<circle class="dot" cx="{x[1]:.1f}" cy="{middle}" r="3.5"/>'
        f'<line class="before" x1="{x[3]:.1f}" x2="{x[3]:.1f}" y1="1" y2="{height - 1}"/>'
    )
    here, least, greatest, others = (f"{100 * one:.3g} %" for one in (share, low, high, other))
    told = f"{here}, from {least} to {greatest}; all others {others}"
    return svg(width, height, told, parts)


def svg(width: float, height: float, label: str, inner: str) -> str:
    """Returns a drawing with its label."""
    return (
        f'<svg role="img" aria-label="{html.escape(label)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">{inner}</svg>'
    )


def short_time(seconds: float) -> str:
    """Returns a time to the minute, as people read it.

    >>> short_time(0.0)
    '1970-01-01 00:00'
    """
    return instant_text(seconds)[:16].replace("T", " ")
