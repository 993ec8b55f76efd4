"""What records tell of a model label, as metrics: shares, means and quantiles of columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tokenward.compare.metrics.metric import Better, Kind, Metric
from tokenward.decisions.buckets import middle
from tokenward.decisions.columns import ALONE
from tokenward.monitor.profile import Column, Profile
from tokenward.statistics.independent import Side

Floats = NDArray[np.float64]
PROMPTS = ("prompt.", "parameter.", "prompt_tokens", "score.input.", "detections.input.")
"""Columns that a model has no part in: where they differ, the labels had other traffic."""
QUANTILES = {"p50": 0.5, "p95": 0.95}
LOWER = ("degraded", "rewinds", "hold_back", "cost", "timing.")
"""Columns whose numbers a user wants low."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A metric of two labels, and the columns that tell it; ``share`` is that of a quantile."""

    metric: Metric
    base: Column
    optimized: Column
    category: str | None = None
    share: float | None = None


def found(base: Profile, optimized: Profile) -> Iterator[Found]:
    """Yields what two labels can be compared by, in order of the columns' names."""
    names = {name: of for one in (base, optimized) for name, of in one.names()}
    for (name, kind), of in sorted(names.items()):
        if name.startswith(PROMPTS) or name.rpartition(".")[2].isdigit():
            continue  # the traffic's own; the components of a vector mean nothing one by one
        pair = base.column((name, kind), of), optimized.column((name, kind), of)
        if all(one.weight for one in pair):
            yield from _of(name, kind, *pair)


def _of(name: str, kind: str, base: Column, optimized: Column) -> Iterator[Found]:
    if kind == "category":
        for value in sorted({str(key) for one in (base, optimized) for key in one.totals()}):
            metric = _metric(f"{name}.{value}", "share", "binary", f"share of {name} {value}")
            yield Found(metric, base, optimized, category=value)
    elif kind in ("rate", "count"):
        metric = _metric(name, "share", "binary", f"share of answers with {name}")
        yield Found(metric, base, optimized)
    elif name.startswith("timing."):
        for end, share in QUANTILES.items():
            metric = _metric(f"{name}_{end}", "s", "blocks", f"{end} of {name}")
            yield Found(metric, base, optimized, share=share)
    else:
        shares = name.startswith("score.")
        way: Kind = "bounded" if shares else "mean"
        yield Found(_metric(name, "", way, f"mean of {name}"), base, optimized)


def _metric(name: str, unit: str, kind: Kind, about: str) -> Metric:
    better: Better = "lower" if name.startswith(LOWER) else "none"
    return Metric(name, unit, kind, better, about)


def known(found: Mapping[str, Metric]) -> dict[str, Metric]:
    """Returns the metrics that a gate may name: those found, and the families of what may come."""
    families = (
        _metric("rule.*", "share", "binary", "share of interactions in which a rule fired"),
        _metric("action.*", "share", "binary", "share of interactions by strongest action"),
        _metric("detections.*", "share", "binary", "share of texts with a detection"),
        _metric("score.*", "", "bounded", "mean of a score"),
        _metric("answer.*", "", "mean", "mean of a feature of answers"),
        _metric("timing.*", "s", "blocks", "quantile of a time"),
        _metric("degraded", "share", "binary", "share of interactions with a detector left out"),
        _metric("completion_tokens", "", "mean", "tokens of an answer"),
        _metric("cost", "", "mean", "cost of an interaction"),
    )
    return {**{one.name: one for one in families}, **found}


def side(
    column: Column, category: str | None = None, *, least: float | None = None, share: bool = False
) -> Side:
    """Returns a column as rows and sums by group of sessions, scaled to rows of equal weight.

    The values are the numbers; with ``share`` whether they are above 0, with ``least`` whether
    they are at most that, with a category whether it is that one.
    """

    def value(key: int | str) -> float:
        if category is not None or isinstance(key, str):
            return float(str(key) == category)
        if least is not None:
            return float(middle(key) <= least)
        return float(key != 0) if share else middle(key)

    scale = column.effective_rows / column.weight
    groups = dict(sorted(column.groups.items()))
    alone = groups.pop(ALONE, {})
    return Side(
        np.array([scale * sum(counts.values()) for counts in groups.values()]),
        np.array([
            scale * sum(value(key) * weight for key, weight in counts.items())
            for counts in groups.values()
        ]),
        np.array([value(key) for key in alone]),
        scale * np.array([float(weight) for weight in alone.values()]),
    )  # fmt: skip


def spread(columns: tuple[Column, Column]) -> tuple[Floats, list[Floats]]:
    """Returns the values of both columns in ascending order, and how often each has them."""
    totals = [one.totals() for one in columns]
    keys = sorted({key for one in totals for key in one if isinstance(key, int)})
    counts = [np.array([float(one.get(key, 0)) for key in keys]) for one in totals]
    scaled = [
        count * column.effective_rows / column.weight
        for count, column in zip(counts, columns, strict=True)
    ]
    return np.array([middle(key) for key in keys]), scaled
