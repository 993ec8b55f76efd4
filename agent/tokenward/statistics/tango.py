"""The difference of two shares of the same rows: Tango's score interval, and Bonett and Price's.

``worse`` and ``better`` are the rows that only the second, and only the first thing is true of;
counts may be fractional (divided by a design effect), and there may be none of either.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
HALVINGS = 52
"""Steps of bisection, after which an end is exact to the last bits."""
SMALL = 1e-15
"""A part of all rows that is only rounding."""


def score(worse: Any, better: Any, n: Any, difference: Any) -> Values:
    """Returns how many standard errors a difference observed is above one that is supposed.

    Arguments are numbers or arrays, and the result has their common shape.

    >>> round(float(score(12, 2, 50, 0.0)), 4)  # McNemar's statistic, at no difference
    2.6726

    References:
        Tango 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B.
    """
    b, c, n, d = (np.asarray(each, float) for each in (worse, better, n, difference))
    distance, variance = _moments(b, c, n, d)
    certain = variance <= SMALL * n
    told = distance / np.sqrt(np.where(certain, 1.0, variance))
    beyond = np.where(np.abs(distance) <= SMALL * n, 0.0, np.copysign(np.inf, distance))
    return np.where(certain, beyond, told)


def _moments(b: Any, c: Any, n: Any, d: Any) -> tuple[Any, Any]:
    """Returns how far a count is from the one supposed, and its variance then.

    The share of rows that got better is the likeliest one of those that fit the difference. Plain
    operators do for numbers, which is fifty times as fast, and for arrays.
    """
    linear = (2 * n - b + c) * d - b - c
    root = abs(linear * linear + 8 * n * c * d * (1 - d)) ** 0.5
    return b - c - n * d, (root - linear) / 2 + n * d * (1 - d)


def tango(worse: float, better: float, n: float, quantile: float) -> tuple[float, float]:
    """Returns the ends of the score interval of ``(worse - better) / n``.

    ``quantile`` is that of the normal, or Student's, distribution for each end (1.645 for ends at
    5 % each).

    >>> [round(end, 4) for end in tango(12, 2, 50, 1.959964)]
    [0.0611, 0.3447]
    >>> [round(end, 4) for end in tango(0, 0, 100, 1.644854)]
    [-0.0263, 0.0263]
    """
    estimate = (worse - better) / n
    return (
        _end(worse, better, n, quantile, -1.0, estimate),
        _end(worse, better, n, quantile, 1.0, estimate),
    )


def _end(b: float, c: float, n: float, quantile: float, outer: float, inner: float) -> float:
    """Returns the end between a limit and the estimate, where the score is the quantile."""
    for _ in range(HALVINGS):
        middle = (outer + inner) / 2
        distance, variance = _moments(b, c, n, middle)
        if distance * distance > quantile * quantile * variance:
            outer = middle
        else:
            inner = middle
    return (outer + inner) / 2


def bonett_price(worse: float, better: float, n: float, quantile: float) -> tuple[float, float]:
    """Returns the ends of the interval of ``(worse - better) / n`` with a row added each way.

    References:
        Bonett and Price 2012, doi:10.3102/1076998611411915.
    """
    center, error = (float(each) for each in laplace(worse, better, n))
    return max(-1.0, center - quantile * error), min(1.0, center + quantile * error)


def laplace(worse: Any, better: Any, n: Any) -> tuple[Values, Values]:
    """Returns the difference and its standard error after one row more each way.

    >>> [round(float(each), 4) for each in laplace(12, 2, 50)]
    [0.1923, 0.0722]
    """
    b, c, more = (np.asarray(worse, float) + 1, np.asarray(better, float) + 1, np.asarray(n) + 2.0)
    center = (b - c) / more
    variance = (b + c) / more - center * center
    return center, np.sqrt(np.maximum(variance, 0.0) / more)
