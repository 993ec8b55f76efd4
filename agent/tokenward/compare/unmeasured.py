"""What could not be measured is a result of its own: never a pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from tokenward.compare.gate.gate import Bound, Gate
from tokenward.compare.gate.matching import covers
from tokenward.compare.result import MetricResult, State


def with_unmeasured(
    results: Sequence[MetricResult], unmeasured: Iterable[str], gate: Gate
) -> tuple[MetricResult, ...]:
    """Returns results with a row for each gated metric that has none.

    ``unmeasured`` has ``NAME: reason`` lines. Such a metric fails, or is skipped where its bound
    says so.
    """
    reasons = dict(_split(line) for line in unmeasured)
    measured = {one.name for one in results}
    rows = [
        _row(name, reason, bound)
        for bound in gate.bounds
        if not any(covers(bound, name) for name in measured)
        for name, reason in _lacking(bound, reasons)
    ]
    return (*results, *rows)


def _split(line: str) -> tuple[str, str]:
    name, _, reason = line.partition(":")
    return name.strip(), reason.strip()


def _lacking(bound: Bound, reasons: dict[str, str]) -> Iterator[tuple[str, str]]:
    found = [(name, why) for name, why in reasons.items() if covers(bound, name)]
    yield from found or [(bound.metric, "no case of the suites that ran tells it")]


def _row(name: str, reason: str, bound: Bound) -> MetricResult:
    state: State = "skipped" if bound.if_unmeasured == "skip" else "fail"
    nothing = math.nan
    return MetricResult(
        name=name, unit="", kind="value", n=0, clusters=0, deff=nothing,
        base=nothing, optimized=nothing, difference=nothing, low=nothing, high=nothing,
        margin=bound.margin, result=state, reason=f"unmeasured: {reason}",
    )  # fmt: skip
