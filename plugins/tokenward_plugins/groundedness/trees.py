"""Boosted regression trees, read from JSON, and the calibration of what they say."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from tokenward_plugins.groundedness.relations import checked

Tree = tuple[list[int], list[float], list[int], list[int]]
"""Of each node the feature (-1 at a leaf), the threshold or the leaf's value, and its children."""


class Trees:
    """Log-odds as a sum over trees, and the probability that held-out rows gave them.

    >>> tree = ([0, -1, -1], [2.5, -1.0, 1.0], [1, 0, 0], [2, 0, 0])
    >>> Trees(0.0, [tree], [-4, 4], [0, 1]).score([3])
    0.625
    """

    def __init__(
        self, start: float, trees: Sequence[Tree], knots: Sequence[float], scores: Sequence[float]
    ) -> None:
        self._start = start
        self._trees = trees
        self._knots = list(knots)
        self._scores = list(scores)

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Trees:
        """Reads what the package ships."""
        told: dict[str, Any] = json.loads(checked("trees"))
        return cls(told["start"], told["trees"], told["knots"], told["scores"])

    def log_odds(self, row: Sequence[float]) -> float:
        """Returns what the trees say of a row of features."""
        total = self._start
        for features, values, lefts, rights in self._trees:
            at = 0
            while features[at] >= 0:
                at = lefts[at] if row[features[at]] <= values[at] else rights[at]
            total += values[at]
        return total

    def score(self, row: Sequence[float]) -> float:
        """Returns the calibrated probability: linear between the knots."""
        odds = self.log_odds(row)
        at = bisect_right(self._knots, odds)
        if at == 0:
            return self._scores[0]
        if at == len(self._knots):
            return self._scores[-1]
        low, high = self._knots[at - 1], self._knots[at]
        share = (odds - low) / (high - low) if high > low else 1.0
        score = self._scores[at - 1] + share * (self._scores[at] - self._scores[at - 1])
        return min(1.0, max(0.0, score)) if math.isfinite(score) else 1.0
