"""Rows of groups: where the base and the optimized model treat a group, joined by a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from tokenward.compare.report.drawings.frame import dot, line
from tokenward.compare.report.drawings.scale import Scale
from tokenward.compare.report.extra import number, rows
from tokenward.compare.report.words import change_text, value_text
from tokenward.compare.result import MetricResult
from tokenward.evaluation.pictures import svg

WIDTH, HEIGHT, MIDDLE = 250.0, 20.0, 10.0
MOST = 60


@dataclass(frozen=True, slots=True)
class Group:
    """A group's row: both values in words, the change with its interval, and the drawing."""

    name: str
    base: str
    optimized: str
    change: str
    interval: str
    drawing: Markup


def grouped(one: MetricResult) -> Iterator[Group]:
    """Yields a row for each group, those that moved most first, all on one scale."""
    found = [
        (str(row.get("group", "")), base, optimized, number(row, "low"), number(row, "high"))
        for row in rows(one.extra, "groups")
        if (base := number(row, "base")) is not None
        and (optimized := number(row, "optimized")) is not None
    ]
    ends = [value for row in found for value in row[1:3]]
    scale = Scale.around([0.0, *ends], 8.0, WIDTH - 8.0)
    found.sort(key=lambda row: -abs(row[2] - row[1]))
    for name, base, optimized, low, high in found[:MOST]:
        words = value_text(one, base), value_text(one, optimized)
        known = low is not None and high is not None
        yield Group(
            name,
            *words,
            change_text(one, optimized - base),
            f"{change_text(one, low)} to {change_text(one, high)}" if known else "",
            _drawn(scale, base, optimized, f"{name}: base {words[0]}, optimized {words[1]}"),
        )


def _drawn(scale: Scale, base: float, optimized: float, words: str) -> Markup:
    before, after = (scale.at(base), MIDDLE), (scale.at(optimized), MIDDLE)
    zero = f'<path class="zero" d="M{scale.at(0.0):.1f} 1V{HEIGHT - 1:g}"/>'
    inside = zero + line([before, after], "joined") + dot(before, "dot base", 3.4)
    return svg(words, WIDTH, HEIGHT, inside + dot(after, "dot optimized", 3.4))
