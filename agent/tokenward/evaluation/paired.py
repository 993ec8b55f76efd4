"""Two detectors on the same rows: differences with intervals that know that rows are the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from tokenward.evaluation.delong import Difference, auc_difference
from tokenward.evaluation.groups import Groups, Truths
from tokenward.evaluation.resampled import STATISTICS
from tokenward.statistics.estimates import Values, ends
from tokenward.statistics.resampling import Counts, resamples, rows
from tokenward.statistics.shares import mcnemar, paired

Sides = tuple[Groups, Groups]


def differences(sides: Sides, truths: Truths, seed: int) -> dict[str, Any]:
    """Returns each measure of the first detector less that of the second.

    The AUC's interval and p value are DeLong's for correlated curves; the others' intervals are
    percentiles of resamples in which both detectors get the same rows.
    """
    found = auc_difference(*sides, truths)
    return {
        "auc": found and as_dict(found),
        **{name: as_dict(one) for name, one in _resampled(sides, truths, seed).items()},
    }


def as_dict(one: Difference) -> dict[str, Any]:
    """Returns a difference as ``tokenward evaluate --json`` prints it."""
    told = {"value": one.value, "low": one.low, "high": one.high, "interval": one.method}
    return told if one.p_value is None else {**told, "p_value": one.p_value}


def _resampled(sides: Sides, truths: Truths, seed: int) -> dict[str, Difference]:
    source = np.random.default_rng(seed)
    classes = np.flatnonzero(truths), np.flatnonzero(~truths)
    drawn: dict[str, list[float]] = {name: [] for name in STATISTICS}
    draws = [rows(source, len(some), resamples(len(truths))) for some in classes]
    for picked in zip(*draws, strict=True):
        # both detectors get the same rows, or the interval would be that of strangers
        chosen = [some[places] for some, places in zip(classes, picked, strict=True)]
        counts = [[_counts(side, some) for some in chosen] for side in sides]
        for name, statistic in STATISTICS.items():
            one, other = (float(statistic(*side)) for side in counts)
            drawn[name].append(one - other)
    told = {}
    for name, statistic in STATISTICS.items():
        one, other = (float(statistic(side.positives, side.negatives)) for side in sides)
        low, high = ends(np.array(drawn[name]))
        value = one - other
        told[name] = Difference(value, min(low, value), max(high, value), "paired bootstrap")
    return told


def _counts(groups: Groups, chosen: Values) -> Counts:
    return np.bincount(groups.places[chosen], minlength=len(groups.scores)).astype(np.int64)


def at_thresholds(
    scores: tuple[Values, Values], truths: Truths, thresholds: tuple[float, float]
) -> dict[str, Any]:
    """Returns the differences of recall and of the false positive rate, each at its threshold.

    Intervals are Newcombe's for paired shares, p values McNemar's (mid-p).
    """
    over = [some >= threshold for some, threshold in zip(scores, thresholds, strict=True)]
    return {
        "recall": _share(over[0][truths], over[1][truths]),
        "false_positive_rate": _share(over[0][~truths], over[1][~truths]),
    }


def _share(one: Truths, other: Truths) -> dict[str, Any] | None:
    if not len(one):
        return None
    both, neither = int((one & other).sum()), int((~one & ~other).sum())
    first, second = int((one & ~other).sum()), int((~one & other).sum())
    low, high = paired(both, first, second, neither)
    return {
        "value": (first - second) / len(one),
        "low": low,
        "high": high,
        "interval": "newcombe",
        "p_value": mcnemar(first, second),
        "only_first": first,
        "only_second": second,
    }
