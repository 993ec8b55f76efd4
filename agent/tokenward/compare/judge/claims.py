"""Claims: single statements of a gate about a metric, each kept, broken, or neither."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tokenward.compare.gate.gate import Bound
from tokenward.compare.judge.measured import QUOTIENTS, Measured
from tokenward.compare.result import Side
from tokenward.statistics.evidence import Evidence, Known

Where = Literal["above", "below"]
SHARES = ("binary", "bounded")
"""Kinds without a unit of their own."""


@dataclass(frozen=True, slots=True)
class Line:
    """A bound that the truth must not pass, ``above`` or ``below`` it."""

    evidence: Evidence
    bound: float
    beyond: Where

    def kept(self) -> float:
        """Returns the p value of the truth being inside, which a pass needs."""
        inside = self.evidence.below if self.beyond == "above" else self.evidence.above
        return inside(self.bound)

    def broken(self) -> float:
        """Returns the p value of the truth being outside, by the more careful interval."""
        outside = self.evidence.above if self.beyond == "above" else self.evidence.below
        return outside(self.bound, careful=True)


@dataclass(frozen=True, slots=True)
class Claim:
    """One or two lines between which a truth must lie, with the words that a report says.

    ``exact`` is set where there is no noise, so that chance cannot break the claim.
    """

    about: str
    lines: tuple[Line, ...]

    @property
    def exact(self) -> bool:
        """Whether nothing is left to chance."""
        return all(isinstance(line.evidence, Known) for line in self.lines)

    def kept(self, alpha: float) -> bool:
        """Tells whether the truth lies inside, with no more than alpha to be wrong."""
        return all(line.kept() <= alpha for line in self.lines)

    def broken(self) -> float:
        """Returns the p value of the truth being outside; of two lines twice the lesser."""
        least = min(line.broken() for line in self.lines)
        return min(1.0, least * len(self.lines))


def claims(measured: Measured, bound: Bound) -> Iterator[Claim]:
    """Yields what a bound claims of a metric."""
    if bound.margin is not None:
        unit = "" if measured.kind in (*QUOTIENTS, *SHARES) else measured.paired.metric.unit
        yield Claim(f"the margin {told_margin(bound, unit)}", tuple(_margin(measured, bound)))
    alone = measured.alone()
    unit = "" if measured.kind in SHARES else f" {measured.paired.metric.unit}".rstrip()
    # a logarithm's exponential is judged less 1
    shift = 1.0 if measured.kind == "ratio" and measured.paired.metric.log else 0.0
    if bound.least is not None:
        yield Claim(f"min {bound.least:g}{unit}", (Line(alone, bound.least - shift, "below"),))
    if bound.most is not None:
        yield Claim(f"max {bound.most:g}{unit}", (Line(alone, bound.most - shift, "above"),))


def side_of(measured: Measured, bound: Bound | None) -> Side:
    """Returns where a difference is worse, as the metric or the bound has it."""
    return "both" if bound is not None and bound.direction == "both" else measured.side


def margin_of(measured: Measured, bound: Bound | None) -> float | None:
    """Returns a margin in the metric's own unit, or as a quotient less 1 for ratios and blocks."""
    if bound is None or bound.margin is None:
        return None
    if bound.unit != "%" or measured.kind in QUOTIENTS:
        return bound.margin
    return bound.margin * abs(measured.base)


def told_margin(bound: Bound, unit: str = "") -> str:
    """Returns a margin as the gate's file has it, or in the metric's unit.

    >>> told_margin(Bound("a", 0.02, "pp")), told_margin(Bound("a", 0.1), "nat")
    ('2 pp', '0.1 nat')
    """
    value = bound.margin if bound.margin is not None else math.nan
    if bound.unit:
        return f"{value * 100:g} {bound.unit}"
    return f"{value:g} {unit}".rstrip()


def _margin(measured: Measured, bound: Bound) -> Iterator[Line]:
    side = side_of(measured, bound)
    margin = margin_of(measured, bound)
    if margin is None:
        return
    if side in ("above", "both"):
        yield _line(measured, bound, margin, "above")
    if side in ("below", "both"):
        yield _line(measured, bound, margin, "below")


def _line(measured: Measured, bound: Bound, margin: float, beyond: Where) -> Line:
    sign = 1.0 if beyond == "above" else -1.0
    relative = bound.unit == "%" and measured.kind in ("binary", "bounded", "mean")
    if relative and bound.margin is not None and measured.base > 0:
        return Line(measured.part_of_base(1 + sign * bound.margin), 0.0, beyond)
    return Line(measured.changed, sign * margin, beyond)
