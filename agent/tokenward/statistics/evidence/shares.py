"""Shares: differences of two of the same rows, and one by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tokenward.statistics.evidence.about import About, Ends, reach, upper_tail
from tokenward.statistics.shares import wilson_at
from tokenward.statistics.tango import bonett_price, laplace, score, tango


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
            lower, upper = bonett_price(self.worse, self.better, self.n, quantile)
            low, high = min(low, lower), max(high, upper)
        return low, high

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
