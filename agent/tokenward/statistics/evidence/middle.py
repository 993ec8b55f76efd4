"""Medians, whatever the noise is like."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tokenward.statistics.evidence.about import NOTHING, About, Ends

LEAST_BLOCKS = 8


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
