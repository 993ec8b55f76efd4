"""Rows of a forest plot: a difference with its interval, in margins of its gate."""

from __future__ import annotations

import math

from markupsafe import Markup

from tokenward.compare.report.drawings.frame import mark, whisker
from tokenward.compare.report.drawings.scale import Scale
from tokenward.compare.report.sentences import follows
from tokenward.compare.report.words import change_text, interval_text, margin_text
from tokenward.compare.result import MetricResult
from tokenward.evaluation.pictures import svg

WIDTH, HEIGHT, MIDDLE = 250.0, 26.0, 13.0
REACH = 3.0
"""Margins to each side; what lies beyond is an arrow."""
SCALE = Scale(-REACH, REACH, 8.0, WIDTH - 8.0)


def head() -> Markup:
    """Draws the axis: worse is to the right, 1 is the margin."""
    ticks = "".join(
        f'<text x="{SCALE.at(at):.1f}" y="22" text-anchor="middle">{word}</text>'
        for at, word in ((-1.0, "\N{MINUS SIGN}1"), (0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3"))
    )
    words = (
        '<text x="8" y="10">better</text>'
        f'<text x="{SCALE.at(1.0):.1f}" y="10" text-anchor="middle">margin</text>'
        f'<text x="{WIDTH - 8:g}" y="10" text-anchor="end">worse</text>'
    )
    told = "Axis of the drawings below: differences in margins; worse is to the right"
    return svg(told, WIDTH, HEIGHT, words + ticks)


def row(one: MetricResult) -> Markup:
    """Draws a metric's interval against its margin; nothing where one of them is missing."""
    spans = oriented(one)
    if spans is None:
        return Markup()
    low, value, high = spans
    two_sided = one.side == "both"
    start = SCALE.at(-1.0 if two_sided else -REACH)
    inside = (
        f'<rect class="inside" x="{start:.1f}" y="2" width="{SCALE.at(1.0) - start:.1f}" '
        f'height="{HEIGHT - 4:g}"/>'
    )
    parts = [
        inside,
        _upright(0.0, "zero"),
        _upright(1.0, "limit"),
        _upright(-1.0, "limit") if two_sided else "",
        *_floor(one),
        whisker((SCALE.at(low), MIDDLE), (SCALE.at(high), MIDDLE), one.result),
        *(_arrow(end, one.result) for end in (low, high) if abs(end) > REACH),
        mark((SCALE.at(value), MIDDLE), one.result),
    ]
    told = (
        f"{one.name}: {change_text(one, one.difference)}, {interval_text(one)}; margin "
        f"{margin_text(one)}: {follows(one)}"
    )
    return svg(told, WIDTH, HEIGHT, "".join(parts))


def oriented(one: MetricResult) -> tuple[float, float, float] | None:
    """Returns the lower end, value and upper end in margins, with worse as more."""
    numbers = (one.low, one.difference, one.high)
    if one.margin is None or not math.isfinite(one.margin) or not math.isfinite(one.difference):
        return None
    if math.isnan(one.low) or math.isnan(one.high):
        return None
    unit = abs(one.margin) or max(filter(math.isfinite, map(abs, numbers))) or 1.0
    low, value, high = (number / unit for number in numbers)
    return (-high, -value, -low) if one.side == "below" else (low, value, high)


def _floor(one: MetricResult) -> list[str]:
    """Returns ticks where the model's own noise would lie."""
    if not one.floor or not one.margin or not math.isfinite(one.floor / one.margin):
        return []
    size = abs(one.floor / one.margin)
    return [
        f'<path class="floor" d="M{SCALE.at(at):.1f} {HEIGHT - 8:g}V{HEIGHT - 2:g}"/>'
        for at in (-size, size)
        if size <= REACH
    ]


def _upright(at: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{SCALE.at(at):.1f} 2V{HEIGHT - 2:g}"/>'


def _arrow(end: float, result: str) -> str:
    x, back = (WIDTH - 3, -6) if end > 0 else (3.0, 6)
    return f'<path class="arrow {result}" d="M{x:g} {MIDDLE:g}l{back} -5v10z"/>'
