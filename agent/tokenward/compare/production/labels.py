"""Metrics of two model labels, with what their records tell of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tokenward.compare.judge.measured import Measured
from tokenward.compare.metrics.metric import Paired
from tokenward.compare.production.found import Found, side, spread
from tokenward.statistics import independent
from tokenward.statistics.evidence import Evidence, Known, Nothing, Repeated
from tokenward.statistics.independent import Side
from tokenward.statistics.sequential import mixture

PLANNED = 5000
"""Interactions of the smaller label, as far as they are independent, at which intervals for all
looks are narrowest; at a tenth of them, and at a hundred times as many, they are little wider."""
Looked = Callable[[Evidence], Evidence]
"""What looking does to evidence: nothing, if it is looked at once."""


def once(evidence: Evidence) -> Evidence:
    """Returns evidence that is looked at once: as it is."""
    return evidence


def repeatedly(alpha: float) -> Looked:
    """Returns what makes evidence hold at every look, at a gate's alpha."""
    wide = mixture(alpha, PLANNED)

    def looked(evidence: Evidence) -> Evidence:
        noisy = not isinstance(evidence, Known | Nothing)
        return Repeated(evidence, wide) if noisy else evidence

    return looked


@dataclass(frozen=True, slots=True)
class Labels(Measured):
    """A metric of two labels; their interactions are no pairs, so it has no values by case."""

    sides: tuple[Side, Side]
    itself: Evidence
    looked: Looked = once

    def alone(self) -> Evidence:
        """Returns what the records tell of the second label by itself."""
        return self.itself

    def part_of_base(self, part: float) -> Evidence:
        """Returns what the records tell of the second label less a multiple of the first."""
        first, second = self.sides
        scaled = Side(first.rows, part * first.sums, part * first.alone, first.alone_rows)
        return self.looked(independent.means(scaled, second))

    def p(self) -> float | None:
        """Returns the p of no difference at all, of both sides together."""
        return min(1.0, 2 * min(self.changed.above(0.0), self.changed.below(0.0)))


def labels(found: Found, looked: Looked = once) -> Labels:
    """Returns what the columns of both labels tell of a metric, as it is ``looked`` at."""
    one = _labels(found, Paired(found.metric, (), (), np.zeros(0), np.zeros(0)))
    return replace(one, changed=looked(one.changed), itself=looked(one.itself), looked=looked)


def _labels(found: Found, paired: Paired) -> Labels:
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
