"""Embeddings: how well the best linear classifier tells two periods apart."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from tokenward.types import DriftOutcome, DriftVectors

RIDGE = 1e-9
"""Of the variance, so that a component that never varies does not divide by 0."""


def auc(vectors: DriftVectors) -> DriftOutcome:
    """Returns 2 AUC - 1 of Fisher's discriminant, in [0, 1], and the p value of Hotelling's test.

    Between normal periods of equal covariance, the area under its curve is the normal distribution
    function of the root of half of Mahalanobis' distance squared (Su, Liu 1993,
    doi:10.1080/01621459.1993.10476417); that distance is freed of what it is by chance, so that the
    statistic does not depend on the rows. The test is exact there and near it for others, the means
    of many rows being normal (Hotelling 1931, doi:10.1214/aoms/1177732979).

    >>> chance = np.random.default_rng(1)
    >>> one, other = chance.normal(size=(2, 400, 8))
    >>> auc(DriftVectors(one, one)).statistic
    0.0
    >>> round(auc(DriftVectors(one, other + 0.5)).statistic, 1)
    0.7
    """
    n, m = vectors.sizes
    size = vectors.reference.shape[1]
    total = n + m
    if total - size - 3 <= 0 or not size:
        return DriftOutcome(0.0, 1.0)
    squared = mahalanobis(vectors)
    freedom = total - size - 1
    f = squared * n * m / total * freedom / (size * (total - 2))
    by_chance = size * total / (n * m)
    distance = max(0.0, squared * (total - size - 3) / (total - 2) - by_chance)
    area = float(special.ndtr(math.sqrt(distance / 2)))
    return DriftOutcome(2 * area - 1, float(special.fdtrc(size, freedom, f)))


def mahalanobis(vectors: DriftVectors) -> float:
    """Returns the squared distance of the means in their pooled covariance."""
    rows = len(vectors.reference) + len(vectors.current)
    difference = vectors.current.mean(axis=0) - vectors.reference.mean(axis=0)
    scatter = sum(
        (side - side.mean(axis=0)).T @ (side - side.mean(axis=0))
        for side in (vectors.reference, vectors.current)
    )
    pooled = np.atleast_2d(np.asarray(scatter)) / (rows - 2)
    scale = float(np.trace(pooled)) + float(difference @ difference)
    if not scale:
        return 0.0
    pooled += np.eye(len(pooled)) * (RIDGE * scale / len(pooled))
    return float(difference @ np.linalg.solve(pooled, difference))
