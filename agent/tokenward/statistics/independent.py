"""Differences between two independent sides, whose rows come in clusters: a canary and the rest.

Each side is known by its clusters only: how many rows each has, and what they add up to. So a
period of any length is compared from counts, without its rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tokenward.statistics.evidence import About, Ends, Nothing, Share, Student, reach
from tokenward.statistics.shares import wilson_at

Floats = NDArray[np.float64]
FEWEST_CLUSTERS = 8
"""Fewer clusters do not tell how much alike their rows are."""
LEAST_ALPHA = 1e-12
HALVINGS = 50
TINY = 1e-12
_DEGREES = 1e6
"""Of a quantile whose rows are many: Student's t is normal."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side: rows and sums by cluster, shape (clusters,), and the values of rows without one.

    ``alone`` are values and ``alone_rows`` how many rows have each, shape (values,) both. Rows may
    be fractions, where each stands for others.
    """

    rows: Floats
    sums: Floats
    alone: Floats = field(default_factory=lambda: np.zeros(0))
    alone_rows: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def n(self) -> float:
        """How many rows the side has."""
        return float(self.rows.sum() + self.alone_rows.sum())

    @property
    def mean(self) -> float:
        """The mean of all rows."""
        return float(self.sums.sum() + (self.alone * self.alone_rows).sum()) / self.n

    @property
    def clusters(self) -> int:
        """How many clusters have rows."""
        return int((self.rows > 0).sum())

    @property
    def units(self) -> float:
        """How many things vary independently: clusters, and rows without one."""
        return self.clusters + float(self.alone_rows.sum())

    @property
    def error(self) -> float:
        """The standard error of the mean: of a ratio of sums over clusters (Cochran 1977, 6.3)."""
        seen = self.rows > 0
        within = self.sums[seen] - self.mean * self.rows[seen]
        scale = self.clusters / (self.clusters - 1) if self.clusters > 1 else 1.0
        apart = (self.alone - self.mean) ** 2 * self.alone_rows
        return math.sqrt(scale * float((within**2).sum()) + float(apart.sum())) / self.n


@dataclass(frozen=True, slots=True)
class Apart:
    """Evidence of two independent sides: the second's value less the first's, or their quotient.

    ``reaches`` gives the ends for an alpha; p values are the alpha at which an end is the bound.
    """

    about: About
    value: float
    error: float
    reaches: Callable[[float], Ends]

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:  # noqa: ARG002
        """Returns the lower and the upper end, each missed with a chance of alpha."""
        return self.reaches(alpha)

    def above(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns how likely a value as high would be if the truth were the bound or less."""
        return self._alpha(lambda ends: ends[0] > bound, above=self.value > bound)

    def below(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns how likely a value as low would be if the truth were the bound or more."""
        return self._alpha(lambda ends: ends[1] < bound, above=self.value < bound)

    def _alpha(self, clear: Callable[[Ends], bool], *, above: bool) -> float:
        """Returns the least alpha whose end is clear of the bound; one half says nothing."""
        if not above or not math.isfinite(self.value):
            return 1.0
        low, high = LEAST_ALPHA, 0.5
        if clear(self.reaches(low)):
            return low
        for _ in range(HALVINGS):
            middle = math.sqrt(low * high)
            low, high = (low, middle) if clear(self.reaches(middle)) else (middle, high)
        return high


def means(first: Side, second: Side) -> Apart:
    """Returns the difference of two means with Welch's interval over clusters.

    >>> rows = np.full(20, 5.0)
    >>> found = means(Side(rows, np.arange(20.0)), Side(rows, np.arange(20.0) + 5))
    >>> low, high = found.ends(0.05)
    >>> round(found.value, 6), low < 1 < high
    (1.0, True)

    References:
        Welch 1947, doi:10.1093/biomet/34.1-2.28; clusters as the units: Donner and Klar 2000,
        Design and Analysis of Cluster Randomization Trials, chapter 6.
    """
    value = second.mean - first.mean
    error, degrees = _welch(first.error, second.error, first, second)

    def ends(alpha: float) -> Ends:
        apart = reach(alpha, degrees) * error
        return value - apart, value + apart

    return Apart(_about(first, second, "welch t over clusters"), value, error, ends)


def quotients(first: Side, second: Side) -> Apart | Nothing:
    """Returns the quotient of two positive means less 1, whose logarithm is judged."""
    about = _about(first, second, "welch t over clusters, of the log")
    if not (first.mean > 0 and second.mean > 0):
        return Nothing(replace(about, warnings=("a mean that is not above 0",)))
    errors = first.error / first.mean, second.error / second.mean
    error, degrees = _welch(*errors, first, second)
    middle = math.log(second.mean / first.mean)

    def ends(alpha: float) -> Ends:
        apart = reach(alpha, degrees) * error
        return math.expm1(middle - apart), math.expm1(middle + apart)

    return Apart(about, math.expm1(middle), error, ends)


def shares(first: Side, second: Side) -> Apart:
    """Returns the difference of two shares with Newcombe's interval of as many independent rows.

    Rows are divided by the design effect of their clusters, so that the interval is right for
    shares of 0, too.

    >>> never = Side(np.full(10, 10.0), np.zeros(10))
    >>> found = shares(never, never)
    >>> found.value, round(found.ends(0.05)[1], 3)
    (0.0, 0.033)

    References:
        Newcombe 1998, method 10 (see ``shares``); divided counts: Rao and Scott 1992,
        doi:10.2307/2532311.
    """
    error, degrees = _welch(first.error, second.error, first, second)
    one, other = first.mean, second.mean
    n, m = first.n / effect(first), second.n / effect(second)

    def ends(alpha: float) -> Ends:
        quantile_ = reach(alpha, degrees)
        low, high = wilson_at(one, n, quantile_)
        low_too, high_too = wilson_at(other, m, quantile_)
        below, above = (
            math.hypot(other - low_too, high - one),
            math.hypot(high_too - other, one - low),
        )
        return other - one - below, other - one + above

    return Apart(_about(first, second, "newcombe / deff"), other - one, error, ends)


def share(side: Side) -> Share:
    """Returns what one side tells about its own share."""
    deff = effect(side)
    about = About(round(side.n), round(side.units), deff, "wilson / deff")
    return Share(about, side.mean, side.n / deff)


def mean(side: Side) -> Student:
    """Returns what one side tells about its own mean."""
    about = About(round(side.n), round(side.units), effect_of_mean(side), "cluster t")
    return Student(about, side.mean, side.mean, side.error)


def effect(side: Side) -> float:
    """Returns by how much rows of a cluster say less than independent ones, at least 1.

    It is that of shares: the variance of independent rows is that of a coin.
    """
    plain = side.mean * (1 - side.mean) / side.n
    if side.clusters < FEWEST_CLUSTERS and not len(side.alone):
        return 1.0
    return max(1.0, side.error**2 / plain) if plain > 0 else 1.0


def quantile(counts: Floats, values: Floats, share: float) -> float:
    """Returns a quantile of values in ascending order, each as often as its count."""
    reached = counts.cumsum()
    return float(values[min(int(np.searchsorted(reached, share * reached[-1])), len(values) - 1)])


def quantiles(
    first: tuple[Side, Floats], second: tuple[Side, Floats], values: Floats, part: float
) -> Apart:
    """Returns the quotient of two quantiles less 1, from counts of the same ascending values.

    Each side comes with how often it has each value, shape (values,); the side itself is the share
    of rows at or below the quantile, whose design effect counts. The interval of each quantile is
    that of its share, turned around; both are put together on the log scale.

    References:
        Woodruff 1952, doi:10.1080/01621459.1952.10483443; Zou and Donner 2008,
        doi:10.1002/sim.3095 (intervals of differences from those of both).
    """
    counts = first[1], second[1]
    sizes = [each.sum() / effect(side) for side, each in (first, second)]
    middles = [_log(quantile(each, values, part)) for each in counts]

    def ends(alpha: float) -> Ends:
        quantile_ = reach(alpha, _DEGREES)
        found = [
            [_log(quantile(each, values, end)) for end in wilson_at(part, size, quantile_)]
            for each, size in zip(counts, sizes, strict=True)
        ]
        (low, high), (low_too, high_too) = found
        below = math.hypot(middles[1] - low_too, high - middles[0])
        above = math.hypot(high_too - middles[1], middles[0] - low)
        change = middles[1] - middles[0]
        return math.expm1(change - below), math.expm1(change + above)

    low, high = (math.log1p(end) for end in ends(0.05))
    about = _about(first[0], second[0], "quantiles by their shares")
    error = (high - low) / 2 / reach(0.05, _DEGREES)
    return Apart(about, math.expm1(middles[1] - middles[0]), error, ends)


def _log(value: float) -> float:
    return math.log(max(value, TINY))


def effect_of_mean(side: Side) -> float:
    """Returns the design effect that is told of a mean: 1, as its rows are known by sums only."""
    return effect(side) if 0 < side.mean < 1 else 1.0


def _about(first: Side, second: Side, method: str) -> About:
    few = [side for side in (first, second) if side.units < FEWEST_CLUSTERS]
    warnings = ("few sessions: how much alike their rows are can hardly be told",) if few else ()
    n, units = min(first.n, second.n), min(first.units, second.units)
    return About(round(n), round(units), max(effect(first), effect(second)), method, warnings)


def _welch(one: float, other: float, first: Side, second: Side) -> tuple[float, float]:
    """Returns the standard error of a difference with its degrees of freedom."""
    squares = one**2, other**2
    total = sum(squares)
    freedom = [max(1.0, side.units - 1) for side in (first, second)]
    spread = sum(square**2 / free for square, free in zip(squares, freedom, strict=True))
    return math.sqrt(total), (total**2 / spread if spread > 0 else min(freedom))
