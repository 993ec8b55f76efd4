"""The chance to pass against the number of cases, from the width of a metric's own interval."""

from __future__ import annotations

import math
from statistics import NormalDist

from tokenward.compare.result import MetricResult

NORMAL = NormalDist()
POINTS = 41
SPAN = 1.5
"""Orders of magnitude to each side of the number of cases here."""
UNPLANNED = frozenset({"value", "blocks"})
"""Kinds that more cases do not make more certain."""


def curve(one: MetricResult, alpha: float) -> list[tuple[float, float]]:
    """Returns numbers of cases with the chance to pass, were both models equal.

    The standard error is taken from the interval and falls with the square root of the number of
    cases, clusters growing alike; the worse end then lies inside the margin with probability
    Phi(margin / se - z), on both sides at once where the margin is two-sided. No curve for what
    has no margin or no width.
    """
    z = NORMAL.inv_cdf(1 - alpha) if 0 < alpha < 1 else math.nan
    width = one.high - one.low
    if (
        not one.margin
        or one.n < 1
        or one.kind in UNPLANNED
        or not (0 < width < math.inf)
        or not z > 0
    ):
        return []
    error = width / 2 / z
    points = []
    for step in range(POINTS):
        n = one.n * 10 ** (SPAN * (2 * step / (POINTS - 1) - 1))
        inside = NORMAL.cdf(abs(one.margin) / (error * math.sqrt(one.n / n)) - z)
        points.append((n, max(0.0, 2 * inside - 1) if one.side == "both" else inside))
    return points
