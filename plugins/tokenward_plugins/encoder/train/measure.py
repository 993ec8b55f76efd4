"""Measures scores: with intervals, at a few false positives, among texts of like lengths.

References:
    Efron and Tibshirani 1993, "An Introduction to the Bootstrap" (percentile intervals).
    Guo et al. 2017, "On Calibration of Modern Neural Networks" (arXiv:1706.04599): ECE.
    Dixon et al. 2018, "Measuring and Mitigating Unintended Bias" (doi 10.1145/3278721.3278729).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
RESAMPLES = 300
FEWEST = 8


@dataclass(frozen=True, slots=True)
class Quality:
    """AUC with its 95 % interval, and recall at 1 % and at 5 % false positives."""

    positives: int
    negatives: int
    auc: float
    low: float
    high: float
    recall_1: float
    recall_5: float


def auc(scores: Floats, truth: Truth) -> float:
    """Returns the share of pairs in which the positive scores higher; ties count half.

    >>> auc(np.array([0.1, 0.4, 0.4]), np.array([False, False, True]))
    0.75
    """
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    # the mean rank of the equal scores stands for each of them
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = int(truth.sum())
    negatives = len(truth) - positives
    won = ranks[truth].sum() - positives * (positives + 1) / 2
    return float(won / (positives * negatives))


def recall_at(scores: Floats, truth: Truth, rate: float) -> float:
    """Returns the share of positives above a threshold that at most ``rate`` negatives pass."""
    negatives = np.sort(scores[~truth])[::-1]
    allowed = int(rate * len(negatives))
    return float((scores[truth] > negatives[allowed]).mean())


def threshold_for(scores: Floats, rate: float, mass: Floats | None = None) -> float:
    """Returns the least score that at most ``rate`` of these, all of benign texts, reach.

    With ``mass`` a text counts as much as it says.

    >>> threshold_for(np.array([0.1, 0.2, 0.3, 0.9]), 0.25) > 0.3
    True
    >>> threshold_for(np.array([0.1, 0.2, 0.9]), 0.25, np.array([1.0, 1.0, 0.5])) > 0.2
    True
    """
    order = np.argsort(-scores, kind="stable")
    each = np.ones(len(scores)) if mass is None else mass
    # the highest score that would let too many pass is the last that must not
    over = np.cumsum(each[order]) > rate * each.sum() * (1 + 1e-9)
    return float(np.nextafter(scores[order][int(over.argmax())], np.inf))


def quality(scores: Floats, truth: Truth, seed: int = 0) -> Quality | None:
    """Returns the quality, or ``None`` where one of the classes has few texts."""
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if min(positives, negatives) < FEWEST:
        return None
    draw = np.random.default_rng(seed)
    yes, no = scores[truth], scores[~truth]
    drawn = [_resampled(yes, no, draw) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Quality(
        positives,
        negatives,
        auc(scores, truth),
        float(low),
        float(high),
        recall_at(scores, truth, 0.01),
        recall_at(scores, truth, 0.05),
    )


def _resampled(yes: Floats, no: Floats, draw: np.random.Generator) -> float:
    some, others = draw.choice(yes, len(yes)), draw.choice(no, len(no))
    truth = np.arange(len(some) + len(others)) < len(some)
    return auc(np.concatenate([some, others]), truth)


def like_lengths(lengths: Sequence[int], truth: Truth, seed: int = 0) -> NDArray[np.int64]:
    """Returns the texts of a comparison in which length tells nothing.

    In each class of length (a factor of 1.2 wide) as many negatives are drawn as there are
    positives, and the other way round where negatives are the fewer.
    """
    draw = np.random.default_rng(seed)
    classes = (np.log(np.maximum(lengths, 1)) / np.log(1.2)).astype(int)
    chosen: list[int] = []
    for some in np.unique(classes):
        here = classes == some
        yes, no = np.flatnonzero(here & truth), np.flatnonzero(here & ~truth)
        count = min(len(yes), len(no))
        for group in (yes, no):
            chosen += draw.choice(group, count, replace=False).tolist()
    return np.array(sorted(chosen), np.int64)


def calibration_error(scores: Floats, truth: Truth, weight: Floats | None = None) -> float:
    """Returns the expected calibration error: mean gap of score and share of positives, by tenths.

    >>> calibration_error(np.array([0.8] * 5), np.array([True] * 4 + [False]))
    0.0
    """
    mass = np.ones(len(scores)) if weight is None else weight
    tenths = np.minimum((scores * 10).astype(int), 9)
    error = 0.0
    for tenth in np.unique(tenths):
        here = tenths == tenth
        share = np.average(truth[here], weights=mass[here])
        gap = abs(np.average(scores[here], weights=mass[here]) - share)
        error += gap * mass[here].sum() / mass.sum()
    return round(float(error), 6)


def swap_change(before: Floats, after: Floats, threshold: float) -> tuple[float, float]:
    """Returns the mean change of scores, and the share that changes side of the threshold."""
    flips = (before >= threshold) != (after >= threshold)
    return float(np.abs(before - after).mean()), float(flips.mean())
