"""Rows grouped by score, so that ties count as ties and a resample costs no sorting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tokenward.statistics.estimates import Values
from tokenward.statistics.resampling import Counts

Truths = NDArray[np.bool_]
Marks = NDArray[np.int8]
"""1 and 0 by row, -1 where it has no label."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Numbers of positive and negative rows for each different score, the highest score first."""

    scores: Values
    positives: Counts
    negatives: Counts
    places: NDArray[np.int64]
    """The group of each row."""

    @classmethod
    def of(cls, scores: Sequence[float] | Values, truths: Sequence[bool] | Truths) -> Groups:
        """Groups rows.

        >>> Groups.of([0.9, 0.1, 0.9], [True, False, False]).negatives.tolist()
        [1, 1]
        """
        true = np.asarray(truths, dtype=bool)
        different, found = np.unique(np.asarray(scores, dtype=float), return_inverse=True)
        size = len(different)
        places = size - 1 - found.reshape(-1).astype(np.int64)
        return cls(
            different[::-1],
            np.bincount(places[true], minlength=size).astype(np.int64),
            np.bincount(places[~true], minlength=size).astype(np.int64),
            places,
        )

    @property
    def positive(self) -> int:
        """The number of positive rows."""
        return int(self.positives.sum())

    @property
    def negative(self) -> int:
        """The number of negative rows."""
        return int(self.negatives.sum())

    @property
    def smaller(self) -> int:
        """The size of the smaller class."""
        return min(self.positive, self.negative)

    def lacks(self) -> str | None:
        """Returns which class is missing, in words; ``None`` where both are there."""
        if self.smaller:
            return None
        total = self.positive + self.negative
        if not total:
            return "no row has the label"
        missing = "negative" if self.positive else "positive"
        return f"no {missing} row among {total}; both classes are needed"
