"""Tests of whether two periods have the same shares, right for any counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tokenward.types import DriftTable

Floats = NDArray[np.float64]

LEAST_EXPECTED = 5.0
"""Cells that expect fewer rows than this (Cochran 1954) are taken together and tested exactly."""


def homogeneity(table: DriftTable) -> float:
    """Returns the p value of both periods having the same shares, whatever the counts.

    Cells with enough rows are compared with the likelihood ratio; the rare ones are taken together
    and, where they still expect few rows, compared exactly with all the others.
    """
    observed = np.array([table.reference, table.current])
    observed = observed[:, observed.sum(axis=0) > 0]
    expected = expectations(table)[:, expectations(table).sum(axis=0) > 0]
    rare = expected.min(axis=0) < LEAST_EXPECTED
    cells, few = observed[:, ~rare], observed[:, rare].sum(axis=1)
    if not rare.any() or expected[:, rare].sum(axis=1).min() >= LEAST_EXPECTED:
        return likelihood_ratio(np.column_stack([cells, few]) if rare.any() else cells)
    exact = fisher(few, observed.sum(axis=1))
    if cells.shape[1] <= 1:
        return exact
    return min(1.0, 2 * min(exact, likelihood_ratio(cells)))


def expectations(table: DriftTable) -> Floats:
    """Returns the counts that both periods would have, had they the same shares."""
    sizes = np.array(table.sizes)
    pooled = (table.reference + table.current) / sizes.sum()
    return np.asarray(np.outer(sizes, pooled))


def likelihood_ratio(counts: Floats) -> float:
    """Returns the p value of the G test with Williams' correction.

    Better than Pearson's statistic far in the tail, where a correction for many columns looks
    (Williams 1976, doi:10.1093/biomet/63.1.33; Sokal and Rohlf 1995, box 17.6).

    >>> likelihood_ratio(np.array([[50.0, 50.0], [50.0, 50.0]]))
    1.0
    """
    cells = counts.shape[1]
    if cells <= 1:
        return 1.0
    rows, columns, total = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    g = 2 * special.rel_entr(counts, np.outer(rows, columns) / total).sum()
    correction = (total * (1 / rows).sum() - 1) * (total * (1 / columns).sum() - 1)
    correction = 1 + correction / (6 * total * (cells - 1))
    return float(special.chdtrc(cells - 1, max(0.0, g / correction)))


def fisher(few: Floats, sizes: Floats) -> float:
    """Returns the two-sided p value of Fisher's exact test of ``few`` rows out of ``sizes``.

    >>> round(fisher(np.array([0.0, 5.0]), np.array([1000.0, 100.0])), 6)
    6e-06
    """
    n, m = (round(float(size)) for size in sizes)
    a, b = (round(float(count)) for count in few)
    marked = a + b
    lowest = max(0, marked - n)
    small = np.arange(lowest, min(marked, m) + 1, dtype=float)  # how many of the current period
    weights = log_choose(m, small) + log_choose(n, marked - small)
    chances = np.exp(weights - special.logsumexp(weights))
    observed = chances[b - lowest]
    return float(min(1.0, chances[chances <= observed * (1 + 1e-7)].sum()))


def log_choose(n: int, k: Floats) -> Floats:
    """Returns the logarithm of n over k."""
    gammaln = special.gammaln
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
