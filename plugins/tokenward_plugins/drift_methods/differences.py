"""Quality as a difference with its interval: of two rates, and of two means."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tokenward.types import DriftOutcome, DriftTable
from tokenward_plugins.drift_methods.homogeneity import homogeneity

Z = 1.959964
"""Of a 95 % interval."""


def rate_difference(table: DriftTable) -> DriftOutcome:
    """Returns how far apart the shares of rows above 0 are.

    The interval is that of current less reference:
    Newcombe 1998, method 10 (doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).

    >>> twice = DriftTable(np.array([980.0, 20.0]), np.array([960.0, 40.0]), np.array([0.0, 1.0]))
    >>> outcome = rate_difference(twice)
    >>> round(outcome.statistic, 3), [round(end, 3) for end in outcome.interval]
    (0.02, [0.005, 0.036])
    """
    above = table.middles != 0
    n, m = table.sizes
    was, became = (float(share[above].sum()) for share in table.shares)
    low, high = newcombe(was, n, became, m)
    counts = [
        np.array([side[~above].sum(), side[above].sum()])
        for side in (table.reference, table.current)
    ]
    p_value = homogeneity(DriftTable(counts[0], counts[1], np.array([0.0, 1.0])))
    return DriftOutcome(abs(became - was), p_value, (low, high))


def newcombe(was: float, n: float, became: float, m: float) -> tuple[float, float]:
    """Returns the interval of ``became - was``, of shares of ``n`` and ``m`` rows."""
    (low, high), (low_too, high_too) = wilson(was, n), wilson(became, m)
    difference = became - was
    return (
        difference - math.hypot(became - low_too, high - was),
        difference + math.hypot(high_too - became, was - low),
    )


def wilson(share: float, n: float) -> tuple[float, float]:
    """Returns the interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    center = share + Z**2 / (2 * n)
    spread = Z * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n * n))
    scale = 1 + Z**2 / n
    return max(0.0, (center - spread) / scale), min(1.0, (center + spread) / scale)


def mean_difference(table: DriftTable) -> DriftOutcome:
    """Returns by how many pooled standard deviations the means differ (Cohen 1988).

    The p value is that of Welch's test (1947, doi:10.1093/biomet/34.1-2.28), the interval that of
    current less reference.

    >>> moved = DriftTable(np.array([50.0, 50.0]), np.array([25.0, 75.0]), np.array([0.0, 1.0]))
    >>> round(mean_difference(moved).statistic, 2)
    0.53
    """
    sides = [moments(share, table.middles) for share in table.shares]
    (mean, variance), (mean_too, variance_too) = sides
    n, m = table.sizes
    spread = math.sqrt((n * variance + m * variance_too) / (n + m))
    if not spread:  # both are constant, so their distance is all there is
        same = mean == mean_too
        return DriftOutcome(0.0 if same else 1.0, 1.0 if same else homogeneity(table))
    a, b = variance / max(1.0, n - 1), variance_too / max(1.0, m - 1)
    error = math.sqrt(a + b)
    freedom = (a + b) ** 2 / (a**2 / max(1.0, n - 1) + b**2 / max(1.0, m - 1))
    difference = mean_too - mean
    p_value = 2 * float(special.stdtr(freedom, -abs(difference) / error))
    ends = tuple((difference + side * Z * error) / spread for side in (-1, 1))
    return DriftOutcome(abs(difference) / spread, min(1.0, p_value), (ends[0], ends[1]))


def moments(shares: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[float, float]:
    """Returns the mean and the variance."""
    mean = float(shares @ values)
    return mean, float(shares @ (values - mean) ** 2)
