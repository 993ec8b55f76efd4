"""Comparisons as Prometheus text, to be pushed or collected: how builds change over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from tokenward.compare.named import model_name, optimized_names
from tokenward.compare.report.finite import sayable
from tokenward.compare.result import Comparison, MetricResult

CODES: Mapping[str, int] = MappingProxyType({"pass": 0, "inconclusive": 1, "fail": 2})
FAMILIES: Mapping[str, tuple[str, Callable[[MetricResult], float | None]]] = MappingProxyType({
    "base": ("Value of the base.", lambda one: one.base),
    "optimized": ("Value of the optimized model.", lambda one: one.optimized),
    "difference": (
        "Optimized less base; of ratios and blocks the quotient less 1.",
        lambda one: one.difference,
    ),
    "difference_low": ("Lower end of the interval.", lambda one: one.low),
    "difference_high": ("Upper end of the interval.", lambda one: one.high),
    "margin": ("Margin of the gate.", lambda one: one.margin),
    "noise_floor": ("The optimized model against itself.", lambda one: one.floor),
    "cases": ("Cases that both models answered.", lambda one: one.n),
    "outcome": (
        "Outcome of the metric: 0 pass, 1 inconclusive, 2 fail; only of gated metrics.",
        lambda one: CODES.get(one.result),
    ),
})  # fmt: skip
"""Gauges of each metric: what they are, and their value."""


def to_prometheus(comparisons: Sequence[Comparison]) -> str:
    """Returns the text exposition format; numbers that are none are left out."""
    names = optimized_names(comparisons)
    models = [
        {"base": model_name(one.base, "base"), "optimized": name}
        for one, name in zip(comparisons, names, strict=True)
    ]
    listed = list(zip(comparisons, models, strict=True))
    blocks = [
        _family(
            "result",
            "Outcome of the comparison: 0 pass, 1 inconclusive, 2 fail.",
            ((labels, CODES[one.result]) for one, labels in listed),
        ),
        _family(
            "must_pass_failures",
            "Cases that must never fail, and did.",
            ((labels, sum(not case.passed for case in one.must_pass)) for one, labels in listed),
        ),
        _family(
            "duration_seconds",
            "What the comparison took.",
            ((at, one.seconds) for one, at in listed),
        ),
    ]
    for family, (told, value) in FAMILIES.items():
        samples = (
            ({**labels, "metric": metric.name}, value(metric))
            for one, labels in listed
            for metric in one.metrics
        )
        blocks.append(_family(family, told, samples))
    return sayable("".join(blocks))


def _family(name: str, told: str, samples: Iterator[tuple[Mapping[str, str], float | None]]) -> str:
    lines = [
        f"tokenward_compare_{name}{{{_labels(labels)}}} {value:.10g}"
        for labels, value in samples
        if value is not None and math.isfinite(value)
    ]
    if not lines:
        return ""
    head = [
        f"# HELP tokenward_compare_{name} {told}",
        f"# TYPE tokenward_compare_{name} gauge",
    ]
    return "\n".join([*head, *dict.fromkeys(lines)]) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{key}="{escape(value)}"' for key, value in labels.items())


def escape(value: str) -> str:
    r"""Returns the value of a label as the format writes it.

    >>> print(escape('a "b"'))
    a \"b\"
    """
    plain = value.replace("\\", "\\\\").replace('"', '\\"')
    return "\\n".join(plain.splitlines()) if plain.splitlines() else plain
