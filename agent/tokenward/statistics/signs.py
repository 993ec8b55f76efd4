"""Tests of paired differences that suppose no shape; they are shown beside intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tokenward.statistics.clusters import Clusters, Names

Values = NDArray[np.float64]
DRAWS = 1999
SEED = 0
EXACT = 12
"""Clusters up to which all signs are tried."""
SAME = 1e-12


def mcnemar_exact(first: int, second: int) -> float:
    """Returns how likely rows that differ would be as one-sided by chance; exact, so too careful.

    >>> round(mcnemar_exact(6, 16), 4)
    0.0525

    References:
        McNemar 1947, doi:10.1007/BF02295996.
    """
    from scipy.special import bdtr  # noqa: PLC0415  # not light

    number = first + second
    return min(1.0, 2 * float(bdtr(min(first, second), number, 0.5))) if number else 1.0


def wilcoxon(x: Values) -> float:
    """Returns Wilcoxon's two-sided p of differences; those of 0 count for neither side.

    References:
        Wilcoxon 1945, doi:10.2307/3001968.
    """
    from scipy.stats import wilcoxon as ranked  # noqa: PLC0415  # not light

    moved = x[np.abs(x) > SAME]
    if not len(moved):
        return 1.0
    return float(ranked(moved, method="exact" if _distinct(moved) else "asymptotic").pvalue)


def permuted(x: Values, clusters: Names | None = None) -> float:
    """Returns the two-sided p of a sum when whole clusters change their sign by chance.

    All signs are tried of few clusters, else `DRAWS` of them.

    References:
        Fisher 1935, The Design of Experiments, section 21.
    """
    sums = Clusters.of(clusters, len(x)).sums(np.asarray(x, float))
    total = abs(float(sums.sum()))
    moved = np.sort(np.abs(sums)[np.abs(sums) > SAME])  # neither names nor order matter
    if not len(moved):
        return 1.0
    reached = np.abs(_signs(len(moved)) @ moved) >= total - SAME * len(moved)
    if len(moved) <= EXACT:
        return float(reached.mean())
    return float((reached.sum() + 1) / (DRAWS + 1))


def _signs(number: int) -> Values:
    """Returns all signs of few, and drawn ones of many."""
    if number <= EXACT:
        heads = (np.arange(2**number)[:, None] >> np.arange(number)) & 1 > 0
    else:
        heads = np.random.default_rng(SEED).integers(0, 2, (DRAWS, number), dtype=np.int8) > 0
    return np.where(heads, 1.0, -1.0)


def _distinct(moved: Values) -> bool:
    """Tells whether the ranks have no ties and are few, so that the exact test applies."""
    few = 50
    return len(moved) <= few and len(np.unique(np.abs(moved))) == len(moved)
