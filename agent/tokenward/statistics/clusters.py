"""Rows that come in clusters: standard errors, and how much less such rows tell than free ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Names = Sequence[str] | NDArray[np.str_] | NDArray[np.int64]

PRIOR = 1.0
"""Changes that are supposed to come with their whole cluster, so that few changes suffice.

Without any the design effect is the mean size of a cluster: rows that all agree cannot tell whether
they are free of each other, and copies of rows must not pass for more rows.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """To which cluster each row belongs, by number; ``number`` clusters in all."""

    codes: NDArray[np.int64]
    number: int

    @classmethod
    def of(cls, names: Names | None, rows: int) -> Clusters:
        """Returns the clusters of rows by their names; of ``None`` each row is one of its own.

        Clusters are numbered by name, so that the order of rows does not matter.
        """
        if names is None:
            return cls(np.arange(rows, dtype=np.int64), rows)
        if len(names) != rows:
            raise ValueError(f"{len(names)} clusters named for {rows} rows")
        found, codes = np.unique(np.asarray(names), return_inverse=True)
        return cls(codes.astype(np.int64), len(found))

    @property
    def size(self) -> float:
        """Returns how many rows a cluster has in the mean."""
        return len(self.codes) / max(1, self.number)

    @property
    def largest(self) -> float:
        """Returns the share of rows that the largest cluster holds."""
        return float(np.bincount(self.codes).max() / len(self.codes)) if len(self.codes) else 0.0

    def sums(self, values: Values) -> Values:
        """Returns the sum of values by cluster; shape (clusters,)."""
        told: Values = np.bincount(self.codes, values, self.number).astype(np.float64)
        return told

    def error(self, residuals: Values) -> float:
        """Returns the standard error of a sum of residuals, which are 0 in the mean.

        References:
            Liang and Zeger 1986, doi:10.1093/biomet/73.1.13, with C / (C - 1) for few clusters.
        """
        if self.number < 2:  # noqa: PLR2004
            return math.inf
        squares = float((self.sums(residuals) ** 2).sum())
        return math.sqrt(squares * self.number / (self.number - 1))

    def design_effect(self, values: Values) -> float:
        """Returns by how much clusters enlarge the variance of the mean; 1 where nothing varies.

        >>> Clusters.of(None, 3).design_effect(np.array([0.0, 1.0, 5.0]))
        1.0
        """
        rows = len(values)
        residuals = values - values.mean()
        free = float((residuals**2).sum()) * rows / max(1, rows - 1)
        return self.error(residuals) ** 2 / free if free > 0 and self.number > 1 else 1.0

    def careful_effect(self, values: Values) -> float:
        """Returns a design effect of values within -1 and 1 that rarely changing ones have, too.

        It is at least 1, and as if there were `PRIOR` more changes, of whole clusters.

        >>> Clusters.of(list("aabbcc"), 6).careful_effect(np.zeros(6))
        2.0
        """
        rows, size = len(values), self.size
        if self.number < 2:  # noqa: PLR2004  # all of them are one observation
            return size
        residuals = values - values.mean()
        free = float((residuals**2).sum()) * rows / max(1, rows - 1) + PRIOR
        clustered = self.error(residuals) ** 2 + PRIOR * size
        return max(1.0, clustered / free)
