"""Which layers, or which step of a recipe, broke the metric that decides: looked for on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tokenward.compare.asked import Asked, Progress, Side
from tokenward.compare.bisect.search import bisect
from tokenward.compare.fed import feeding
from tokenward.compare.result import MetricResult
from tokenward.errors import UsageError

FOLDER = "bisect"
KEY = "bisection"
"""The key of `MetricResult.extra` that has what was found."""


def with_bisection(
    asked: Asked, side: Side, results: tuple[MetricResult, ...], progress: Progress
) -> tuple[MetricResult, ...]:
    """Returns results with what broke the first metric that failed, where that was asked for."""
    failed = broken(asked, results) if asked.bisect else None
    if failed is None:
        return results
    for one in (asked.base, side):
        if one.recorded:
            raise UsageError(f"--bisect: {one.name} is a recorded run, whose layers are not there")
    found = bisect(
        asked.base.source,
        side.source,
        side.options,
        asked.suites,
        failed.name,
        sampling=side.sampling,
        folder=asked.folder / side.name / FOLDER,
        base_options=asked.base.options,
        alpha=asked.gate.alpha,
        progress=lambda line: progress(f"{side.name}: bisect: {line}"),
    )
    told = replace(failed, extra={**failed.extra, KEY: found.as_dict()})
    return tuple(told if one is failed else one for one in results)


def broken(asked: Asked, results: Sequence[MetricResult]) -> MetricResult | None:
    """Returns the first metric of cases that failed; cost is not in any layer."""
    return next(
        (one for one in results if one.result == "fail" and one.n
         and feeding(one.name, asked.suites)),
        None,
    )  # fmt: skip
