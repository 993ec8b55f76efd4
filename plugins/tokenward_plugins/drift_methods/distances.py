"""Distances of two distributions, in units that do not grow with the number of rows."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from tokenward.types import DriftOutcome, DriftTable
from tokenward_plugins.drift_methods.homogeneity import expectations, homogeneity


def psi(table: DriftTable) -> DriftOutcome:
    """Returns the population stability index, with half a row added to each cell.

    Without drift its mean is (B - 1)(1/n + 1/m) (Yurdakul 2018, "Statistical properties of the
    population stability index"); 0.1 is the usual mark of a change that matters.

    >>> none = np.array([])
    >>> same = psi(DriftTable(np.array([500.0, 500.0]), np.array([500.0, 500.0]), none))
    >>> same.statistic, same.p_value
    (0.0, 1.0)
    >>> half = psi(DriftTable(np.array([500.0, 500.0]), np.array([700.0, 300.0]), none))
    >>> round(half.statistic, 2)
    0.17
    """
    reference, current = table.reference + 0.5, table.current + 0.5
    p, q = reference / reference.sum(), current / current.sum()
    return DriftOutcome(float(((p - q) * np.log(p / q)).sum()), homogeneity(table))


def jensen_shannon(table: DriftTable) -> DriftOutcome:
    """Returns the Jensen-Shannon distance, in [0, 1] (Lin 1991, doi:10.1109/18.61115).

    >>> apart = DriftTable(np.array([50.0, 0.0]), np.array([0.0, 50.0]), np.array([]))
    >>> jensen_shannon(apart).statistic
    1.0
    """
    p, q = table.shares
    middle = (p + q) / 2
    bits = (special.rel_entr(p, middle) + special.rel_entr(q, middle)).sum() / 2 / math.log(2)
    return DriftOutcome(math.sqrt(max(0.0, float(bits))), homogeneity(table))


def chi_squared(table: DriftTable) -> DriftOutcome:
    """Returns Cramer's V, in [0, 1], of Pearson's chi-squared (Cramer 1946, chapter 21).

    >>> apart = DriftTable(np.array([50.0, 0.0]), np.array([0.0, 50.0]), np.array([]))
    >>> chi_squared(apart).statistic
    1.0
    """
    expected = expectations(table)
    seen = expected[0] > 0
    observed = np.array([table.reference, table.current])
    squared = ((observed - expected)[:, seen] ** 2 / expected[:, seen]).sum()
    return DriftOutcome(math.sqrt(float(squared) / sum(table.sizes)), homogeneity(table))


def kolmogorov_smirnov(table: DriftTable) -> DriftOutcome:
    """Returns the largest distance of the two distribution functions (Smirnov 1939).

    On the buckets of the profile the distance is at most the exact one, and the p value at least.

    >>> moved = DriftTable(np.array([50.0, 50.0]), np.array([25.0, 75.0]), np.array([0.0, 1.0]))
    >>> kolmogorov_smirnov(moved).statistic
    0.25
    """
    p, q = table.shares
    distance = float(np.abs(np.cumsum(p - q)).max())
    n, m = table.sizes
    p_value = float(special.kolmogorov(math.sqrt(n * m / (n + m)) * distance))
    return DriftOutcome(distance, p_value)


def wasserstein(table: DriftTable) -> DriftOutcome:
    """Returns the Wasserstein distance in standard deviations of the reference.

    It has no law that holds for every column, so its p value is that of Kolmogorov and Smirnov
    (Ramdas, Garcia, Cuturi 2017, doi:10.3390/e19020047).

    >>> moved = DriftTable(np.array([50.0, 50.0]), np.array([25.0, 75.0]), np.array([0.0, 1.0]))
    >>> wasserstein(moved).statistic
    0.5
    """
    p, q = table.shares
    distance = float((np.abs(np.cumsum(p - q))[:-1] * np.diff(table.middles)).sum())
    spread = math.sqrt(max(0.0, float((p * table.middles**2).sum() - (p @ table.middles) ** 2)))
    scale = spread or float(np.abs(table.middles).max()) or 1.0
    return DriftOutcome(distance / scale, kolmogorov_smirnov(table).p_value)
