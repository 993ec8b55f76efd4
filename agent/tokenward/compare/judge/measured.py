"""What paired values tell of a metric: of its change, of the optimized model alone, by a test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from tokenward.compare.metrics.metric import Paired
from tokenward.compare.result import Side
from tokenward.errors import UpstreamError
from tokenward.statistics.clustered import (
    alone,
    blockwise,
    differing,
    dividing,
    middle,
    per_weight,
)
from tokenward.statistics.clusters import Clusters
from tokenward.statistics.evidence import About, Evidence, Kind, Known, Nothing
from tokenward.statistics.shares import mcnemar
from tokenward.statistics.signs import mcnemar_exact, permuted, wilcoxon

Values = NDArray[np.float64]
QUOTIENTS = ("ratio", "blocks")
MIDDLES = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric's values with what they tell: ``changed`` of the difference, optimized less base."""

    paired: Paired
    changed: Evidence
    base: float
    optimized: float

    @classmethod
    def of(cls, paired: Paired) -> Measured:
        """Returns what paired values tell; refuses values that are no numbers."""
        _check(paired)
        base, optimized = (_summary(paired, side) for side in (paired.base, paired.optimized))
        return cls(paired, _changed(paired), base, optimized)

    @property
    def name(self) -> str:
        """The metric's name."""
        return self.paired.metric.name

    @property
    def kind(self) -> str:
        """The metric's kind."""
        return self.paired.metric.kind

    @property
    def x(self) -> Values:
        """The differences by case; shape (n,)."""
        return self.paired.optimized - self.paired.base

    @property
    def side(self) -> Side:
        """Where a difference is worse."""
        sides: dict[str, Side] = {"lower": "above", "higher": "below"}
        return sides.get(self.paired.metric.better, "both")

    @property
    def flips(self) -> bool:
        """Whether each case is right or wrong on either side, without anything between."""
        values = (self.paired.base, self.paired.optimized)
        return self.kind == "binary" and all(np.isin(side, (0.0, 1.0)).all() for side in values)

    @property
    def share(self) -> bool:
        """Whether the metric is a share, so that what is rare may not have been seen."""
        return self.kind in ("binary", "bounded")

    def alone(self) -> Evidence:
        """Returns what the values tell of the optimized model by itself."""
        paired = self.paired
        if not len(paired.optimized) or not math.isfinite(self.optimized):
            return self.changed
        if self.kind == "value":
            return Known(self.optimized)
        if self.kind == "blocks":
            return middle(paired.optimized)
        if self.kind == "ratio":
            log = paired.metric.log
            return per_weight(paired.optimized, paired.weights, paired.clusters, log=log)
        return alone(paired.optimized, paired.clusters, _kind(self.kind, paired.optimized))

    def part_of_base(self, part: float) -> Evidence:
        """Returns what the values tell of the optimized model less a multiple of the base.

        So a margin of a part of the base is judged with the base's own noise.
        """
        paired = self.paired
        x = paired.optimized - part * paired.base
        if self.kind == "mean":
            return differing(x, paired.clusters, "mean")
        # within -1 and 1 again, for the rows that are added there
        scale = max(1.0, abs(part))
        return differing(x / scale, paired.clusters, _kind("bounded", x / scale))

    def p(self) -> float | None:
        """Returns the p of the test that is shown beside; ``None`` where there is none."""
        paired = self.paired
        if self.kind == "value" or not len(paired.cases):
            return None
        if self.kind in QUOTIENTS:
            sides = (self.changed.above, self.changed.below)
            return min(1.0, 2 * min(side(0.0, careful=True) for side in sides))
        if not paired.base.any() and not (paired.optimized < 0).any():
            return None  # how far the base moved from itself: there is nothing to test
        return self._shape_free()

    def _shape_free(self) -> float:
        x, clusters = self.x, self.paired.clusters
        free = len(set(clusters)) == len(clusters)
        if self.flips and free:
            return mcnemar(*changes(x))
        if self.kind == "mean":
            return wilcoxon(Clusters.of(clusters, len(x)).sums(x))
        return permuted(x, clusters)

    def exact_p(self) -> float | None:
        """Returns McNemar's exact p, of metrics that are right or wrong in each of free cases."""
        free = len(set(self.paired.clusters)) == len(self.paired.clusters)
        return mcnemar_exact(*changes(self.x)) if self.flips and free else None


def changes(x: Values) -> tuple[int, int]:
    """Returns how many cases went up and down.

    >>> changes(np.array([0.0, 1.0, -1.0, 1.0]))
    (2, 1)
    """
    return int((x > 0).sum()), int((x < 0).sum())


def _kind(kind: str, values: Values) -> Kind:
    """Returns how values are judged; those that leave their limits are plain means."""
    return "mean" if kind != "mean" and (np.abs(values) > 1).any() else cast("Kind", kind)


def _changed(paired: Paired) -> Evidence:
    metric, base, optimized = paired.metric, paired.base, paired.optimized
    if not len(paired.cases):
        lost = len(paired.dropped)
        return _nothing(paired, f"all {lost} cases were dropped" if lost else "no case")
    if metric.kind == "value":
        return Known(float(optimized[0] - base[0]))
    if metric.kind == "blocks":
        return blockwise(base, optimized) if (base > 0).all() else _nothing(paired, "a block of 0")
    if metric.kind == "ratio":
        if not metric.log and not (base.sum() > 0 and optimized.sum() > 0):
            return _nothing(paired, "no quotient: a side adds up to 0 or less")
        return dividing(base, optimized, paired.weights, paired.clusters, log=metric.log)
    x = optimized - base
    return differing(x, paired.clusters, _kind(metric.kind, x))


def _nothing(paired: Paired, reason: str) -> Nothing:
    clusters = len(set(paired.clusters))
    return Nothing(About(len(paired.cases), clusters, math.nan, "none", (reason,)))


def _summary(paired: Paired, side: Values) -> float:
    """Returns the value of one side, in the metric's unit."""
    if not len(side):
        return math.nan
    if paired.metric.kind == "blocks":
        return float(np.median(side))
    if paired.metric.kind != "ratio":
        return float(side.mean())
    whole = float(paired.weights.sum()) if paired.weights is not None else float(len(side))
    mean = float(side.sum()) / whole
    return math.exp(min(mean, 700.0)) if paired.metric.log else mean


def _check(paired: Paired) -> None:
    """Raises where a value is no number: such a model cannot be compared."""
    sides = (("base", paired.base), ("optimized model", paired.optimized))
    for word, values in (*sides, ("weights", paired.weights)):
        if values is None or np.isfinite(values).all():
            continue
        at = int(np.argmin(np.isfinite(values)))
        raise UpstreamError(
            f"{paired.metric.name}: case {paired.cases[at]!r} is {values[at]} for the {word}; "
            "a model that computes no numbers cannot be compared"
        )
