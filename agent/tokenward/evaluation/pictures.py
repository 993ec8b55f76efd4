"""Curves of a report as SVG in its page, each with words for who does not see it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from tokenward.evaluation.measures import Told

SIZE = 300.0
LEFT, TOP, RIGHT, BOTTOM = 42.0, 12.0, 12.0, 40.0
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
CLASSES = ("line", "line other")
Points = Sequence[Sequence[float]]


def roc(curves: Sequence[Points], words: str) -> Markup:
    """Draws ROC curves: of a detector, and of the one that it is compared with."""
    chance = f'<path class="chance" d="M{x(0):.1f} {y(0):.1f}L{x(1):.1f} {y(1):.1f}"/>'
    lines = "".join(path(points, kind) for points, kind in zip(curves, CLASSES, strict=False))
    return picture(words, "false positive rate", "recall", chance + lines)


def precision_recall(curves: Sequence[Points], share: float, words: str) -> Markup:
    """Draws curves of precision by recall; the line across is the share of positives."""
    chance = f'<path class="chance" d="M{x(0):.1f} {y(share):.1f}H{x(1):.1f}"/>'
    lines = "".join(path(points, kind) for points, kind in zip(curves, CLASSES, strict=False))
    return picture(words, "recall", "precision", chance + lines)


def reliability(bins: Sequence[Told], words: str) -> Markup:
    """Draws the share of positives by score, with intervals; perfect scores are on the diagonal."""
    parts = [f'<path class="chance" d="M{x(0):.1f} {y(0):.1f}L{x(1):.1f} {y(1):.1f}"/>']
    for one in bins:
        at = x(one["mean_score"])
        parts.append(
            f'<path class="whisker" d="M{at:.1f} {y(one["low"]):.1f}V{y(one["high"]):.1f}"/>'
            f'<circle class="dot" cx="{at:.1f}" cy="{y(one["share"]):.1f}" r="3"/>'
        )
    return picture(words, "mean score", "share of positives", "".join(parts))


def interval(estimate: Told | None, words: str) -> Markup:
    """Draws a value with its interval on a line from 0 to 1."""
    if estimate is None:
        return Markup()
    ends = [2 + 156 * estimate[name] for name in ("low", "value", "high")]
    inside = (
        '<path class="axis" d="M2 8H158"/>'
        f'<path class="whisker" d="M{ends[0]:.1f} 8H{ends[2]:.1f}"/>'
        f'<circle class="dot" cx="{ends[1]:.1f}" cy="8" r="3.5"/>'
    )
    return svg(words, 160, 16, inside)


def x(value: float) -> float:
    """Returns how far right a share is."""
    return LEFT + (SIZE - LEFT - RIGHT) * value


def y(value: float) -> float:
    """Returns how far down a share is."""
    return TOP + (SIZE - TOP - BOTTOM) * (1 - value)


def path(points: Points, kind: str) -> str:
    """Returns the line through points."""
    steps = "L".join(f"{x(point[0]):.1f} {y(point[1]):.1f}" for point in points)
    return f'<path class="{kind}" d="M{steps}"/>'


def picture(words: str, across: str, up: str, inside: str) -> Markup:
    """Returns a drawing with both axes from 0 to 1."""
    grid = "".join(
        f'<path class="axis" d="M{x(0):.1f} {y(at):.1f}H{x(1):.1f}"/>'
        f'<text x="{LEFT - 6:.1f}" y="{y(at) + 3:.1f}" text-anchor="end">{at:g}</text>'
        f'<text x="{x(at):.1f}" y="{SIZE - BOTTOM + 14:.1f}" text-anchor="middle">{at:g}</text>'
        for at in TICKS
    )
    names = (
        f'<text x="{x(0.5):.1f}" y="{SIZE - 6:.1f}" text-anchor="middle">{escape(across)}</text>'
        f'<text transform="translate(11 {y(0.5):.1f}) rotate(-90)" text-anchor="middle">'
        f"{escape(up)}</text>"
    )
    return svg(words, SIZE, SIZE, grid + names + inside)


def svg(words: str, width: float, height: float, inside: str) -> Markup:
    """Returns a drawing with its words."""
    return Markup(  # noqa: S704  # numbers and our own words; what is not is escaped
        f'<svg role="img" aria-label="{escape(words)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">{inside}</svg>'
    )
