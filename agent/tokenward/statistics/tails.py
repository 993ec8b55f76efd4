"""Tails of values that come in clusters: percentiles and their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tokenward.statistics.clusters import Clusters, Names

Values = NDArray[np.float64]
DRAWS = 499
SEED = 0


@dataclass(frozen=True, slots=True)
class Tail:
    """A percentile of values with its interval over resampled clusters."""

    share: float
    value: float
    low: float
    high: float


def tails(
    values: Values,
    clusters: Names | None = None,
    shares: Sequence[float] = (0.99, 0.999, 1.0),
    alpha: float = 0.05,
) -> list[Tail]:
    """Returns percentiles of values, such as of KL by token; shape (n,), share 1 is the largest.

    Clusters are drawn whole, for tokens of a text are not independent. What was never seen is in no
    resample, so the upper end of the largest value is that value: nothing to gate on.

    References:
        Davison and Hinkley 1997, Bootstrap Methods and their Application, section 3.8.
    """
    values = np.asarray(values, float)
    grouped = Clusters.of(clusters, len(values))
    order = np.argsort(values, kind="stable")
    ordered, codes = values[order], grouped.codes[order]
    drawn = _drawn(ordered, codes, grouped.number, shares)
    ends = np.quantile(drawn, [alpha, 1 - alpha], axis=0)
    places = np.minimum((np.asarray(shares) * len(values)).astype(int), len(values) - 1)
    return [
        Tail(share, float(ordered[place]), float(low), float(high))
        for share, place, low, high in zip(shares, places, *ends, strict=True)
    ]


def _drawn(
    ordered: Values, codes: NDArray[np.int64], number: int, shares: Sequence[float]
) -> Values:
    """Returns the percentiles of resamples; shape (`DRAWS`, shares)."""
    source = np.random.default_rng(SEED)
    told = np.empty((DRAWS, len(shares)))
    for at in range(DRAWS):
        often = np.bincount(source.integers(0, number, number), minlength=number)
        reached = often[codes].cumsum()
        places = np.searchsorted(reached, np.asarray(shares) * reached[-1])
        told[at] = ordered[np.minimum(places, len(ordered) - 1)]
    return told
