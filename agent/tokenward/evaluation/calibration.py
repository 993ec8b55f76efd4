"""Whether scores are probabilities: mean score and share of positives in bins of as many rows.

References:
    Naeini, Cooper and Hauskrecht 2015, doi:10.1609/aaai.v29i1.9602 (expected calibration error);
    Nguyen and O'Connor 2015, doi:10.18653/v1/D15-1182 (bins of equal mass).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tokenward.evaluation.groups import Groups
from tokenward.statistics.estimates import Values
from tokenward.statistics.resampling import Counts
from tokenward.statistics.shares import wilson

BINS = 15
SIMULATED = 200


def calibration(groups: Groups, seed: int, bins: int = BINS) -> dict[str, Any]:
    """Returns the expected calibration error with its bins, and what chance alone would show.

    Rows of one score stay together, so there may be fewer bins. ``by_chance`` is the error that a
    detector with perfect scores would exceed on as many rows one time in twenty.
    """
    totals = groups.positives + groups.negatives
    starts = _starts(totals, bins)
    weights = np.add.reduceat(totals, starts).astype(float)
    means = np.add.reduceat(totals * groups.scores, starts) / weights
    positives = np.add.reduceat(groups.positives, starts).astype(float)
    error = _error(positives, means, weights)
    shares = np.clip(groups.scores, 0, 1)
    source = np.random.default_rng(seed)
    drawn = np.array([
        _error(np.add.reduceat(source.binomial(totals, shares), starts), means, weights)
        for _ in range(SIMULATED)
    ])  # fmt: skip
    brier = groups.positives @ (1 - groups.scores) ** 2 + groups.negatives @ groups.scores**2
    return {
        "expected_calibration_error": error,
        "by_chance": float(np.quantile(drawn, 0.95)),
        "brier_score": float(brier / totals.sum()),
        "bins": [
            _bin(groups, starts, at, means, weights, positives)
            for at in reversed(range(len(starts)))
        ],
    }


def _starts(totals: Counts, bins: int) -> Counts:
    """Returns the groups with which bins of about as many rows begin."""
    before = totals.cumsum() - totals
    number = np.minimum((before + totals / 2) * bins // totals.sum(), bins - 1)
    return np.flatnonzero(np.diff(number, prepend=-1)).astype(np.int64)


def _error(positives: Values, means: Values, weights: Values) -> float:
    gaps = np.abs(positives / weights - means)
    return float(gaps @ weights / weights.sum())


def _bin(
    groups: Groups, starts: Counts, at: int, means: Values, weights: Values, positives: Values
) -> dict[str, Any]:
    first = int(starts[at])
    after = int(starts[at + 1]) if at + 1 < len(starts) else len(groups.scores)
    share = float(positives[at] / weights[at])
    low, high = wilson(share, float(weights[at]))
    return {
        "from": float(groups.scores[after - 1]),
        "to": float(groups.scores[first]),
        "rows": int(weights[at]),
        "mean_score": float(means[at]),
        "share": share,
        "low": low,
        "high": high,
    }
