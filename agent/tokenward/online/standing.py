"""How a statistic stands, and that it has crossed its threshold."""

from __future__ import annotations

import math
from typing import NamedTuple

CAP = 1.25
"""A sum rises no further above its threshold, so that it comes down soon when all is well."""


class Standing(NamedTuple):
    """A statistic. ``since`` is when it last was zero, which is the best guess of a change's time.

    Times are in seconds since the epoch, as records have them.
    """

    method: str
    statistic: float
    threshold: float
    since: float

    @property
    def share(self) -> float:
        """How far up to its threshold it is."""
        return self.statistic / self.threshold


class Crossing(NamedTuple):
    """A statistic as it crossed its threshold, and when that was."""

    standing: Standing
    time: float


def highest(standings: list[Standing]) -> Standing:
    """Returns the statistic that is nearest to its threshold.

    >>> highest([Standing("a", 1.0, 2.0, 0.0), Standing("b", 9.0, 10.0, 0.0)]).method
    'b'
    """
    return max(standings, key=lambda one: one.share)


def finite(threshold: float) -> float | None:
    """Returns a threshold, or ``None`` where there is none."""
    return threshold if math.isfinite(threshold) else None
