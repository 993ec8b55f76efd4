"""Figures of one metric along something: positions, entropy, blocks, numbers of cases."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from tokenward.compare.report.drawings.frame import (
    Frame,
    across,
    dot,
    line,
    mark,
    upwards,
    whisker,
)
from tokenward.compare.report.drawings.scale import Scale
from tokenward.compare.report.extra import mapping, number, rows
from tokenward.compare.report.power import curve
from tokenward.compare.report.words import NONE, plain
from tokenward.compare.result import MetricResult

MOST_POINTS = 400


def by_position(one: MetricResult) -> Markup:
    """Draws the mean at each token of a continuation."""
    points = _pairs(one.extra, "positions", "position")
    if len(points) < 2:  # noqa: PLR2004  # a line has two ends
        return Markup()
    frame = Frame(
        Scale.around([x for x, _ in points], *across(), room=0.0),
        Scale.around([0.0, *(y for _, y in points)], *upwards()),
        "position of the token",
        one.unit or one.name,
    )
    drawn = line([frame.point(*point) for point in points], "line")
    least, most = min(points, key=lambda at: at[1]), max(points, key=lambda at: at[1])
    words = (
        f"{one.name} by position: lowest {plain(least[1])} at {plain(least[0])}, "
        f"highest {plain(most[1])} at {plain(most[0])}"
    )
    return frame.drawn(words, drawn)


def of_tail(one: MetricResult) -> Markup:
    """Draws percentiles over tokens, on a logarithmic scale: a mean hides how far the worst go."""
    tail, intervals = mapping(one.extra, "tail"), mapping(one.extra, "tail_intervals")
    points = [(name, value) for name in tail if (value := number(tail, name)) is not None]
    if len([value for _, value in points if value > 0]) < 2:  # noqa: PLR2004  # else no tail
        return Markup()
    frame = Frame(
        Scale(-0.5, len(points) - 0.5, *across()),
        Scale.logarithmic([value for _, value in points], *upwards()),
        "percentile of tokens",
        one.unit or one.name,
        write_x=lambda at: points[round(at)][0] if round(at) < len(points) else "",
        ticks_x=tuple(map(float, range(len(points)))),
    )
    at = [frame.point(place, value) for place, (_, value) in enumerate(points)]
    spans = "".join(
        whisker(frame.point(place, ends[0]), frame.point(place, ends[1]), "shown")
        for place, (name, _) in enumerate(points)
        if len(ends := [one for one in _list(intervals, name) if one is not None]) == 2  # noqa: PLR2004  # its ends
    )
    told = ", ".join(f"{name} {plain(value)}" for name, value in points)
    dots = "".join(dot(one, "dot") for one in at)
    return frame.drawn(f"{one.name} over tokens: {told}", spans + line(at, "line") + dots)


def by_entropy(one: MetricResult) -> Markup:
    """Draws the share of agreement in steps of the base's entropy."""
    steps = [
        (low, high, value)
        for row in rows(one.extra, "entropy")
        if (low := number(row, "low")) is not None
        and (high := number(row, "high")) is not None
        and (value := number(row, "value")) is not None
    ]
    if not steps:
        return Markup()
    frame = Frame(
        Scale.around([end for low, high, _ in steps for end in (low, high)], *across(), room=0.0),
        Scale(0.0, 1.0, *upwards()),
        "entropy of the base, nat",
        "same likeliest token",
        write_y=percent,
    )
    drawn = "".join(
        line([frame.point(low, value), frame.point(high, value)], "line wide")
        + dot(frame.point((low + high) / 2, value), "dot")
        for low, high, value in steps
    )
    words = "Share of positions with the same likeliest token by entropy of the base: " + ", ".join(
        f"{percent(value)} from {plain(low)} to {plain(high)}" for low, high, value in steps
    )
    return frame.drawn(words, drawn)


def by_block(one: MetricResult) -> Markup:
    """Draws both models' blocks in the order in which they ran."""
    told = mapping(one.extra, "blocks")
    sides = [
        [
            (float(at), value)
            for at, row in enumerate(_list(told, side))
            if (value := row) is not None
        ]
        for side in ("base", "optimized")
    ]
    if not all(sides):
        return Markup()
    frame = Frame(
        Scale.around([x + 1 for side in sides for x, _ in side], *across(), room=0.03),
        Scale.around([0.0, *(y for side in sides for _, y in side)], *upwards()),
        "block, in the order in which they ran",
        one.unit or one.name,
    )
    drawn = "".join(
        line([frame.point(x + 1, y) for x, y in side], f"line {kind}")
        + "".join(dot(frame.point(x + 1, y), f"dot {kind}") for x, y in side)
        for side, kind in zip(sides, ("base", "optimized"), strict=True)
    )
    spans = [f"{plain(min(ys))} to {plain(max(ys))}" for ys in ([y for _, y in s] for s in sides)]
    words = f"{one.name} by block: base {spans[0]}, optimized {spans[1]}"
    return frame.drawn(words, drawn)


def of_power(one: MetricResult, alpha: float) -> Markup:
    """Draws the chance to pass against the number of cases, and where this comparison stands."""
    points = _pairs(one.extra, "power", "n") or curve(one, alpha)
    points = [(n, chance) for n, chance in points if n > 0]
    if len(points) < 2:  # noqa: PLR2004  # a line has two ends
        return Markup()
    frame = Frame(
        Scale.logarithmic([*(n for n, _ in points), float(one.n)], *across()),
        Scale(0.0, 1.0, *upwards()),
        "cases",
        "chance to pass",
        write_y=percent,
    )
    here = chance_at(points, one.n)
    at = frame.point(one.n, 0.0 if here is None else here)
    drawn = (
        line([frame.point(*point) for point in points], "line")
        + f'<path class="limit" d="M{at[0]:.1f} {upwards()[1]:g}V{upwards()[0]:g}"/>'
        + mark(at, one.result)
    )
    words = (
        f"{one.name}: with {one.n} cases an equal model passes in "
        f"{NONE if here is None else percent(here)} of comparisons"
    )
    return frame.drawn(words, drawn)


def chance_at(points: list[tuple[float, float]], n: float) -> float | None:
    """Returns the chance at a number of cases, between the points of a curve.

    >>> chance_at([(10.0, 0.2), (20.0, 0.4)], 15.0)
    0.30000000000000004
    """
    for (before, low), (after, high) in pairwise(points):
        if before <= n <= after:
            share = (n - before) / (after - before) if after > before else 0.0
            return low + share * (high - low)
    return None


def percent(share: float) -> str:
    """Returns a share in per cent.

    >>> percent(0.256)
    '25.6 %'
    """
    return f"{plain(100 * share)} %"


def _pairs(extra: Mapping[str, Any], key: str, along: str) -> list[tuple[float, float]]:
    value = "pass" if key == "power" else "value"
    found = [
        (x, y)
        for row in rows(extra, key)
        if (x := number(row, along)) is not None and (y := number(row, value)) is not None
    ]
    found.sort()
    step = math.ceil(len(found) / MOST_POINTS) or 1
    return found[::step]


def _list(told: Mapping[str, Any], side: str) -> list[float | None]:
    values = told.get(side)
    listed = values if isinstance(values, list | tuple) else []
    return [number({"at": one}, "at") for one in listed[:MOST_POINTS]]
