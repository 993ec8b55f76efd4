"""Percentiles of what requests took, as long as there are enough of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

BEYOND = 3
"""Requests that must be expected beyond a percentile before it is told: 300 of p99, 60 of p95."""


def least(percent: int) -> int:
    """Returns how many requests a percentile needs.

    >>> [least(percent) for percent in (50, 95, 99)]
    [6, 60, 300]
    """
    return int(BEYOND / Fraction(100 - percent, 100))


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Returns a percentile, between neighbours in proportion; ``None`` of too few values.

    >>> percentile(range(101), 50), percentile(range(299), 99)
    (50.0, None)
    """
    if len(values) < least(percent):
        return None
    return float(np.percentile(np.asarray(values, dtype=np.float64), percent))
