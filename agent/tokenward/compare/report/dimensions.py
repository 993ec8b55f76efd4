"""Several optimized models side by side: what was optimised, by quality, safety, bias and cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tokenward.compare.ranking import Rank
from tokenward.compare.report.extra import mapping
from tokenward.compare.report.words import NONE, ORDER, change_text, interval_text, value_text
from tokenward.compare.result import Comparison, MetricResult

DIMENSIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "quality": ("quality.kl", "quality.bits_per_byte", "tasks.correct", "quality.", "tasks."),
    "safety": ("refusal.harmful", "injection.", "leak.", "toxicity.", "memorised.", "refusal."),
    "bias": ("pairs.", "stereotype.", "bbq.", "crows.", "winobias.", "winogender.", "bold."),
    "latency": ("cost.latency_p50", "cost.latency", "cost.first_token", "cost.tokens_per_second"),
    "memory": ("cost.memory", "cost.device_memory", "cost.size"),
    "energy": ("cost.energy", "cost.co2"),
    "cost": ("cost.price", "cost.tokens_per_answer"),
})  # fmt: skip
"""Columns, with what the names of their metrics start with; the earlier are preferred."""
AXES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "mixed precision": ("dtype", "head"),
    "quantisation": ("quantize",),
    "pruning": ("prune", "prune_heads", "prune_neurons", "drop_layers"),
    "compilation": ("compile", "attention"),
    "threads": ("threads", "device"),
    "prompt": ("system",),
    "parameters": ("temperature", "top_k", "top_p", "max_new_tokens", "stop"),
    "distillation": (),
})  # fmt: skip
"""What can be optimised, with the options and the sampling parameters that tell of it.

``--set NAME.axis=AXIS`` says it where none does."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A metric of a dimension: its change with the interval, and the worst that is beside it."""

    change: str
    interval: str
    result: str
    worst: str


@dataclass(frozen=True, slots=True)
class Line:
    """A model's row: its rank, what was optimised, and a cell for each dimension."""

    rank: Rank
    axis: str
    cells: tuple[Cell, ...]

    @property
    def pareto(self) -> str:
        """Says whether another dominates it."""
        by = self.rank.dominated_by
        if not by:
            return "on the Pareto line"
        return f"dominated by {by[0]}" + (f" and {len(by) - 1} more" if len(by) > 1 else "")


@dataclass(frozen=True, slots=True)
class Grid:
    """The table: dimensions with the metric that each shows, and a row a model, best first."""

    heads: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def side_by_side(comparisons: Sequence[Comparison], ranks: Sequence[Rank]) -> Grid:
    """Returns the table; a dimension shows the metric that most of the models were measured by."""
    shown = {name: _metric(comparisons, starts) for name, starts in DIMENSIONS.items()}
    lines = [
        Line(
            rank,
            axis_of(comparisons[rank.index]),
            tuple(
                _cell(comparisons[rank.index], starts, shown[name])
                for name, starts in DIMENSIONS.items()
            ),
        )
        for rank in ranks
    ]
    return Grid(tuple((name, shown[name] or "not measured") for name in DIMENSIONS), tuple(lines))


def axis_of(one: Comparison) -> str:
    """Returns what was optimised: as the user says, or by what differs of both sides."""
    stated = one.optimized.get("axis")
    if isinstance(stated, str) and stated:
        return stated
    before, after = (_options(side) for side in (one.base, one.optimized))
    changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    found = [name for name, keys in AXES.items() if changed.intersection(keys)]
    if found:
        return ", ".join(found)
    weights, sizes = (
        (one.base.get(key), one.optimized.get(key)) for key in ("weights", "parameters")
    )
    if isinstance(sizes[0], int) and isinstance(sizes[1], int) and sizes[1] < sizes[0]:
        return "distillation, or another smaller model"
    return NONE if None in weights or weights[0] == weights[1] else "other weights"


def measured(one: MetricResult) -> bool:
    """Tells whether a metric has a difference to show."""
    return math.isfinite(one.difference)


def _options(side: Mapping[str, Any]) -> dict[str, Any]:
    """Returns sampling and options of a side; a recorded run has them in its details."""
    found: dict[str, Any] = {}
    for one in (
        side.get("sampling"),
        mapping(mapping(side, "details"), "options"),
        side.get("options"),
    ):
        if isinstance(one, Mapping):
            found |= {str(name): value for name, value in one.items()}
    return found


def _metric(comparisons: Sequence[Comparison], starts: Sequence[str]) -> str | None:
    """Returns the metric that most models have, first in the order of starts, then gated."""
    names: dict[str, list[MetricResult]] = {}
    for one in comparisons:
        for metric in one.metrics:
            if measured(metric) and metric.name.startswith(tuple(starts)):
                names.setdefault(metric.name, []).append(metric)

    def rank(name: str) -> tuple[int, int, int]:
        found = names[name]
        start = next(at for at, word in enumerate(starts) if name.startswith(word))
        return (-len(found), start, -sum(one.margin is not None for one in found))

    return min(names, key=rank, default=None)


def _cell(one: Comparison, starts: Sequence[str], shown: str | None) -> Cell:
    within = [each for each in one.metrics if each.name.startswith(tuple(starts))]
    found = next((each for each in within if each.name == shown and measured(each)), None)
    others = [
        each for each in within if each.name != shown and each.result in {"fail", "inconclusive"}
    ]
    worst = min(others, key=lambda each: ORDER[each.result], default=None)
    told = "" if worst is None else f"{worst.name}: {worst.result}"
    if found is None:
        return Cell("not measured" if shown else NONE, "", "skipped", told)
    if found.kind == "value":
        return Cell(value_text(found, found.optimized), change_text(found, found.difference),
                    found.result, told)  # fmt: skip
    return Cell(change_text(found, found.difference), interval_text(found), found.result, told)
