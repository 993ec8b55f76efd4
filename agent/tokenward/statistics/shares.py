"""Shares of rows and differences of shares, with intervals that are right for few rows, too."""

from __future__ import annotations

import math
from statistics import NormalDist

NORMAL = NormalDist().inv_cdf(0.975)
"""The 97.5 % quantile of the normal distribution, for 95 % intervals."""

Bounds = tuple[float, float]


def wilson(share: float, n: float) -> Bounds:
    """Returns the 95 % interval of a share of ``n`` rows; everything where there is no row.

    >>> [round(end, 3) for end in wilson(0.0, 100)]
    [0.0, 0.037]

    References:
        Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    return wilson_at(share, n, NORMAL)


def wilson_at(share: float, n: float, quantile: float) -> Bounds:
    """Returns Wilson's interval with ends at a quantile, such as 1.645 for 5 % beyond each.

    >>> [round(end, 3) for end in wilson_at(0.0, 100, 1.645)]
    [0.0, 0.026]
    """
    if not n:
        return 0.0, 1.0
    center = share + quantile**2 / (2 * n)
    spread = quantile * math.sqrt(share * (1 - share) / n + quantile**2 / (4 * n * n))
    scale = 1 + quantile**2 / n
    low = (center - spread) / scale if share > 0 else 0.0  # what is left is only rounding
    high = (center + spread) / scale if share < 1 else 1.0
    return max(0.0, low), min(1.0, high)


def newcombe(one: float, n: float, other: float, m: float) -> Bounds:
    """Returns the 95 % interval of ``one - other``, of shares of ``n`` and ``m`` other rows.

    >>> [round(end, 4) for end in newcombe(56 / 70, 70, 48 / 80, 80)]
    [0.0524, 0.3339]

    References:
        Newcombe 1998, method 10,
        doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    """
    (low, high), (low_too, high_too) = wilson(one, n), wilson(other, m)
    difference = one - other
    return (
        difference - math.hypot(one - low, high_too - other),
        difference + math.hypot(high - one, other - low_too),
    )


def paired(both: int, first: int, second: int, neither: int) -> Bounds:
    """Returns the 95 % interval of the difference of two shares of the same rows.

    The rows are those of which both things are true, only the first, only the second, and neither;
    the difference is the share of the first less that of the second.

    >>> [round(end, 4) for end in paired(36, 12, 2, 0)]
    [0.0569, 0.3404]

    References:
        Newcombe 1998, method 10 for paired data,
        doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C.
    """
    n = both + first + second + neither
    if not n:
        return -1.0, 1.0
    one, other = (both + first) / n, (both + second) / n
    (low, high), (low_too, high_too) = wilson(one, n), wilson(other, n)
    together = _correlation(both, first, second, neither)
    down, up = one - low, high - one
    down_too, up_too = other - low_too, high_too - other
    below = math.sqrt(max(0.0, down**2 - 2 * together * down * up_too + up_too**2))
    above = math.sqrt(max(0.0, up**2 - 2 * together * up * down_too + down_too**2))
    return one - other - below, one - other + above


def _correlation(both: int, first: int, second: int, neither: int) -> float:
    """Returns the correlation of two things of the same rows, corrected for continuity."""
    n = both + first + second + neither
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    if not margins:
        return 0.0
    product = float(both * neither - first * second)
    if product > 0:
        product = max(product - n / 2, 0.0)
    return product / math.sqrt(margins)


def mcnemar(first: int, second: int) -> float:
    """Returns how likely rows that differ would be so one-sided by chance: the mid-p of both tails.

    ``first`` and ``second`` are the rows of which one thing is true and the other not.

    >>> round(mcnemar(1, 6), 4), mcnemar(0, 0)
    (0.0703, 1.0)

    References:
        McNemar 1947, doi:10.1007/BF02295996;
        Fagerland, Lydersen and Laake 2013, doi:10.1186/1471-2288-13-91 (mid-p).
    """
    n, least = first + second, min(first, second)
    if not n:
        return 1.0
    tail = math.fsum(_half(at, n) for at in range(least + 1))
    return min(1.0, 2 * tail - _half(least, n))


def _half(at: int, n: int) -> float:
    """Returns the chance that ``at`` of ``n`` fair coins show heads."""
    ways = math.lgamma(n + 1) - math.lgamma(at + 1) - math.lgamma(n - at + 1)
    return math.exp(ways - n * math.log(2))
