"""What any evidence is, rests on, and is measured by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["binary", "bounded", "mean"]
Ends = tuple[float, float]
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


def certain(distance: float, *, careful: bool) -> float:
    """Returns the p value of a value without noise at a distance beyond a bound.

    A value at the bound keeps it, so it is beyond only where one need not be careful.
    """
    return 0.0 if distance > 0 or (distance == 0 and not careful) else 1.0
