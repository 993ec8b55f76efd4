"""Differences and quotients of two sides that saw the same rows, where rows come in clusters.

A row is a prompt, a case, a text or a block; the first side is the base. Differences are the second
side less the first, oriented as the caller likes: nothing here knows which is better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tokenward.statistics.clusters import Clusters, Names
from tokenward.statistics.evidence import (
    LEAST_BLOCKS,
    About,
    Evidence,
    Flips,
    Kind,
    Middle,
    Quotient,
    Share,
    Student,
)  # fmt: skip

Values = NDArray[np.float64]
FEW, FEWER = 40, 25
"""Clusters below which an interval comes with a warning."""
SKEWED = 3.0
"""Skewness of rows from which a mean's interval misses more often than it says."""
LARGEST = 0.25
"""The share of all rows from which one cluster decides too much."""
DIGITS = 12
"""Places after which differences of means over samples are only rounding."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its interval, ``alpha`` beyond each end, and what it rests on.

    ``careful_low`` and ``careful_high`` are the ends to take where something must be shown to lie
    beyond a bound, which are wider for shares of few rows. ``error`` is the standard error.
    """

    value: float
    low: float
    high: float
    n: int
    clusters: int
    deff: float
    method: str
    error: float
    careful_low: float
    careful_high: float
    warnings: tuple[str, ...] = ()


def interval(evidence: Evidence, alpha: float) -> Interval:
    """Returns the interval that evidence gives at an alpha for each end."""
    low, high = evidence.ends(alpha)
    careful = evidence.ends(alpha, careful=True)
    about = evidence.about
    return Interval(
        evidence.value, low, high, about.n, about.clusters, about.deff, about.method,
        evidence.error, *careful, warnings=about.warnings,
    )  # fmt: skip


def difference(
    x: Values, clusters: Names | None = None, alpha: float = 0.05, kind: Kind = "mean"
) -> Interval:
    """Returns the mean of paired differences with its interval; shape (n,).

    ``binary``: differences of 0 and 1, by Tango's score on counts divided by the design effect;
    with several samples a row, and for ``bounded`` values within 0 and 1: Student's t with a row
    added at either end; ``mean``: Student's t over clusters. Raises `ValueError` for no row.

    >>> found = difference(np.array([1.0] * 5 + [-1.0] * 2 + [0.0] * 93), None, 0.05, "binary")
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.03, -0.017, 0.083)

    References:
        Rao and Scott 1992, doi:10.2307/2532311 (counts divided by the design effect); the others
        at `Flips`, `bounded` and `Clusters.error`.
    """
    return interval(differing(x, clusters, kind), alpha)


def quotient(
    base: Values,
    optimized: Values,
    weights: Values | None = None,
    clusters: Names | None = None,
    alpha: float = 0.05,
    *,
    log: bool = False,
) -> Interval:
    """Returns the quotient of two sums less 1, the second's over the first's; shape (n,) each.

    With ``log`` it is the exponential of the difference of two weighted means: of sums of negative
    log-likelihoods, and tokens as weights, the quotient of perplexities.

    >>> base, tokens = np.array([20.0, 31.0, 12.0]), np.array([10.0, 15.0, 6.0])
    >>> round(quotient(base, base + 0.1 * tokens, tokens, log=True).value, 4)
    0.1052
    """
    return interval(dividing(base, optimized, weights, clusters, log=log), alpha)


def blocks(base: Values, optimized: Values, alpha: float = 0.05) -> Interval:
    """Returns the median quotient less 1 of blocks that ran side by side; shape (k,) each.

    The interval holds whatever the noise is like; of fewer than eight blocks its ends are NaN.

    >>> found = blocks(np.ones(9), np.array([1.1, 1.2, 1.0, 1.1, 1.3, 1.2, 0.9, 1.1, 1.2]))
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.1, 0.0, 0.2)
    """
    return interval(blockwise(base, optimized), alpha)


def differing(x: Values, clusters: Names | None, kind: Kind) -> Evidence:
    """Returns what paired differences tell about their mean."""
    x = np.round(np.asarray(x, float), DIGITS) if kind != "mean" else np.asarray(x, float)
    grouped = _grouped(x, clusters)
    if kind == "mean":
        return mean(x, grouped)
    if kind == "binary" and np.isin(x, (-1.0, 0.0, 1.0)).all():
        return _flips(x, grouped)
    return bounded(x, grouped, (-1.0, 1.0))


def alone(values: Values, clusters: Names | None, kind: Kind) -> Evidence:
    """Returns what the values of one side tell about their mean; shares are within 0 and 1."""
    values = np.asarray(values, float)
    grouped = _grouped(values, clusters)
    if kind == "mean":
        return mean(values, grouped)
    if kind == "binary" and np.isin(values, (0.0, 1.0)).all():
        deff = grouped.careful_effect(values)
        about = _about(values, grouped, deff, "wilson / deff")
        return Share(about, float(values.mean()), len(values) / deff)
    return bounded(values, grouped, (0.0, 1.0))


def dividing(
    base: Values,
    optimized: Values,
    weights: Values | None,
    clusters: Names | None,
    *,
    log: bool = False,
) -> Quotient:
    """Returns what two sides tell about the quotient of their sums.

    References:
        Cochran 1977, Sampling Techniques, 3rd ed., section 6.3 (a ratio of sums).
    """
    base, optimized = np.asarray(base, float), np.asarray(optimized, float)
    grouped = _grouped(base, clusters)
    if log:
        weights = np.ones_like(base) if weights is None else np.asarray(weights, float)
        whole = float(weights.sum())
        value = float((optimized - base).sum()) / whole
        residuals = (optimized - base - value * weights) / whole
    else:
        value = math.log(float(optimized.sum())) - math.log(float(base.sum()))
        residuals = optimized / optimized.sum() - base / base.sum()
    return Quotient(_summed(value, residuals, grouped, "delta, cluster t on the log"))


def per_weight(
    values: Values, weights: Values | None, clusters: Names | None, *, log: bool = False
) -> Quotient | Student:
    """Returns what one side tells about its sum over its weights (less 1, exponential: ``log``)."""
    values = np.asarray(values, float)
    weights = np.ones_like(values) if weights is None else np.asarray(weights, float)
    value = float(values.sum() / weights.sum())
    residuals = (values - value * weights) / weights.sum()
    told = _summed(value, residuals, _grouped(values, clusters), "delta, cluster t")
    return Quotient(told) if log else told


def blockwise(base: Values, optimized: Values) -> Middle:
    """Returns what interleaved blocks tell about the quotient of both sides, less 1."""
    quotients = np.asarray(optimized, float) / np.asarray(base, float) - 1
    return middle(quotients)


def middle(values: Values) -> Middle:
    """Returns what values tell about their median."""
    few = f"{len(values)} blocks; {LEAST_BLOCKS} are needed for an interval"
    warnings = (few,) if len(values) < LEAST_BLOCKS else ()
    about = About(len(values), len(values), 1.0, "order statistics", warnings)
    return Middle(about, tuple(sorted(float(value) for value in values)))


def mean(values: Values, clusters: Clusters) -> Student:
    """Returns what values tell about their mean, by Student's t over clusters."""
    value = float(values.mean())
    told = _summed(value, (values - value) / len(values), clusters, "cluster t")
    skewed = skewness(clusters.sums(values))
    if abs(skewed) <= SKEWED:
        return told
    warning = f"skewness {skewed:.1f}: the interval misses more often than it says"
    return replace(told, about=replace(told.about, warnings=(*told.about.warnings, warning)))


def bounded(values: Values, clusters: Clusters, limits: tuple[float, float]) -> Student:
    """Returns what values within limits tell about their mean, with a row added at either limit.

    The added rows stand for what was not seen because it is rare, and count as much as a row does
    beside others of its cluster. Of differences of 0 and 1 it is Bonett and Price's interval.

    References:
        Bonett and Price 2012, doi:10.3102/1076998611411915, for values between the limits, too.
    """
    low, high = limits
    deff = clusters.careful_effect((values - (low + high) / 2) * 2 / (high - low))
    n = len(values) / deff
    center = (float(values.mean()) * n + low + high) / (n + 2)
    square = (float((values**2).mean()) * n + low**2 + high**2) / (n + 2)
    error = math.sqrt(max(square - center**2, 0.0) / (n + 2))
    about = _about(values, clusters, deff, "cluster t with two rows added")
    return Student(about, float(values.mean()), center, error, limits)


def skewness(values: Values) -> float:
    """Returns the skewness; 0 where nothing varies.

    >>> round(skewness(np.array([0.0, 0.0, 0.0, 1.0])), 3)
    1.155
    """
    apart = values - values.mean()
    spread = float((apart**2).mean())
    return float((apart**3).mean()) / spread**1.5 if spread > 0 else 0.0


def _flips(x: Values, clusters: Clusters) -> Flips:
    deff = clusters.careful_effect(x)
    worse, better = float((x > 0).sum()), float((x < 0).sum())
    about = _about(x, clusters, deff, "tango / deff")
    return Flips(about, worse / deff, better / deff, len(x) / deff)


def _summed(value: float, residuals: Values, clusters: Clusters, method: str) -> Student:
    """Returns a value that is a sum, of which the residuals by row are known."""
    about = _about(residuals, clusters, clusters.design_effect(residuals), method)
    return Student(about, value, value, clusters.error(residuals))


def _grouped(values: Values, clusters: Names | None) -> Clusters:
    if not len(values):
        raise ValueError("no rows: nothing to compare")
    return Clusters.of(clusters, len(values))


def _about(values: Values, clusters: Clusters, deff: float, method: str) -> About:
    told = []
    if clusters.number < FEWER:
        told.append(f"{clusters.number} clusters: far fewer than {FEW}, the interval is rough")
    elif clusters.number < FEW:
        told.append(f"{clusters.number} clusters: fewer than {FEW}")
    if clusters.largest > LARGEST:
        told.append(f"one cluster holds {clusters.largest:.0%} of all rows")
    return About(len(values), clusters.number, deff, method, tuple(told))
