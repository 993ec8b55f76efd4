"""How well scores tell two classes apart: ROC-AUC, average precision, recall at few false alarms.

Rows are grouped by score, so that ties count as ties and a resample costs no sorting. Intervals are
percentiles of a seeded bootstrap that draws positives and negatives separately. Where every
resample gives the same value, as for perfect scores, the bootstrap says nothing: Wilson's interval
stands in, with the size of the smaller class for a sample, which is on the wide side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.testing.report import NotMeasuredError

RESAMPLES = 1000
MOST_COUNTS = 400_000
"""Counts drawn at a time, which bounds the memory that resamples take."""
SEED = 0
LEVEL = 0.95
NORMAL = 1.959963984540054
"""The 97.5 % quantile of the normal distribution, for 95 % intervals."""
FALSE_POSITIVES = 0.01

Counts = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the bounds of its 95 % interval, and how they were found."""

    value: float
    low: float
    high: float
    method: str = "bootstrap"

    def as_dict(self) -> dict[str, Any]:
        """Returns the estimate as ``tokenward evaluate --json`` prints it."""
        return {"value": self.value, "low": self.low, "high": self.high, "interval": self.method}


@dataclass(frozen=True, slots=True)
class Groups:
    """Numbers of positive and negative rows for each different score, the highest score first."""

    scores: Values
    positives: Counts
    negatives: Counts

    @classmethod
    def of(cls, scores: Sequence[float], labels: Sequence[bool]) -> Groups:
        """Groups rows; fails with ``NotMeasuredError`` where one of the classes is missing."""
        labelled = np.asarray(labels, dtype=bool)
        total, positive = len(labelled), int(labelled.sum())
        if positive in (0, total):
            missing = "negative" if positive else "positive"
            raise NotMeasuredError(f"no {missing} row among {total}; both classes are needed")
        different, places = np.unique(np.asarray(scores, dtype=float), return_inverse=True)
        size = len(different)
        return cls(
            different[::-1],
            np.bincount(places[labelled], minlength=size)[::-1].astype(np.int64),
            np.bincount(places[~labelled], minlength=size)[::-1].astype(np.int64),
        )

    @property
    def smaller(self) -> int:
        """The size of the smaller class."""
        return int(min(self.positives.sum(), self.negatives.sum()))


def roc_auc(positives: Counts, negatives: Counts) -> Values:
    """Returns the share of pairs in which the positive scores higher; a tie counts half.

    Takes counts by group (last axis), for one sample or many.
    """
    above = positives.cumsum(-1) - positives / 2
    pairs = positives.sum(-1) * negatives.sum(-1)
    result: Values = (negatives * above).sum(-1) / pairs
    return result


def average_precision(positives: Counts, negatives: Counts) -> Values:
    """Returns the mean of the precision at each positive, without interpolation."""
    hits = positives.cumsum(-1)
    taken = hits + negatives.cumsum(-1)
    precision = hits / np.maximum(taken, 1)
    result: Values = (positives * precision).sum(-1) / positives.sum(-1)
    return result


def recall_at(positives: Counts, negatives: Counts) -> Values:
    """Returns the recall at the lowest threshold with at most 1 % false positives."""
    allowed = np.floor(FALSE_POSITIVES * negatives.sum(-1, keepdims=True))
    fits = negatives.cumsum(-1) <= allowed
    hits = np.where(fits, positives.cumsum(-1), 0).max(-1)
    result: Values = hits / positives.sum(-1)
    return result


def threshold_at(groups: Groups) -> float | None:
    """Returns the lowest score with at most 1 % false positives; ``None`` where none has so few."""
    allowed = math.floor(FALSE_POSITIVES * groups.negatives.sum())
    fits = np.flatnonzero(groups.negatives.cumsum() <= allowed)
    return float(groups.scores[fits[-1]]) if len(fits) else None


Statistic = Callable[[Counts, Counts], Values]


def estimates(groups: Groups, statistics: dict[str, Statistic]) -> dict[str, Estimate]:
    """Returns each statistic with its interval, all from the same resamples."""
    source = np.random.default_rng(SEED)
    sizes = [counts.sum() for counts in (groups.positives, groups.negatives)]
    shares = [groups.positives / sizes[0], groups.negatives / sizes[1]]
    drawn: dict[str, list[Values]] = {name: [] for name in statistics}
    for batch in batches(len(groups.scores)):
        positives, negatives = (
            source.multinomial(size, share, batch)
            for size, share in zip(sizes, shares, strict=True)
        )
        for name, statistic in statistics.items():
            drawn[name].append(statistic(positives, negatives))
    return {
        name: interval(
            float(statistic(groups.positives, groups.negatives)),
            np.concatenate(drawn[name]),
            groups.smaller,
        )
        for name, statistic in statistics.items()
    }


def batches(size: int) -> list[int]:
    """Returns how many resamples of a size to draw at a time.

    >>> batches(1000), len(batches(4_000_000))
    ([400, 400, 200], 1000)
    """
    most = max(1, MOST_COUNTS // size)
    return [min(most, RESAMPLES - at) for at in range(0, RESAMPLES, most)]


def interval(value: float, resampled: Values, sample: int) -> Estimate:
    """Returns a value with its 95 % interval, Wilson's where the resamples are all alike."""
    low, high = (float(bound) for bound in np.quantile(resampled, [0.025, 0.975]))
    if high - low > 1e-12:  # noqa: PLR2004  # rounding
        return Estimate(value, min(low, value), max(high, value))
    return Estimate(value, *wilson(value, sample), method="wilson")


def wilson(share: float, sample: int) -> tuple[float, float]:
    """Returns Wilson's 95 % interval of a share.

    >>> [round(bound, 3) for bound in wilson(1.0, 50)]
    [0.929, 1.0]

    References:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference,
        J. Am. Stat. Assoc. 22 (1927).
    """
    squared = NORMAL**2
    centre = share + squared / (2 * sample)
    spread = NORMAL * math.sqrt(share * (1 - share) / sample + squared / (4 * sample**2))
    scale = 1 + squared / sample
    low, high = (round(bound / scale, 12) for bound in (centre - spread, centre + spread))
    return max(0.0, low), min(1.0, high)
