"""Groups side by side: how far each is from the others, and intervals that hold for all at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tokenward.statistics.clusters import Clusters, Names
from tokenward.statistics.evidence import upper_tail
from tokenward.statistics.multiplicity import benjamini_hochberg

Values = NDArray[np.float64]
DRAWS = 1999
SEED = 0
LEAST = 2


@dataclass(frozen=True, slots=True)
class Gap:
    """How far the mean of a group is above that of all others, with an interval.

    The intervals of all groups hold together: the chance that any misses is alpha for each end.
    ``q`` is adjusted over the groups by Benjamini and Hochberg. Rows of a single cluster do not
    tell how much they vary: such a group has a value, and NaN for all else.
    """

    group: str
    n: int
    value: float
    low: float
    high: float
    p: float
    q: float


def gaps(
    x: Values, groups: Sequence[str], clusters: Names | None = None, alpha: float = 0.05
) -> list[Gap]:
    """Returns the gap of each group to all others, in the order of names; shape (n,) of values.

    The half width is a quantile of the largest absolute t over the groups, from signs drawn for
    whole clusters; so the largest gap is not taken for more than chance makes of it.

    References:
        Romano and Wolf 2005, doi:10.1198/016214504000000539; signs by cluster: Cameron, Gelbach and
        Miller 2008, doi:10.1162/rest.90.3.414.
    """
    x, names = np.asarray(x, float), np.asarray(groups)
    grouped = Clusters.of(clusters, len(x))
    found = [str(name) for name in np.unique(names)]
    if len(found) < LEAST:  # nobody to be apart from
        return []
    parts = []
    for name in found:
        value, residuals = _apart(x, names == name)
        parts.append(_Part(name, int((names == name).sum()), value, grouped.sums(residuals),
                           _fewest(grouped.codes, names == name)))  # fmt: skip
    return _together(parts, alpha)


def means(parts: Sequence[tuple[str, Values, Sequence[str]]], alpha: float = 0.05) -> list[Gap]:
    """Returns the mean of each part, given as name, values and clusters, with such intervals.

    Parts may have other rows, but share clusters by name.
    """
    every = sorted({name for _, _, names in parts for name in names})
    place = {name: at for at, name in enumerate(every)}
    told = []
    for name, x, names in parts:
        codes = Clusters(np.array([place[one] for one in names], dtype=np.int64), len(every))
        value = float(x.mean())
        told.append(_Part(name, len(x), value, codes.sums((x - value) / len(x)),
                          len(set(names))))  # fmt: skip
    return _together(told, alpha)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A group: its value, and what each cluster adds to the error of that."""

    name: str
    n: int
    value: float
    sums: Values
    clusters: int

    @property
    def degrees(self) -> int:
        return max(1, int((self.sums != 0).sum()) - 1)

    @property
    def error(self) -> float:
        return math.sqrt(float((self.sums**2).sum()) * (self.degrees + 1) / self.degrees)

    @property
    def p(self) -> float:
        if self.error == 0:
            return 1.0 if self.value == 0 else 0.0
        return min(1.0, 2 * upper_tail(abs(self.value) / self.error, self.degrees))


def _fewest(codes: NDArray[np.int64], inside: NDArray[np.bool_]) -> int:
    """Returns the number of clusters on the side that has fewer."""
    return min(len(np.unique(codes[inside])), len(np.unique(codes[~inside])))


def _apart(x: Values, inside: NDArray[np.bool_]) -> tuple[float, Values]:
    """Returns the gap between those inside and outside, and what each row adds to its error."""
    one, other = float(x[inside].mean()), float(x[~inside].mean())
    own, others = (x - one) / inside.sum(), (x - other) / (~inside).sum()
    return one - other, np.where(inside, own, -others)


def _together(parts: Sequence[_Part], alpha: float) -> list[Gap]:
    known = [part for part in parts if part.clusters >= LEAST]
    found = dict(zip([part.name for part in known], _known(known, alpha), strict=True))
    nothing = (math.nan, math.nan, math.nan, math.nan)
    return [found.get(part.name) or Gap(part.name, part.n, part.value, *nothing) for part in parts]


def _known(parts: Sequence[_Part], alpha: float) -> list[Gap]:
    if not parts:
        return []
    errors = np.array([part.error for part in parts])
    reach = _largest(np.array([part.sums for part in parts]), 2 * alpha)
    adjusted = benjamini_hochberg([part.p for part in parts])
    return [
        Gap(part.name, part.n, part.value, part.value - by, part.value + by, part.p, q)
        for part, by, q in zip(parts, (reach * errors).tolist(), adjusted, strict=True)
    ]


def _largest(sums: Values, alpha: float) -> float:
    """Returns the quantile of the largest absolute t when all gaps are chance; 0 without noise.

    Each draw is divided by the error that it would have itself, or tails would be too light.
    """
    squares = (sums**2).sum(1)
    noisy, number = squares > 0, sums.shape[1]
    if not noisy.any():
        return 0.0
    source = np.random.default_rng(SEED)
    drawn = (source.integers(0, 2, (DRAWS, number)) * 2.0 - 1.0) @ sums[noisy].T
    left = np.maximum(squares[noisy] - drawn**2 / number, squares[noisy] * 1e-9)
    t = np.abs(drawn) / np.sqrt(left * number / (number - 1))
    return float(np.quantile(t.max(1), 1 - alpha))
