"""How many rows are enough: before anything is measured, and where a result is inconclusive.

A margin is kept when the upper end of a difference lies below it. ``spread`` is the standard
deviation of one row's difference, with the design effect in it: the standard error times the root
of the number of rows.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tokenward.statistics.evidence import reach
from tokenward.statistics.tango import score

Values = NDArray[np.float64]
Way = Literal["flips", "bounded", "alone"]
"""How shares are judged: differences of 0 and 1 and single shares of them; differences of values
between; the mean of such values of one side."""
MOST_ROWS = 100_000_000
"""More rows than these are told as never."""
TAIL = 1e-12
"""The chance of counts that an enumeration leaves out on each side."""


def unseen(rows: float, alpha: float, way: Way = "flips") -> float:
    """Returns the difference that so many rows cannot rule out though none of them changed.

    >>> round(unseen(100, 0.05), 4), round(unseen(100, 0.05, "bounded"), 4)
    (0.0268, 0.023)
    """
    quantile = reach(alpha, max(1.0, rows - 1))
    more = rows + 2.0
    if way == "bounded":
        return quantile * math.sqrt(2.0) / more
    if way == "alone":
        return (1 + quantile * math.sqrt(1 - 1 / more)) / more
    return quantile**2 / (rows + quantile**2)


def floor(margin: float, alpha: float = 0.05, way: Way = "flips") -> int:
    """Returns the least number of independent rows that can keep a margin of shares at all.

    Fewer cannot, even where no row changes. It is Tango's upper end of no changes, with Student's
    quantile: about 2.71 (1 - M) / M at 0.05.

    >>> [floor(margin) for margin in (0.05, 0.02, 0.01)]
    [54, 135, 270]
    """
    if not 0 < margin < 1:
        raise ValueError(f"a margin of shares lies between 0 and 1, not at {margin}")
    least, most = 1, 2
    while unseen(most, alpha, way) >= margin:
        least, most = most, 2 * most
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if unseen(middle, alpha, way) >= margin else (least, middle)
    return most


def for_each(power: float, tests: int) -> float:
    """Returns the power that each test needs so that all of them pass with the power.

    >>> round(for_each(0.8, 10), 3)
    0.98
    """
    return 1 - (1 - power) / max(1, tests)


def needed(
    spread: float, difference: float, margin: float, alpha: float, power: float
) -> int | None:
    """Returns how many rows tell a true difference from a margin; ``None`` where none do.

    >>> needed(0.05**0.5, 0.0, 0.02, 0.05, 0.8)
    773

    References:
        Nam 1997, doi:10.2307/2533508 (equivalence of paired shares); the normal sample size.
    """
    distance = abs(margin - difference)
    if distance <= 0 or not math.isfinite(spread):
        return None
    rows = (_sum(alpha, power) * spread / distance) ** 2
    return math.ceil(rows) if rows < MOST_ROWS else None


def detectable(error: float, alpha: float, power: float) -> float:
    """Returns the least true difference that is told from none, given a standard error.

    >>> round(detectable(0.01, 0.05, 0.8), 4)
    0.0249
    """
    return _sum(alpha, power) * error


def passing(
    rows: Values, spread: float, difference: float, margin: float, alpha: float = 0.05
) -> Values:
    """Returns the chance that a mean keeps a margin, for several numbers of rows.

    >>> passing(np.array([100.0, 1000.0]), 0.2, 0.0, 0.02).round(2).tolist()
    [0.25, 0.94]
    """
    from scipy.special import ndtr, stdtrit  # noqa: PLC0415  # not light

    rows = np.asarray(rows, float)
    if spread <= 0:
        return np.full(len(rows), float(difference < margin))
    quantiles = stdtrit(np.maximum(rows - 1, 1.0), 1 - alpha)
    told: Values = ndtr((margin - difference) * np.sqrt(rows) / spread - quantiles)
    return told


def changes(rows: int, worse: float, better: float) -> tuple[Values, Values, Values]:
    """Returns all likely counts of rows that got worse and better, with their chances.

    Shapes are (a, 1), (1, b) and (a, b); the chances add up to 1 but for `TAIL`.

    >>> b, c, chance = changes(10, 0.1, 0.2)
    >>> round(float(chance.sum()), 9), round(float((chance * b).sum()), 6)
    (1.0, 1.0)
    """
    from scipy.stats import binom  # noqa: PLC0415  # not light

    def likely(share: float) -> Values:
        low, high = binom.ppf([TAIL, 1 - TAIL], rows, share) if share > 0 else (0, 0)
        return np.arange(max(low, 0), high + 1)

    b, c = likely(worse)[:, None], likely(better)[None, :]
    rest = better / (1 - worse) if worse < 1 else 0.0
    chance = binom.pmf(b, rows, worse) * binom.pmf(c, rows - b, rest)
    return b, c, np.nan_to_num(chance)


def passing_flips(
    rows: int, flips: float, difference: float, margin: float, alpha: float = 0.05
) -> float:
    """Returns the exact chance that a share keeps a margin, where so many rows change at all.

    >>> round(passing_flips(300, 0.05, 0.0, 0.02), 2)
    0.43
    """
    b, c, chance = changes(rows, (flips + difference) / 2, (flips - difference) / 2)
    kept = score(b, c, rows, margin) < -reach(alpha, rows - 1)
    return float((chance * kept).sum())


def _sum(alpha: float, power: float) -> float:
    from scipy.special import ndtri  # noqa: PLC0415  # not light

    return float(ndtri(1 - alpha) + ndtri(power))
