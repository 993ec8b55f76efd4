"""Sums of ranks, kept above zero, that rise when a number changes: CUSUMs (Page 1954)."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from random import Random
from typing import Any

from tokenward.online.quantiles import Quantiles
from tokenward.online.standing import CAP, Crossing, Standing, highest
from tokenward.online.thresholds import rank_height

FAST = 0.25
SLOW = 0.1
WIDTH = math.sqrt(12.0)
"""Gives ranks, which are uniform, a variance of one."""
OVERLAP = 1.15
"""The tests of a number often alarm together: so much more often may each of them."""


class TwoSums:
    """Two sums over standardised values, one for each side (Page 1954, doi:10.2307/2333009).

    By the ``inflation`` so many rows are like one of strangers: each is a part of a step.
    """

    __slots__ = (
        "_loss",
        "_scale",
        "down",
        "down_zero",
        "height",
        "inflation",
        "method",
        "slack",
        "up",
        "up_zero",
    )

    def __init__(self, method: str, slack: float, inflation: float) -> None:
        self.method = method
        self.slack = slack
        self.inflation = inflation
        self._scale, self._loss = 1 / inflation, slack / inflation
        self.height = math.inf
        self.up = self.down = 0.0
        self.up_zero = self.down_zero = 0.0

    def add(self, value: float, now: float) -> bool:
        """Takes a value; tells whether a sum is at its threshold."""
        step, loss = value * self._scale, self._loss
        up, down = self.up + step - loss, self.down - step - loss
        if up > 0.0:
            self.up = up
        else:
            self.up, self.up_zero = 0.0, now
        if down > 0.0:
            self.down = down
        else:
            self.down, self.down_zero = 0.0, now
        return up >= self.height or down >= self.height

    def allow(self, rows: float, points: float, alarms: float) -> bool:
        """Sets the threshold, see ``rank_height``; tells whether there is one."""
        alike = self.inflation
        height = rank_height(self.slack, rows / alike, max(1.0, points / alike), alarms / 2)
        self.height = height or math.inf
        return height is not None

    def cap(self) -> None:
        """Keeps the sums from rising for ever."""
        self.up = min(self.up, CAP * self.height)
        self.down = min(self.down, CAP * self.height)

    @property
    def figures(self) -> tuple[float, float, float, float]:
        """All that changes."""
        return self.up, self.down, self.up_zero, self.down_zero

    def standing(self) -> Standing:
        """Returns the larger sum."""
        larger = (self.up, self.up_zero) if self.up >= self.down else (self.down, self.down_zero)
        return Standing(self.method, larger[0], self.height, larger[1])


class RankWatch:
    """Watches a number by its rank in the reference.

    Of standardised ranks there are a fast sum for large and a slow one for small changes, and of
    their distance from the middle, which is as uniform, another one for changes of spread.
    ``inflations`` are those of ranks and of distances: what is dependent counts for less.
    """

    kind = "ranks"
    __slots__ = (
        "_chance",
        "_fast",
        "_slow",
        "_spread",
        "crossing",
        "inflations",
        "quantiles",
    )

    def __init__(
        self, quantiles: Quantiles, seed: str, inflations: Sequence[float] = (1.0, 1.0)
    ) -> None:
        self.quantiles = quantiles
        self.inflations = tuple(inflations)
        self.crossing: Crossing | None = None
        self._chance = Random(seed).random  # noqa: S311  # for ties, not for secrets
        ranks, spreads = inflations
        self._fast = TwoSums("cusum", FAST, ranks)
        self._slow = TwoSums("cusum.slow", SLOW, ranks)
        self._spread = TwoSums("cusum.spread", FAST, spreads)

    @property
    def rows(self) -> float:
        """How many rows the reference has."""
        return self.quantiles.rows

    def allow(self, points: float, alarms: float) -> bool:
        """Sets thresholds for so many false alarms in so many points; tells whether it could."""
        could = self._slow.allow(self.rows, points, alarms * OVERLAP / 3)
        part = alarms * OVERLAP / (3 if could else 2)
        fast = self._fast.allow(self.rows, points, part)
        return self._spread.allow(self.rows, points, part) and fast

    def take(self, value: float, now: float) -> None:
        """Takes the next value."""
        table = self.quantiles
        at = bisect_left(table.edges, value)
        low = table.cumulative[at]
        rank = (low - 0.5 + self._chance() * (table.cumulative[at + 1] - low)) * WIDTH
        spread = (rank if rank > 0.0 else -rank) * 2.0 - WIDTH / 2
        high = self._fast.add(rank, now), self._slow.add(rank, now), self._spread.add(spread, now)
        if True in high:
            self._cross(now)

    def _cross(self, now: float) -> None:
        if self.crossing is None:
            self.crossing = Crossing(self.standing(), now)
        for one in self._all:
            one.cap()

    @property
    def _all(self) -> tuple[TwoSums, TwoSums, TwoSums]:
        return self._fast, self._slow, self._spread

    def check(self) -> None:
        """Does nothing: each value is looked at as it comes."""

    def standing(self) -> Standing:
        """Returns the sum that is nearest to its threshold."""
        return highest([one.standing() for one in self._all])

    def restart(self, now: float) -> None:
        """Begins all sums again."""
        self.crossing = None
        self.figures = [0.0, 0.0, now, now] * 3

    @property
    def figures(self) -> list[float]:
        """The sums and when they were zero, to be saved."""
        return [figure for one in self._all for figure in one.figures]

    @figures.setter
    def figures(self, saved: Sequence[float]) -> None:
        for at, one in enumerate(self._all):
            one.up, one.down, one.up_zero, one.down_zero = saved[4 * at : 4 * at + 4]

    @property
    def reference(self) -> dict[str, Any]:
        """The reference, to be saved."""
        return {"kind": self.kind, "inflations": self.inflations, **self.quantiles.as_dict()}
