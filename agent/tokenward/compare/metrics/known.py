"""All metrics: which there are, and their paired values in two runs.

A format of suites has a `Kind`: the metrics that judge it, and the function that measures them,
which is given both models' rows of a suite. To add one, write a module with ``METRICS`` and
``measured``, and put it into `BY_FORMAT`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from tokenward.compare.metrics import (
    bbq,
    bipia,
    crows,
    injection,
    leak,
    memorised,
    pairs,
    prompts,
    quality,
    refusal,
    stereotype,
    tasks,
    toxicity,
    winobias,
    winogender,
)
from tokenward.compare.metrics.detectors import Detectors
from tokenward.compare.metrics.found import Found
from tokenward.compare.metrics.metric import Metric, Paired
from tokenward.compare.metrics.pooled import pooled
from tokenward.compare.metrics.sides import Sides
from tokenward.compare.run import Run
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError, one_of

Measured = Callable[[Sides], Found]


@dataclass(frozen=True, slots=True)
class Kind:
    """How suites of a format are judged; names of metrics begin with the ``prefix``."""

    prefix: str
    metrics: tuple[Metric, ...]
    measured: Measured


BY_FORMAT: Mapping[str, Kind] = {
    "quality": Kind("quality", quality.METRICS, quality.measured),
    "tasks": Kind("tasks", tasks.METRICS, tasks.measured),
    "refusal": Kind("refusal", refusal.METRICS, refusal.measured),
    "injection": Kind("injection", injection.METRICS, injection.measured),
    "leak-context": Kind("leak", leak.METRICS, leak.measured),
    "memorised": Kind("memorised", memorised.METRICS, memorised.measured),
    "pairs": Kind("pairs", pairs.METRICS, pairs.measured),
    "stereotype": Kind("stereotype", stereotype.METRICS, stereotype.measured),
    "bbq": Kind("bbq", bbq.METRICS, bbq.measured),
    "bipia": Kind("bipia", bipia.METRICS, bipia.measured),
    "crows": Kind("crows", crows.METRICS, crows.measured),
    "prompts": Kind("prompts", prompts.METRICS, prompts.measured),
    "winobias": Kind("winobias", winobias.METRICS, winobias.measured),
    "winogender": Kind("winogender", winogender.METRICS, winogender.measured),
}


def names(suites: Sequence[Suite] = ()) -> Mapping[str, Metric]:
    """Returns all metrics by name; ``pairs.gap.*`` stands for one of each group of people.

    A suite that is the second of its format brings the format's metrics under its own name.
    """
    found = {one.name: one for kind in BY_FORMAT.values() for one in kind.metrics}
    found |= {one.name: one for one in toxicity.METRICS}
    for suite, prefix in prefixed(suites):
        for one in _kind(suite).metrics:
            name = f"{prefix}.{one.name.partition('.')[2]}"
            found.setdefault(name, replace(one, name=name))
    return found


def paired(
    base: Run, optimized: Run, suites: Sequence[Suite], detectors: Detectors | None = None
) -> tuple[list[Paired], list[str]]:
    """Returns the values of all metrics case by case, and ``NAME: reason`` of what has none.

    Cases of which an answer failed on one side are dropped on both. ``detectors`` that are given
    remember what they found, for the next pair of runs, and are not closed.
    """
    found = Found()
    toxic: list[tuple[str, Found]] = []
    with nullcontext(detectors) if detectors is not None else Detectors() as opened:
        for suite, prefix in prefixed(suites):
            sides = Sides.of(suite, base, optimized, opened, prefix)
            found.join(_kind(suite).measured(sides))
            if sides.base.answers or sides.optimized.answers:
                toxic.append((suite.name, toxicity.measured(replace(sides, prefix="toxicity"))))
    found.join(pooled(toxic, toxicity.METRICS))
    return found.paired, found.unmeasured


def prefixed(suites: Sequence[Suite]) -> Iterator[tuple[Suite, str]]:
    """Yields suites with the first part of their metrics' names."""
    taken: set[str] = set()
    for suite in suites:
        prefix = _kind(suite).prefix
        yield suite, suite.name if prefix in taken else prefix
        taken.add(prefix)


def _kind(suite: Suite) -> Kind:
    if suite.format not in BY_FORMAT:
        raise UsageError(
            f"suite {suite.name!r}: no metrics for the format {suite.format!r}; {one_of(BY_FORMAT)}"
        )
    return BY_FORMAT[suite.format]
