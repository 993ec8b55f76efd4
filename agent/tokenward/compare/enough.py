"""Whether a gate can be passed with the cases that there are: checked before models run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tokenward.compare.fed import feeding
from tokenward.compare.gate.gate import Bound, Gate
from tokenward.compare.gate.matching import matching
from tokenward.compare.gate.read import DEFAULT
from tokenward.compare.judge import Size, impossible
from tokenward.compare.metrics.metric import Metric
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError


@dataclass(frozen=True, slots=True)
class Planned:
    """A gated metric with the cases that will feed it."""

    metric: Metric
    bound: Bound
    size: Size


def planned(gate: Gate, suites: Sequence[Suite], known: Mapping[str, Metric]) -> Iterator[Planned]:
    """Yields the gated metrics of the suites that run."""
    for bound in gate.bounds:
        for metric in matching(bound.metric, known):
            cases = feeding(metric.name, suites)
            if cases:
                clusters = len({case.cluster for case in cases})
                yield Planned(metric, bound, Size(len(cases), clusters, metric.kind))


def check_enough(gate: Gate, suites: Sequence[Suite], known: Mapping[str, Metric]) -> None:
    """Refuses a gate that models which are equal could not pass, and says what it takes."""
    lines = impossible(gate, {one.metric.name: one.size for one in planned(gate, suites, known)})
    if lines:
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        wider = "give --gate with a wider one" if gate.source == DEFAULT else "widen what is asked"
        raise UsageError(f"{lines[0]}: add cases, or {wider}{more}")
