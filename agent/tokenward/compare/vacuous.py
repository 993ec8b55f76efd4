"""Metrics that the base is worst at already: they pass whatever the optimized model does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tokenward.compare.gate.margins import SHARES
from tokenward.compare.result import MetricResult

GATED = ("pass", "inconclusive")


def with_vacuous(results: Sequence[MetricResult]) -> tuple[MetricResult, ...]:
    """Returns results with a warning where the base is within the margin of the worst there is.

    A model that solves no task cannot lose one, so that keeping the margin tells nothing.
    """
    return tuple(
        replace(one, warnings=(*one.warnings, _warning(one))) if is_vacuous(one) else one
        for one in results
    )


def is_vacuous(one: MetricResult) -> bool:
    """Tells whether a share's margin reaches to the worst value that there is."""
    if one.result not in GATED or one.kind not in SHARES or one.margin is None:
        return False
    room = {"above": 1 - one.base, "below": one.base}.get(one.side)
    return room is not None and room <= abs(one.margin)


def _warning(one: MetricResult) -> str:
    return f"the base is at {one.base:.1%}, so it could hardly get worse: this metric tells nothing"
