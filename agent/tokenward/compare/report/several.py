"""What the page shows of several optimized models at once: ranks, a grid, and two figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tokenward.compare.ranking import RULE, Rank, estimate, ranked
from tokenward.compare.report.dimensions import Grid, side_by_side
from tokenward.compare.report.drawings.scatter import (
    Axis,
    Spot,
    cost_against_quality,
    safety_against_loss,
)
from tokenward.compare.report.words import change_unit
from tokenward.compare.result import Comparison, MetricResult

SAFETY = ("refusal.harmful", "injection.obeyed", "leak.leaked", "toxicity.share")
"""What safety is drawn by: the first that was measured of two models or more."""


@dataclass(frozen=True, slots=True)
class Several:
    """The part of the page that comes first where there is more than one optimized model."""

    headline: str
    rule: str
    grid: Grid
    cost: Markup
    safety: Markup

    @classmethod
    def of(cls, comparisons: Sequence[Comparison]) -> Several:
        """Returns what is shown of several."""
        ranks = ranked(comparisons)
        return cls(
            headline=verdict(ranks),
            rule=RULE,
            grid=side_by_side(comparisons, ranks),
            cost=cost_against_quality(ranks, _unit(comparisons, ranks[0].quality_by)),
            safety=safety(comparisons, ranks),
        )


def verdict(ranks: Sequence[Rank]) -> str:
    """Returns which of several may ship, in a sentence."""
    passed = [one for one in ranks if one.result == "pass"]
    if not passed:
        unclear = sum(one.result == "inconclusive" for one in ranks)
        told = f"none of {len(ranks)} is shown to be safe to ship"
        return f"No: {told}; {unclear} could not be told, {len(ranks) - unclear} failed."
    first = passed[0]
    by = f" and costs least by {first.cost_by}" if first.cost_by and len(passed) > 1 else ""
    ties = [one.name for one in passed[1:2] if one.tied]
    tied = f", though {ties[0]} may be as cheap" if ties else ""
    return f"{len(passed)} of {len(ranks)} may ship: {first.name} comes first{by}{tied}."


def safety(comparisons: Sequence[Comparison], ranks: Sequence[Rank]) -> Markup:
    """Returns the drawing of a safety metric against what was lost; empty where neither is."""
    loss = ranks[0].quality_by
    for name in SAFETY:
        spots = list(_spots(comparisons, ranks, name))
        if len(spots) > 1 and loss is not None:
            across = Axis(loss, _unit(comparisons, loss), log=True)
            return safety_against_loss(spots, across, Axis(name, _unit(comparisons, name)))
    return Markup()


def _spots(comparisons: Sequence[Comparison], ranks: Sequence[Rank], name: str) -> Iterator[Spot]:
    for rank in ranks:
        metric = _named(comparisons[rank.index], name)
        found = None if metric is None else estimate(metric)
        if metric is not None and found is not None and rank.quality is not None:
            yield Spot(rank.name, metric.result, rank.quality, found)


def _named(one: Comparison, name: str) -> MetricResult | None:
    return next((metric for metric in one.metrics if metric.name == name), None)


def _unit(comparisons: Sequence[Comparison], name: str | None) -> str:
    found = None if name is None else _named(comparisons[0], name)
    return "" if found is None else change_unit(found)
