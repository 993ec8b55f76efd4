"""Drift methods: how far apart two periods are, and how sure that is.

Each takes a ``Table`` and returns an ``Outcome``. The statistic is an effect size, which does not
grow with the number of rows; the p value is that of no difference. An alarm needs both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import special

from tokenward.monitor.tables import Floats, Table

LEAST_EXPECTED = 5.0
"""Cells that expect fewer rows than this (Cochran 1954) are taken together and tested exactly."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An effect size, and the probability of one as large where nothing changed."""

    statistic: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Method:
    """A drift method: ``fine`` says that it looks at every value, not at deciles."""

    name: str
    of: Callable[[Table], Outcome]
    threshold: float
    fine: bool = False


def psi(table: Table) -> Outcome:
    """Returns the population stability index, with half a row added to each cell.

    Without drift its mean is (B - 1)(1/n + 1/m), see ``psi_bound`` (Yurdakul 2018, "Statistical
    properties of the population stability index"); 0.1 is the usual mark of a change that matters.

    >>> none = np.array([])
    >>> psi(Table(np.array([500.0, 500.0]), np.array([500.0, 500.0]), none))
    Outcome(statistic=0.0, p_value=1.0)
    >>> round(psi(Table(np.array([500.0, 500.0]), np.array([700.0, 300.0]), none)).statistic, 2)
    0.17
    """
    reference, current = table.reference + 0.5, table.current + 0.5
    p, q = reference / reference.sum(), current / current.sum()
    return Outcome(float(((p - q) * np.log(p / q)).sum()), homogeneity(table))


def psi_bound(cells: int, n: float, m: float, alpha: float) -> float:
    """Returns what the index exceeds with probability ``alpha`` where nothing changed.

    >>> round(psi_bound(10, 1000, 1000, 0.01), 3)
    0.043
    """
    return float(special.chdtri(max(1, cells - 1), alpha)) * (1 / n + 1 / m)


def jensen_shannon(table: Table) -> Outcome:
    """Returns the Jensen-Shannon distance, in [0, 1] (Lin 1991, doi:10.1109/18.61115).

    >>> jensen_shannon(Table(np.array([50.0, 0.0]), np.array([0.0, 50.0]), np.array([]))).statistic
    1.0
    """
    p, q = table.shares
    middle = (p + q) / 2
    bits = (special.rel_entr(p, middle) + special.rel_entr(q, middle)).sum() / 2 / math.log(2)
    return Outcome(math.sqrt(max(0.0, float(bits))), homogeneity(table))


def chi_squared(table: Table) -> Outcome:
    """Returns Cramer's V, in [0, 1], of Pearson's chi-squared (Cramer 1946, chapter 21).

    >>> chi_squared(Table(np.array([50.0, 0.0]), np.array([0.0, 50.0]), np.array([]))).statistic
    1.0
    """
    expected = expectations(table)
    seen = expected[0] > 0
    observed = np.array([table.reference, table.current])
    squared = ((observed - expected)[:, seen] ** 2 / expected[:, seen]).sum()
    return Outcome(math.sqrt(float(squared) / sum(table.sizes)), homogeneity(table))


def kolmogorov_smirnov(table: Table) -> Outcome:
    """Returns the largest distance of the two distribution functions (Smirnov 1939).

    On the buckets of the profile the distance is at most the exact one, and the p value at least.

    >>> table = Table(np.array([50.0, 50.0]), np.array([25.0, 75.0]), np.array([0.0, 1.0]))
    >>> kolmogorov_smirnov(table).statistic
    0.25
    """
    p, q = table.shares
    distance = float(np.abs(np.cumsum(p - q)).max())
    n, m = table.sizes
    return Outcome(distance, float(special.kolmogorov(math.sqrt(n * m / (n + m)) * distance)))


def wasserstein(table: Table) -> Outcome:
    """Returns the Wasserstein distance in standard deviations of the reference.

    It has no law that holds for every column, so its p value is that of Kolmogorov and Smirnov
    (Ramdas, Garcia, Cuturi 2017, doi:10.3390/e19020047).

    >>> table = Table(np.array([50.0, 50.0]), np.array([25.0, 75.0]), np.array([0.0, 1.0]))
    >>> wasserstein(table).statistic
    0.5
    """
    p, q = table.shares
    distance = float((np.abs(np.cumsum(p - q))[:-1] * np.diff(table.middles)).sum())
    spread = math.sqrt(max(0.0, float((p * table.middles**2).sum() - (p @ table.middles) ** 2)))
    scale = spread or float(np.abs(table.middles).max()) or 1.0
    return Outcome(distance / scale, kolmogorov_smirnov(table).p_value)


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method("psi", psi, 0.1),
            Method("jensenshannon", jensen_shannon, 0.1),
            Method("chi2", chi_squared, 0.1),
            Method("ks", kolmogorov_smirnov, 0.1, fine=True),
            Method("wasserstein", wasserstein, 0.1, fine=True),
        )
    }
)


def homogeneity(table: Table) -> float:
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


def expectations(table: Table) -> Floats:
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
