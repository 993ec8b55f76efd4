"""Sums of log likelihood ratios, kept above zero, that rise when a rate changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from tokenward.online.standing import CAP, Crossing, Standing, highest
from tokenward.online.thresholds import FEW_EVENTS, rate_design

UP = "bernoulli"
DOWN = "bernoulli.down"
DOWN_PART = 0.2
"""Of the false alarms of a rate: those of the sum that looks for fewer events."""


class Base:
    """The rows among which events are counted: how many there were, by weight, and the last one."""

    __slots__ = ("seen", "time")

    def __init__(self) -> None:
        self.seen = 0.0
        self.time = 0.0


class Steps(NamedTuple):
    """What an event, and a row without one, add to a sum, and its threshold."""

    event: float
    other: float
    height: float

    def over(self, inflation: float) -> Steps:
        """Returns smaller steps, to the same threshold."""
        return Steps(self.event / inflation, self.other / inflation, self.height)


OFF = Steps(0.0, 0.0, math.inf)


class RateWatch:
    """Watches the rate of an event among the rows of a base (Reynolds and Stoumbos 1999).

    doi:10.1080/00224065.1999.11979900. The odds are watched for doubling, and for halving where the
    reference has enough events. Rows without the event cost nothing: what they do to the sums
    follows from their number.
    """

    kind = "rate"
    __slots__ = (
        "_at", "_chance", "_down", "_down_zero", "_unit", "_up", "_up_zero", "base", "crossing",
        "events", "fewer", "inflation", "more", "rows",
    )  # fmt: skip

    def __init__(
        self, base: Base, events: float, rows: float, seed: str, inflation: float = 1.0
    ) -> None:
        self.base = base
        self.inflation = inflation
        self.events = events
        self.rows = rows
        self.crossing: Crossing | None = None
        self.more = self.fewer = OFF
        self._chance = Random(seed).random  # noqa: S311  # for weights, not for secrets
        self._up = self._down = 0.0
        self._up_zero = self._down_zero = base.time
        self._at = base.seen
        self._unit = 1.0

    def allow(self, points: float, alarms: float) -> bool:
        """Sets thresholds for so many false alarms in so many rows; tells whether it could."""
        inflation = self.inflation  # rows that are alike count for fewer
        events, rows = self.events / inflation, self.rows / inflation
        points = max(1.0, points / inflation)
        fewer = None
        if FEW_EVENTS <= events <= rows - FEW_EVENTS:
            fewer = rate_design(rows - events, rows, points, alarms * DOWN_PART)
        part = alarms * (1 - DOWN_PART) if fewer is not None else alarms
        more = rate_design(events, rows, points, part)
        # the odds of fewer events are those of more rows without one
        self.fewer = Steps(-fewer.down, fewer.up, fewer.height).over(inflation) if fewer else OFF
        self.more = Steps(more.up, -more.down, more.height).over(inflation) if more else OFF
        return more is not None or fewer is not None

    def take(self, weight: float, now: float) -> None:
        """Takes an event, whose row the base has counted, with the weight of that row."""
        if weight > self._unit:
            self._unit = weight
        elif weight < self._unit and self._chance() * self._unit >= weight:
            return  # one of fewer that stand for as many
        self._pass(self.base.seen - weight)
        self._at = self.base.seen
        if self._up == 0.0:
            self._up_zero = now
        self._up += self.more.event
        self._down += self.fewer.event
        if self._down <= 0.0:
            self._down, self._down_zero = 0.0, now
        if self._up >= self.more.height or self._down >= self.fewer.height:
            self._cross(now)

    def check(self) -> None:
        """Takes note of the rows since the last event."""
        self._pass(self.base.seen)
        if self._down >= self.fewer.height:
            self._cross(self.base.time)

    def _pass(self, seen: float) -> None:
        if seen > self._at:
            gap = (seen - self._at) / self._unit
            self._at = seen
            self._up = max(0.0, self._up + gap * self.more.other)
            self._down += gap * self.fewer.other

    def _cross(self, now: float) -> None:
        if self.crossing is None:
            self.crossing = Crossing(self.standing(), now)
        self._up = min(self._up, CAP * self.more.height)
        self._down = min(self._down, CAP * self.fewer.height)

    def standing(self) -> Standing:
        """Returns the sum that is nearest to its threshold."""
        return highest(
            [
                Standing(UP, self._up, self.more.height, self._up_zero),
                Standing(DOWN, self._down, self.fewer.height, self._down_zero),
            ]
        )

    def restart(self, now: float) -> None:
        """Begins both sums again."""
        self.crossing = None
        self.figures = (0.0, 0.0, now, now)

    @property
    def figures(self) -> Sequence[float]:
        """The sums and when they were zero, to be saved."""
        return self._up, self._down, self._up_zero, self._down_zero

    @figures.setter
    def figures(self, saved: Sequence[float]) -> None:
        self._up, self._down, self._up_zero, self._down_zero = saved
        self._at = self.base.seen

    @property
    def reference(self) -> dict[str, Any]:
        """The reference, to be saved."""
        return {
            "kind": self.kind, "events": self.events, "rows": self.rows,
            "inflation": self.inflation,
        }  # fmt: skip


class ValueWatch:
    """Watches how often a number is another one than usual: for numbers that hardly vary.

    Their ranks would say nothing: a score that is 0 in 99 rows of 100 may become ten times as
    frequent, and the mean rank moves by a hundredth.
    """

    kind = "value"
    __slots__ = ("_rate", "value")

    def __init__(
        self, value: float, events: float, rows: float, seed: str, inflation: float = 1.0
    ) -> None:
        self.value = value
        self._rate = RateWatch(Base(), events, rows, seed, inflation)

    @property
    def rows(self) -> float:
        """How many rows the reference has."""
        return self._rate.rows

    @property
    def crossing(self) -> Crossing | None:
        """The statistic as it crossed its threshold, if it did."""
        return self._rate.crossing

    def take(self, value: float, now: float) -> None:
        """Takes the next value."""
        base = self._rate.base
        base.seen += 1.0
        base.time = now
        if value != self.value:
            self._rate.take(1.0, now)

    def allow(self, points: float, alarms: float) -> bool:
        """Sets thresholds for so many false alarms in so many points; tells whether it could."""
        return self._rate.allow(points, alarms)

    def check(self) -> None:
        """Takes note of the usual values since the last other one."""
        self._rate.check()

    def standing(self) -> Standing:
        """Returns the sum that is nearest to its threshold."""
        return self._rate.standing()

    def restart(self, now: float) -> None:
        """Begins both sums again."""
        self._rate.restart(now)

    @property
    def figures(self) -> Sequence[float]:
        """The sums and when they were zero, to be saved."""
        return self._rate.figures

    @figures.setter
    def figures(self, saved: Sequence[float]) -> None:
        self._rate.figures = saved

    @property
    def reference(self) -> dict[str, Any]:
        """The reference, to be saved."""
        return {**self._rate.reference, "kind": self.kind, "value": self.value}
