"""Holds rows as a matrix of hashed units, so that they are featurised once for all labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from tokenward_plugins.linear.features import vector
from tokenward_plugins.linear.train.rows import Row, cut

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
UNKNOWN = -1


class Corpus:
    """Rows, their units, and which row each unit is of.

    ``texts`` are those of the units, ``matrix`` has a line a unit; ``near`` says of each unit
    whether the row's spans, if it has some, meet it.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        bits: int,
        units: Callable[[str], list[tuple[int, str]]] = cut,
    ) -> None:
        self.rows = rows
        owner: list[int] = []
        near: list[bool] = []
        texts: list[str] = []
        for number, row in enumerate(rows):
            for start, text in units(row.text) or [(0, "")]:
                owner.append(number)
                near.append(_meets(row, start, start + len(text)))
                texts.append(text)
        self.owner = np.array(owner)
        self.near: Mask = np.array(near)
        self.texts = texts
        self.matrix = hashed(texts, bits)
        self.source = np.array([row.source for row in rows])
        self.split = np.array([row.split for row in rows])
        self.weight: Floats = np.array([row.weight for row in rows])

    def labels(self, label: str) -> NDArray[np.int64]:
        """Returns 0, 1 or ``UNKNOWN`` for each row."""
        return np.array([row.labels.get(label, UNKNOWN) for row in self.rows])

    def highest(self, unit_scores: Floats) -> Floats:
        """Returns the highest score of each row's units, as the engine reports it."""
        scores = np.full(len(self.rows), -np.inf)
        np.maximum.at(scores, self.owner, unit_scores)
        return scores


def _meets(row: Row, start: int, end: int) -> bool:
    if row.spans is None:
        return True
    return any(low < end and high > start for low, high in row.spans)


def hashed(texts: Iterable[str], bits: int) -> Any:
    """Returns a sparse matrix with a line a text and a column a bucket."""
    ends, buckets, values = [0], [], []
    for text in texts:
        some, value = vector(text, bits)
        buckets.append(some.astype(np.int32))
        values.append(value)
        ends.append(ends[-1] + len(some))
    return csr_matrix(
        (np.concatenate(values), np.concatenate(buckets), np.array(ends)),
        shape=(len(ends) - 1, 1 << bits),
        dtype=np.float32,
    )
