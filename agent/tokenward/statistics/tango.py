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
"""Steps of bisection, after which an end is exact to the last bit."""
SMALL = 1e-15


def score(worse: Any, better: Any, n: Any, difference: Any) -> Values:
    """Returns how many standard errors a difference observed is above one that is supposed.

    Arguments are numbers or arrays, and the result has their common shape.

    >>> round(float(score(12, 2, 50, 0.0)), 4)  # McNemar's statistic, at no difference
    2.6726

    References:
        Tango 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B.
    """
    b, c, n, d = (np.asarray(each, float) for each in (worse, better, n, difference))
    linear = -b - c + (2 * n - b + c) * d
    constant = -c * d * (1 - d)
    root = np.sqrt(np.maximum(linear * linear - 8 * n * constant, 0.0))
    # the larger root of a quadratic, without cancellation on either side
    below = np.where(linear > 0, root + linear, 1.0)
    share = np.where(linear > 0, -2 * constant / np.maximum(below, SMALL), (root - linear) / 4 / n)
    variance = np.maximum(n * (2 * share + d * (1 - d)), 0.0)
    distance = b - c - n * d
    certain = variance <= SMALL * n
    told = distance / np.sqrt(np.where(certain, 1.0, variance))
    beyond = np.where(np.abs(distance) <= SMALL * n, 0.0, np.copysign(np.inf, distance))
    return np.where(certain, beyond, told)


def tango(worse: Any, better: Any, n: Any, quantile: float) -> tuple[Any, Any]:
    """Returns the ends of the score interval of ``(worse - better) / n``.

    ``quantile`` is that of the normal, or Student's, distribution for each end (1.645 for ends at
    5 % each). Of numbers the ends are numbers, of arrays arrays.

    >>> [round(end, 4) for end in tango(12, 2, 50, 1.959964)]
    [0.0611, 0.3447]
    >>> [round(end, 4) for end in tango(0, 0, 100, 1.644854)]
    [-0.0263, 0.0263]
    """
    b, c, n = np.broadcast_arrays(*(np.asarray(each, float) for each in (worse, better, n)))
    estimate = (b - c) / n
    ones = np.ones_like(estimate)
    # rows: the lower end, sought between -1 and the estimate, and the upper one
    outer, inner = np.stack([-ones, ones]), np.stack([estimate, estimate])
    for _ in range(HALVINGS):
        middle = (outer + inner) / 2
        outside = np.abs(score(b, c, n, middle)) > quantile
        outer, inner = np.where(outside, middle, outer), np.where(outside, inner, middle)
    ends = (outer + inner) / 2
    return (ends[0], ends[1]) if ends.ndim > 1 else (float(ends[0]), float(ends[1]))


def bonett_price(worse: Any, better: Any, n: Any, quantile: float) -> tuple[Any, Any]:
    """Returns the ends of the interval of ``(worse - better) / n`` with a row added to each.

    References:
        Bonett and Price 2012, doi:10.3102/1076998611411915.
    """
    center, error = laplace(worse, better, n)
    reach = quantile * error
    return np.maximum(center - reach, -1.0)[()], np.minimum(center + reach, 1.0)[()]


def laplace(worse: Any, better: Any, n: Any) -> tuple[Values, Values]:
    """Returns the difference and its standard error after one row more each way.

    >>> [round(float(each), 4) for each in laplace(12, 2, 50)]
    [0.1923, 0.0722]
    """
    b, c, more = (np.asarray(worse, float) + 1, np.asarray(better, float) + 1, np.asarray(n) + 2.0)
    center = (b - c) / more
    variance = (b + c) / more - center * center
    return center, np.sqrt(np.maximum(variance, 0.0) / more)
