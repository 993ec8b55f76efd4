"""Metrics of two model labels, with what their records tell of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tokenward.compare.judge.measured import Measured
from tokenward.compare.metrics.metric import Paired
from tokenward.compare.production.found import Found, side, spread
from tokenward.statistics import independent
from tokenward.statistics.evidence import Evidence, Known
from tokenward.statistics.independent import Side


@dataclass(frozen=True, slots=True)
class Labels(Measured):
    """A metric of two labels; their interactions are no pairs, so it has no values by case."""

    sides: tuple[Side, Side]
    itself: Evidence

    def alone(self) -> Evidence:
        """Returns what the records tell of the second label by itself."""
        return self.itself

    def part_of_base(self, part: float) -> Evidence:
        """Returns what the records tell of the second label less a multiple of the first."""
        first, second = self.sides
        scaled = Side(first.rows, part * first.sums, part * first.alone, first.alone_rows)
        return independent.means(scaled, second)

    def p(self) -> float | None:
        """Returns the p of no difference at all, of both sides together."""
        return min(1.0, 2 * min(self.changed.above(0.0), self.changed.below(0.0)))


def labels(found: Found) -> Labels:
    """Returns what the columns of both labels tell of a metric."""
    paired = Paired(found.metric, (), (), np.zeros(0), np.zeros(0))
    if found.share is not None:
        return _quantile(found, found.share, paired)
    shares = found.metric.kind == "binary"
    first, second = (
        side(one, found.category, share=shares) for one in (found.base, found.optimized)
    )
    way, itself = (
        (independent.shares, independent.share) if shares else (independent.means, independent.mean)
    )
    return Labels(
        paired, way(first, second), first.mean, second.mean, (first, second), itself(second)
    )


def _quantile(found: Found, share: float, paired: Paired) -> Labels:
    values, counts = spread((found.base, found.optimized))
    points = [independent.quantile(each, values, share) for each in counts]
    columns = found.base, found.optimized
    sides = [side(one, least=at) for one, at in zip(columns, points, strict=True)]
    changed = independent.quantiles((sides[0], counts[0]), (sides[1], counts[1]), values, share)
    return Labels(paired, changed, points[0], points[1], (sides[0], sides[1]), Known(points[1]))
