"""Learns a topic from a few sentences of it: ridge regression on hashed features.

References:
    Hoerl, Kennard 1970, "Ridge Regression", doi:10.1080/00401706.1970.10488634; the errors of
    leaving one out in closed form: Allen 1974, doi:10.1080/00401706.1974.10489157.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.linear.features import vector

BITS = 14
RIDGE = 0.5
SPREAD = 4.0
"""How sharply the score turns at the bound between examples and other sentences."""

Floats = NDArray[np.float64]
Features = tuple[NDArray[np.uint32], NDArray[np.float32]]


class Learned:
    """What sentences of a topic have that others have not.

    >>> others = ["The sea is calm.", "Please sort the list.", "Where is the key?"]
    >>> holidays = Learned(["Book me a room by the sea", "Flights to Rome in May"], others)
    >>> features = features_of("A room in Rome")
    >>> holidays.margin(features) > holidays.margin(features_of("Sort the key list"))
    True
    """

    def __init__(self, examples: Sequence[str], others: Sequence[str]) -> None:
        sparse = [vector(text, BITS) for text in (*examples, *others)]
        used = np.unique(np.concatenate([buckets for buckets, _ in sparse]))
        rows = np.zeros((len(sparse), len(used)))
        for row, (buckets, values) in zip(rows, sparse, strict=True):
            row[np.searchsorted(used, buckets)] = values
        rarity = np.log((len(rows) + 1.0) / ((rows > 0).sum(axis=0) + 0.5))
        rows *= rarity
        rows /= np.maximum(np.sqrt((rows * rows).sum(axis=1, keepdims=True)), 1e-12)
        is_example = np.arange(len(rows)) < len(examples)
        target = np.where(is_example, 1.0, -1.0)
        weight = np.where(is_example, len(rows) / len(examples), len(rows) / max(1, len(others)))
        # weighted ridge in its dual form: as many unknowns as sentences
        kernel = rows @ rows.T + 1.0
        inverse = np.linalg.inv(kernel + RIDGE * np.diag(len(rows) / weight / 2))
        dual = inverse @ target
        left_out = target - dual / np.diag(inverse)
        self._rarity: Floats = np.full(1 << BITS, np.log((len(rows) + 1.0) / 0.5))
        self._rarity[used] = rarity
        self._weights: Floats = np.zeros(1 << BITS)
        self._weights[used] = (rows.T @ dual) * rarity
        self._bias = float(dual.sum()) - _middle(left_out, is_example)

    def margin(self, features: Features) -> float:
        """Returns how much a text is like the examples: above 0, rather than like the others."""
        buckets, values = features
        scaled = values * self._rarity[buckets]
        size = float(np.sqrt(scaled @ scaled))
        return (float(values @ self._weights[buckets]) / size if size else 0.0) + self._bias

    def score(self, features: Features) -> float:
        """Returns the margin in [0, 1]; it orders texts, and is no probability."""
        return float(1.0 / (1.0 + np.exp(-SPREAD * self.margin(features))))


def _middle(left_out: Floats, is_example: NDArray[np.bool_]) -> float:
    """Returns what none of the other sentences reaches, each judged without itself."""
    others = left_out[~is_example]
    return float(others.max()) if len(others) > 1 else 0.0


def features_of(text: str) -> Features:
    """Returns the features of a text, which every topic looks at."""
    return vector(text, BITS)
