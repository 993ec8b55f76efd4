"""How well scores tell two classes apart: ROC-AUC, average precision, recall at few false alarms.

All of them take counts by group, the highest score first (last axis), of one sample or of many.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tokenward.evaluation.groups import Groups
from tokenward.statistics.estimates import Values
from tokenward.statistics.resampling import Counts

Statistic = Callable[[Counts, Counts], Values]
Point = tuple[float, float, float]
MOST_POINTS = 200


def roc_auc(positives: Counts, negatives: Counts) -> Values:
    """Returns the share of pairs in which the positive scores higher; a tie counts half.

    References:
        Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747.
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


def recall_at(rate: float) -> Statistic:
    """Returns what gives the recall at the lowest threshold with at most that false positive rate.

    >>> some = Groups.of([0.9, 0.8, 0.7, 0.1], [True, False, True, False])
    >>> float(recall_at(0.5)(some.positives, some.negatives))
    1.0
    """

    def recall(positives: Counts, negatives: Counts) -> Values:
        allowed = np.floor(rate * negatives.sum(-1, keepdims=True))
        fits = negatives.cumsum(-1) <= allowed
        hits = np.where(fits, positives.cumsum(-1), 0).max(-1)
        result: Values = hits / positives.sum(-1)
        return result

    return recall


def threshold_at(groups: Groups, rate: float) -> float | None:
    """Returns the lowest score with at most a false positive rate; ``None`` where none has it."""
    allowed = math.floor(rate * groups.negative)
    fits = np.flatnonzero(groups.negatives.cumsum() <= allowed)
    return float(groups.scores[fits[-1]]) if len(fits) else None


def roc_points(groups: Groups) -> list[Point]:
    """Returns (false positive rate, recall, threshold), from nothing found to everything found."""
    false = groups.negatives.cumsum() / groups.negative
    true = groups.positives.cumsum() / groups.positive
    return [(0.0, 0.0, math.inf), *_thinned(false, true, groups.scores)]


def precision_points(groups: Groups) -> list[Point]:
    """Returns (recall, precision, threshold), from the highest score down."""
    hits = groups.positives.cumsum()
    precision = hits / (hits + groups.negatives.cumsum())
    return _thinned(hits / groups.positive, precision, groups.scores)


def _thinned(x: Values, y: Values, scores: Values) -> list[Point]:
    """Returns the points, those left out that stand near others along the line."""
    steps = np.abs(np.diff(x)) + np.abs(np.diff(y))
    way = np.concatenate([[0.0], steps.cumsum()])
    wanted = np.linspace(0.0, way[-1], MOST_POINTS)
    kept = np.unique(np.searchsorted(way, wanted - 1e-12).clip(0, len(x) - 1))
    return [(float(x[at]), float(y[at]), float(scores[at])) for at in kept]
