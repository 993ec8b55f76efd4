"""What rows tell about a truth: ends at any alpha, and p values against any bound.

Both say the same: the upper end at alpha lies below a bound exactly where `Evidence.below` that
bound is less than alpha. So an interval can be drawn, and several bounds be tested together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from tokenward.statistics.shares import wilson_at
from tokenward.statistics.tango import laplace, score, tango

Kind = Literal["binary", "bounded", "mean"]
Values = NDArray[np.float64]
Ends = tuple[float, float]
LEAST_BLOCKS = 8
NOTHING = (math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class About:
    """What any evidence rests on: rows, clusters, how much they repeat each other, the method."""

    n: int
    clusters: int
    deff: float
    method: str
    warnings: tuple[str, ...] = ()

    @property
    def degrees(self) -> int:
        """Returns the degrees of freedom: clusters less one."""
        return max(1, self.clusters - 1)


class Evidence(Protocol):
    """A value with its standard error, and how far the truth may be from it."""

    @property
    def about(self) -> About:
        """What it rests on."""

    @property
    def value(self) -> float:
        """The value that was observed."""

    @property
    def error(self) -> float:
        """The standard error, on the scale on which the value is judged; NaN without one."""

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:
        """Returns the lower and the upper end, each missed with a chance of alpha."""

    def above(self, bound: float, *, careful: bool = False) -> float:
        """Returns how likely a value as high would be if the truth were the bound or less."""

    def below(self, bound: float, *, careful: bool = False) -> float:
        """Returns how likely a value as low would be if the truth were the bound or more."""


def upper_tail(distance: float, degrees: float) -> float:
    """Returns how often Student's t is beyond a distance.

    >>> round(upper_tail(1.812, 10), 3)
    0.05
    """
    from scipy.special import stdtr  # noqa: PLC0415  # not light

    return float(stdtr(degrees, -distance))


def reach(alpha: float, degrees: float) -> float:
    """Returns the distance that Student's t passes with a chance of alpha.

    >>> round(reach(0.05, 10), 3)
    1.812
    """
    from scipy.special import stdtrit  # noqa: PLC0415  # not light

    return float(stdtrit(degrees, 1 - alpha))


@dataclass(frozen=True, slots=True)
class Student:
    """A mean about which Student's t is right; ``center`` is the middle of the interval.

    ``limits`` are values that no truth can pass.
    """

    about: About
    value: float
    center: float
    error: float
    limits: Ends = (-math.inf, math.inf)

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:  # noqa: ARG002
        """Returns the lower and the upper end, each missed with a chance of alpha."""
        if not math.isfinite(self.error):
            return self.limits
        apart = reach(alpha, self.about.degrees) * self.error
        low, high = self.limits
        return (
            max(low, min(self.center - apart, self.value)),
            min(high, max(self.center + apart, self.value)),
        )

    def above(self, bound: float, *, careful: bool = False) -> float:
        """Returns how likely a value as high would be if the truth were the bound or less."""
        return self._tail(self.center - bound, careful=careful)

    def below(self, bound: float, *, careful: bool = False) -> float:
        """Returns how likely a value as low would be if the truth were the bound or more."""
        return self._tail(bound - self.center, careful=careful)

    def _tail(self, distance: float, *, careful: bool) -> float:
        if self.error == 0:
            return certain(distance, careful=careful)
        return upper_tail(distance / self.error, self.about.degrees)


@dataclass(frozen=True, slots=True)
class Flips:
    """A difference of shares of the same rows: ``worse`` and ``better`` of ``n`` independent ones.

    ``careful`` takes the less certain of Tango's and of Bonett and Price's interval: of few rows
    the first is a little too eager on the inner side.
    """

    about: About
    worse: float
    better: float
    n: float

    @property
    def value(self) -> float:
        """The difference observed."""
        return (self.worse - self.better) / self.n

    @property
    def error(self) -> float:
        """The standard error as observed; 0 where nothing changed."""
        variance = (self.worse + self.better) / self.n - self.value**2
        return math.sqrt(max(variance, 0.0) / self.n)

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:
        """Returns the lower and the upper end, each missed with a chance of alpha."""
        quantile = reach(alpha, self.about.degrees)
        low, high = tango(self.worse, self.better, self.n, quantile)
        if careful:
            center, error = (float(each) for each in laplace(self.worse, self.better, self.n))
            low, high = min(low, center - quantile * error), max(high, center + quantile * error)
        return max(-1.0, low), min(1.0, high)

    def above(self, bound: float, *, careful: bool = False) -> float:
        """Returns how likely a value as high would be if the truth were the bound or less."""
        return self._tail(bound, 1.0, careful=careful)

    def below(self, bound: float, *, careful: bool = False) -> float:
        """Returns how likely a value as low would be if the truth were the bound or more."""
        return self._tail(bound, -1.0, careful=careful)

    def _tail(self, bound: float, sign: float, *, careful: bool) -> float:
        if abs(bound) >= 1:
            return 0.0 if (self.value - bound) * sign > 0 else 1.0
        distance = float(score(self.worse, self.better, self.n, bound)) * sign
        if careful:
            center, error = (float(each) for each in laplace(self.worse, self.better, self.n))
            distance = min(distance, (center - bound) / error * sign)
        return upper_tail(distance, self.about.degrees)


@dataclass(frozen=True, slots=True)
class Share:
    """A share of ``n`` independent rows, by Wilson's score."""

    about: About
    value: float
    n: float

    @property
    def error(self) -> float:
        """The standard error as observed; 0 at an end."""
        return math.sqrt(self.value * (1 - self.value) / self.n)

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:  # noqa: ARG002
        """Returns the lower and the upper end, each missed with a chance of alpha."""
        return wilson_at(self.value, self.n, reach(alpha, self.about.degrees))

    def above(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns how likely a value as high would be if the truth were the bound or less."""
        return self._tail(self.value - bound, bound)

    def below(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns how likely a value as low would be if the truth were the bound or more."""
        return self._tail(bound - self.value, bound)

    def _tail(self, distance: float, bound: float) -> float:
        if not 0 < bound < 1:
            return 0.0 if distance > 0 else 1.0
        return upper_tail(distance / math.sqrt(bound * (1 - bound) / self.n), self.about.degrees)


@dataclass(frozen=True, slots=True)
class Quotient:
    """A quotient less 1, whose logarithm is judged."""

    log: Student

    @property
    def about(self) -> About:
        """What it rests on."""
        return self.log.about

    @property
    def value(self) -> float:
        """The quotient less 1."""
        return math.expm1(self.log.value)

    @property
    def error(self) -> float:
        """The standard error of the logarithm."""
        return self.log.error

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:  # noqa: ARG002
        """Returns the lower and the upper end, each missed with a chance of alpha."""
        low, high = self.log.ends(alpha)
        return math.expm1(low), math.expm1(high)

    def above(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns how likely a value as high would be if the truth were the bound or less."""
        return self.log.above(math.log1p(bound)) if bound > -1 else 0.0

    def below(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns how likely a value as low would be if the truth were the bound or more."""
        return self.log.below(math.log1p(bound)) if bound > -1 else 1.0


@dataclass(frozen=True, slots=True)
class Middle:
    """A median of blocks, by how many lie on each side of a bound: no shape is supposed.

    Of fewer than eight blocks there is no interval.

    References:
        Thompson 1936, doi:10.1214/aoms/1177732502.
    """

    about: About
    blocks: tuple[float, ...]
    """In ascending order."""

    @property
    def value(self) -> float:
        """The median."""
        return float(np.median(self.blocks)) if self.blocks else math.nan

    @property
    def error(self) -> float:
        """The standard error of a median of normal values as much apart as these."""
        if len(self.blocks) < LEAST_BLOCKS:
            return math.nan
        low, high = np.quantile(self.blocks, [0.25, 0.75])
        return float(high - low) / 1.349 * math.sqrt(math.pi / 2 / len(self.blocks))

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:  # noqa: ARG002
        """Returns the lower and the upper end, each missed with a chance of at most alpha."""
        number = len(self.blocks)
        if number < LEAST_BLOCKS:
            return NOTHING
        place = max((at for at in range(number) if _heads(number, at) <= alpha), default=None)
        if place is None:
            return -math.inf, math.inf
        return self.blocks[place], self.blocks[number - 1 - place]

    def above(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns how likely as many blocks above would be if the truth were the bound or less."""
        return self._tail(sum(block > bound for block in self.blocks))

    def below(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns how likely as many blocks below would be if the truth were the bound or more."""
        return self._tail(sum(block < bound for block in self.blocks))

    def _tail(self, beyond: int) -> float:
        number = len(self.blocks)
        return _heads(number, number - beyond) if number >= LEAST_BLOCKS else 1.0


def _heads(number: int, most: int) -> float:
    """Returns the chance that at most so many of a number of fair coins show heads."""
    return float(sum(math.comb(number, at) for at in range(most + 1)) / 2**number)


@dataclass(frozen=True, slots=True)
class Known:
    """A value without noise, such as the size of a file."""

    value: float
    about: About = field(default_factory=lambda: About(1, 1, 1.0, "exact"))
    error: float = 0.0

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:  # noqa: ARG002
        """Returns the value, twice."""
        return self.value, self.value

    def above(self, bound: float, *, careful: bool = False) -> float:
        """Returns 0 where the value is above the bound, else 1."""
        return certain(self.value - bound, careful=careful)

    def below(self, bound: float, *, careful: bool = False) -> float:
        """Returns 0 where the value is below the bound, else 1."""
        return certain(bound - self.value, careful=careful)


@dataclass(frozen=True, slots=True)
class Nothing:
    """No value at all: nothing can be shown, and the warning of `about` says why."""

    about: About
    value: float = math.nan
    error: float = math.nan

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:  # noqa: ARG002
        """Returns no ends."""
        return NOTHING

    def above(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns 1."""
        return 1.0

    def below(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns 1."""
        return 1.0


def certain(distance: float, *, careful: bool) -> float:
    """Returns the p value of a value without noise at a distance beyond a bound.

    A value at the bound keeps it, so it is beyond only where one need not be careful.
    """
    return 0.0 if distance > 0 or (distance == 0 and not careful) else 1.0
