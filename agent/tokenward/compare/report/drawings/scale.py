"""Scales of a figure's axes: linear, or logarithmic where values span orders of magnitude."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

GREATEST = 1e12
LEAST = 1e-12
STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from ``low`` to ``high`` onto pixels from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    @classmethod
    def around(
        cls, values: Iterable[float | None], start: float, end: float, *, room: float = 0.06
    ) -> Scale:
        """Returns a linear scale that has all values in it, with some room beside them."""
        there = [one for one in map(drawable, values) if one is not None] or [0.0, 1.0]
        low, high = min(there), max(there)
        wide = (high - low) or abs(high) or 1.0
        return cls(low - room * wide, high + room * wide, start, end)

    @classmethod
    def logarithmic(cls, values: Iterable[float | None], start: float, end: float) -> Scale:
        """Returns a scale over whole orders of magnitude that has all positive values in it."""
        there = [one for one in map(drawable, values) if one is not None and one > LEAST]
        low, high = (min(there), max(there)) if there else (0.1, 1.0)
        low, high = 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high))
        return cls(low, high if high > low else 10 * low, start, end, log=True)

    def at(self, value: float) -> float:
        """Returns where a value is, at an end for what lies beyond it.

        >>> Scale(0.0, 1.0, 10.0, 20.0).at(0.5), Scale(1.0, 100.0, 0.0, 2.0, log=True).at(10.0)
        (15.0, 1.0)
        """
        low, high, put = (
            math.log10(max(one, LEAST)) if self.log else one for one in (self.low, self.high, value)
        )
        share = min(1.0, max(0.0, (put - low) / (high - low)))
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """Returns round values on the scale, at most so many.

        >>> Scale(0.0, 1.0, 0.0, 1.0).ticks(6)
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
        >>> Scale(0.001, 1.0, 0.0, 1.0, log=True).ticks()
        [0.001, 0.01, 0.1, 1.0]
        """
        if self.log:
            first, last = (round(math.log10(one)) for one in (self.low, self.high))
            step = max(1, math.ceil((last - first + 1) / most))
            return [10.0**power for power in range(first, last + 1, step)]
        wide = _step((self.high - self.low) / max(1, most - 1))
        first, last = math.ceil(self.low / wide - 1e-9), math.floor(self.high / wide + 1e-9)
        digits = max(0, -math.floor(math.log10(wide)))
        return [round(place * wide, digits) + 0.0 for place in range(first, last + 1)]


def _step(least: float) -> float:
    """Returns the least round number that is no smaller."""
    whole = 10.0 ** math.floor(math.log10(least))
    return next(whole * step for step in STEPS if whole * step >= least * (1 - 1e-9))


def drawable(value: float | None) -> float | None:
    """Returns a number that a figure can show; ``None`` for what is none.

    >>> drawable(1.5), drawable(float("nan")), drawable(1e300)
    (1.5, None, None)
    """
    return None if value is None or not abs(value) <= GREATEST else float(value)
