"""How high a statistic may rise by chance, for a stated number of false alarms.

The table beside this module was made by ``tests/benchmarks/online_thresholds.py``. It says how
often a statistic alarms over traffic that does not change, and how much of that is the luck of the
reference: a reference of a few thousand rows is a bit off, always to the same side, and the
textbook's thresholds then alarm far too often. Where the table ends, thresholds err on the side of
silence: a smaller reference has none.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

LUCKS = tuple(step / 4 for step in range(-20, 21))
_MASS = [math.exp(-luck * luck / 2) for luck in LUCKS]
WEIGHTS = tuple(mass / sum(_MASS) for mass in _MASS)
"""How likely each luck of a reference is: a standard normal variable, in steps."""
FEW_EVENTS = 25
RATIO = 2.0
RARE_RATIO = 8.0
CAUTION = 1.0
"""A rate is watched as if it were larger than measured, by this many standard errors."""
CERTAIN = 50.0
"""The logarithm of alarms a point that is beyond the table: at once."""


@cache
def table() -> dict[str, Any]:
    """Returns the table."""
    text = (files("tokenward.online") / "thresholds.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def rank_height(slack: float, rows: float, points: float, alarms: float) -> float | None:
    """Returns the height of a rank sum, on one side, that ``points`` reach ``alarms`` times.

    ``slack`` is one of those of the table, ``rows`` are those of the reference. ``None`` where no
    height of the table will do. A reference whose luck is bad counts as one alarm, not as many:
    after an alarm it does not go on as it was.

    >>> round(rank_height(0.25, 1e7, 218_000 / 100, 0.01))
    19
    >>> rank_height(0.25, 400, 1000, 0.1) is None
    True
    """
    part = table()["numbers"]
    sizes, cells = part["rows"], part[f"k={slack:g}"]
    if rows < sizes[0]:
        return None
    at, share = _between(sizes, min(rows, sizes[-1]), math.log)
    line = _mixed(cells["log_alarms"][at], cells["log_alarms"][at + 1], share)
    told = [_expected(points, [a + b * g + c * g * g for g in LUCKS]) for a, b, c in line]
    return _height(cells["heights"], told, alarms)


class RateDesign(NamedTuple):
    """A rate to be watched: ``share`` is what is normal, ``worse`` is what is looked for."""

    share: float
    worse: float
    height: float

    @property
    def up(self) -> float:
        """What an event adds to the statistic."""
        return math.log(self.worse / self.share)

    @property
    def down(self) -> float:
        """What is taken away where there is no event."""
        return -math.log1p(-(self.worse - self.share) / (1 - self.share))


def rate_design(events: float, rows: float, points: float, alarms: float) -> RateDesign | None:
    """Returns how to watch a rate of ``events`` in ``rows`` for an increase, if that can be done.

    The odds are watched for doubling; those of what hardly occurred, for much more.

    >>> rate_design(200, 10_000, 1e5, 0.1).worse > 0.04
    True
    """
    if events > rows - 1 or rows <= 1:
        return None
    ratio = RATIO if events >= FEW_EVENTS else RARE_RATIO
    usual = _log_odds(events, rows, CAUTION)
    share, worse = _share(usual), _share(usual + math.log(ratio))
    part = table()["rates"]
    grid = _lines(part, ratio, share)
    shifts = part["shifts"]
    by_luck = [_line(shifts, grid, _log_odds(events, rows, g) - usual) for g in LUCKS]
    told = [
        _expected(points, [line[at] + math.log(share) for line in by_luck])
        for at in range(len(part["heights"]))
    ]
    height = _height(part["heights"], told, alarms)
    return RateDesign(share, worse, height) if height is not None else None


def _lines(part: dict[str, Any], ratio: float, share: float) -> list[list[float]]:
    """Returns the lines of a share: for each shift of the truth, by height."""
    shares, cells = part["shares"], part[f"odds={ratio:g}"]
    inside = min(max(share, shares[0]), shares[-1])  # rarer events are as rare, only slower
    at, weight = _between(shares, inside, _odds)
    mixed: list[list[float]] = _mixed(cells[at], cells[at + 1], weight)
    return mixed


def _line(shifts: list[float], grid: list[list[float]], shift: float) -> list[float]:
    if shift > shifts[-1]:
        return [CERTAIN] * len(grid[0])
    at, weight = _between(shifts, max(shift, shifts[0]), float)
    mixed: list[float] = _mixed(grid[at], grid[at + 1], weight)
    return mixed


def _log_odds(events: float, rows: float, luck: float) -> float:
    """Returns what the log odds of a rate may be, ``luck`` standard errors from the best guess."""
    seen = events + 0.5  # the prior of Jeffreys
    if events >= FEW_EVENTS:
        error = math.sqrt(1 / seen + 1 / (rows - events + 0.5))
        return math.log(seen / (rows - events + 0.5)) + luck * error
    # Wilson and Hilferty 1931, doi:10.1073/pnas.17.12.684: quantiles of a gamma variable
    root = max(1 - 1 / (9 * seen) + luck / (3 * math.sqrt(seen)), 0.05)
    share = min(seen * root**3 / rows, 0.5)
    return math.log(share / (1 - share))


def _odds(share: float) -> float:
    return math.log(share / (1 - share))


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _expected(points: float, logs: Sequence[float]) -> float:
    """Returns the chance of an alarm within some points, over the luck of the reference."""
    return sum(
        weight * -math.expm1(-points * math.exp(min(log, 0.0)))
        for weight, log in zip(WEIGHTS, logs, strict=True)
    )


def _height(heights: Sequence[float], expected: Sequence[float], wanted: float) -> float | None:
    """Returns the height of which the expected alarms are those that are wanted."""
    if expected[0] <= wanted:
        return heights[0]
    for at in range(1, len(heights)):
        if expected[at] <= wanted:
            above, below = math.log(expected[at - 1]), math.log(max(expected[at], 1e-300))
            share = (above - math.log(wanted)) / (above - below)
            return round(heights[at - 1] + share * (heights[at] - heights[at - 1]), 3)
    return None


def _between(
    grid: Sequence[float], value: float, scale: Callable[[float], float]
) -> tuple[int, float]:
    """Returns the step of a grid that holds a value, and how far along it is."""
    at = min(max(bisect_right(grid, value) - 1, 0), len(grid) - 2)
    low, high = scale(grid[at]), scale(grid[at + 1])
    return at, (scale(value) - low) / (high - low)


def _mixed(one: Any, other: Any, share: float) -> Any:
    """Returns what lies between two numbers, or lists of them."""
    if isinstance(one, list):
        return [_mixed(a, b, share) for a, b in zip(one, other, strict=True)]
    return one + share * (other - one)


def chi_squared_bound(cells: int, chance: float) -> float:
    """Returns what the chi-squared statistic of ``cells`` categories exceeds with a chance.

    >>> round(chi_squared_bound(3, 0.05), 3), round(chi_squared_bound(4, 1e-5), 2)
    (5.991, 25.9)
    """
    low, high = 0.0, 10.0
    while _above(high, cells - 1) > chance:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _above(middle, cells - 1) > chance else (low, middle)
    return high


def _above(value: float, freedom: int) -> float:
    """Returns the chance that chi-squared is above a value (Abramowitz and Stegun, 26.4.4-5)."""
    half = value / 2
    total = math.erfc(math.sqrt(half)) if freedom % 2 else math.exp(-half)
    for k in range(2 - freedom % 2, freedom, 2):
        total += math.exp(k / 2 * math.log(half) - half - math.lgamma(k / 2 + 1)) if half else 0.0
    return total
