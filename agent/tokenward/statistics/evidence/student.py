"""Means about which Student's t is right, and quotients by their logarithm."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tokenward.statistics.evidence.about import About, Ends, certain, reach, upper_tail


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

    def above(self, bound: float, *, careful: bool = False) -> float:
        """Returns how likely a value as high would be if the truth were the bound or less."""
        return self.log.above(math.log1p(bound), careful=careful) if bound > -1 else 0.0

    def below(self, bound: float, *, careful: bool = False) -> float:
        """Returns how likely a value as low would be if the truth were the bound or more."""
        return self.log.below(math.log1p(bound), careful=careful) if bound > -1 else 1.0
