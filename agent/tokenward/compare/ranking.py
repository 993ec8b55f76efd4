"""Ranks several optimized models of one base: what may ship first, then what costs least."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenward.compare.named import optimized_names
from tokenward.compare.result import Comparison, MetricResult, Outcome

QUALITY = (
    "quality.kl",
    "quality.bits_per_byte",
    "quality.ppl_ratio",
    "quality.nll",
    "tasks.correct",
)
"""What quality is told by: the first that was measured of all."""
COST = (
    "cost.price_per_answer", "cost.latency_p50", "cost.tokens_per_second", "cost.energy_per_1k",
    "cost.memory", "cost.size",
)  # fmt: skip
"""What cost is told by, likewise."""
OUTCOMES: tuple[Outcome, ...] = ("pass", "inconclusive", "fail")
QUOTIENTS = frozenset({"ratio", "blocks"})
RULE = (
    "Passed before inconclusive before failed. Of the passed, whose quality is the same within the "
    "margins, the cheaper is first; of the others the one that lost least quality. One model is "
    "dominated by another that is no worse in outcome, quality and cost, and better in quality or "
    "cost by more than both intervals; the Pareto line joins those that no other dominates."
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A change from the base with its interval, turned so that less is better."""

    value: float
    low: float
    high: float

    def clearly_better(self, other: Estimate) -> bool:
        """Tells whether all of this interval lies on the better side of the other's.

        >>> Estimate(1.0, 0.5, 1.5).clearly_better(Estimate(2.0, 1.6, 2.4))
        True
        >>> Estimate(1.0, 0.5, 1.7).clearly_better(Estimate(2.0, 1.6, 2.4))
        False
        """
        return self.high < other.low

    def overlaps(self, other: Estimate) -> bool:
        """Tells whether the intervals have a value in common."""
        return not (self.clearly_better(other) or other.clearly_better(self))


@dataclass(frozen=True, slots=True)
class Rank:
    """The place of an optimized model among several; ``index`` is its place in what was given.

    ``tied`` says that what puts it behind the one before it may be chance: their intervals of cost
    (both pass) or of quality overlap. ``quality`` and ``cost`` are changes from the base by the
    metrics named ``quality_by`` and ``cost_by``.
    """

    place: int
    name: str
    result: Outcome
    tied: bool
    dominated_by: tuple[str, ...]
    quality_by: str | None
    quality: Estimate | None
    cost_by: str | None
    cost: Estimate | None
    index: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    result: Outcome
    quality: Estimate | None
    cost: Estimate | None

    @property
    def outcome(self) -> int:
        return OUTCOMES.index(self.result)

    @property
    def key(self) -> tuple[float, ...]:
        quality, cost = (
            math.inf if one is None else one.value for one in (self.quality, self.cost)
        )
        within = (cost, quality) if self.result == "pass" else (quality, cost)
        return (self.outcome, *within)


def ranked(
    comparisons: Sequence[Comparison],
    quality: Sequence[str] = QUALITY,
    cost: Sequence[str] = COST,
) -> list[Rank]:
    """Returns the optimized models, best first, by the first metrics that were measured of all."""
    by = [_measured_of_all(comparisons, names) for names in (quality, cost)]
    names = optimized_names(comparisons)
    candidates = [
        _Candidate(name, one.result, *(_found(one, metric) for metric in by))
        for name, one in zip(names, comparisons, strict=True)
    ]
    order = sorted(range(len(candidates)), key=lambda at: candidates[at].key)
    return [
        Rank(
            place=place,
            name=candidates[at].name,
            result=candidates[at].result,
            tied=place > 1 and _tied(candidates[order[place - 2]], candidates[at]),
            dominated_by=tuple(one.name for one in candidates if dominates(one, candidates[at])),
            quality_by=by[0],
            quality=candidates[at].quality,
            cost_by=by[1],
            cost=candidates[at].cost,
            index=at,
        )
        for place, at in enumerate(order, 1)
    ]


def dominates(one: _Candidate | Rank, other: _Candidate | Rank) -> bool:
    """Tells whether one is no worse in anything, and clearly better in quality or in cost."""
    if OUTCOMES.index(one.result) > OUTCOMES.index(other.result):
        return False
    pairs = [
        (mine, its)
        for mine, its in ((one.quality, other.quality), (one.cost, other.cost))
        if mine is not None and its is not None
    ]
    return all(mine.value <= its.value for mine, its in pairs) and any(
        mine.clearly_better(its) for mine, its in pairs
    )


def estimate(metric: MetricResult) -> Estimate | None:
    """Returns a metric's change with less as better; relative to the base where it can be.

    ``None`` where it was not measured, or where neither side is better.
    """
    scale = 1.0
    if metric.name.startswith("cost.") and metric.kind not in QUOTIENTS:
        if not metric.base or not math.isfinite(metric.base):
            return None
        scale = abs(metric.base)
    ends = [metric.difference / scale, metric.low / scale, metric.high / scale]
    if metric.side == "both" or not all(map(math.isfinite, ends)):
        return None
    if metric.side == "below":
        ends = [-end for end in ends]
    return Estimate(ends[0], min(ends), max(ends))


def _tied(before: _Candidate, one: _Candidate) -> bool:
    """Tells whether two stand in this order by chance: by cost if both pass, else by quality."""
    sides = [(each.cost if each.result == "pass" else each.quality) for each in (before, one)]
    mine, its = sides
    return (
        before.result == one.result and mine is not None and its is not None and mine.overlaps(its)
    )


def _measured_of_all(comparisons: Sequence[Comparison], names: Sequence[str]) -> str | None:
    for name in names:
        if comparisons and all(_found(one, name) is not None for one in comparisons):
            return name
    return None


def _found(comparison: Comparison, name: str | None) -> Estimate | None:
    return next(filter(None, map(estimate, _named(comparison, name))), None)


def _named(comparison: Comparison, name: str | None) -> Iterator[MetricResult]:
    return (one for one in comparison.metrics if one.name == name)
