"""Resamples of rows that come in groups of the same value: counts by group, many at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
FEWEST = 200
MOST_ROWS = 20_000_000
"""Rows drawn in all; of many rows intervals are narrow, and fewer resamples tell them as well."""
MOST_COUNTS = 400_000
"""Counts drawn at a time, which bounds the memory that resamples take."""
SEED = 0
SPARSE = 4
"""Rows a group from which drawing the groups' counts is cheaper than drawing rows."""

Counts = NDArray[np.int64]


def resamples(total: int) -> int:
    """Returns how many resamples to draw of a number of rows.

    >>> resamples(500), resamples(50_000), resamples(1_000_000)
    (1000, 400, 200)
    """
    return max(FEWEST, min(RESAMPLES, MOST_ROWS // max(1, total)))


def batches(size: int, number: int = RESAMPLES) -> list[int]:
    """Returns how many of a number of resamples, each of a size, to draw at a time.

    >>> batches(1000), len(batches(4_000_000))
    ([400, 400, 200], 1000)
    """
    most = max(1, MOST_COUNTS // max(1, size))
    return [min(most, number - at) for at in range(0, number, most)]


def resample(source: np.random.Generator, counts: Counts, number: int) -> Counts:
    """Returns the counts by group of as many rows, drawn with replacement, ``number`` times.

    >>> drawn = resample(np.random.default_rng(0), np.array([3, 0, 7]), 2)
    >>> drawn.sum(-1).tolist(), drawn[:, 1].tolist()
    ([10, 10], [0, 0])

    References:
        Efron 1979, doi:10.1214/aos/1176344552.
    """
    total = int(counts.sum())
    if not total:
        return np.zeros((number, len(counts)), dtype=np.int64)
    if total >= SPARSE * len(counts):
        drawn: Counts = source.multinomial(total, counts / total, number)
        return drawn
    rows = np.repeat(np.arange(len(counts)), counts)
    return np.array([
        np.bincount(rows[source.integers(0, total, total)], minlength=len(counts))
        for _ in range(number)
    ])  # fmt: skip


def rows(source: np.random.Generator, total: int, number: int) -> Iterator[NDArray[np.int64]]:
    """Yields the places of rows drawn with replacement, ``number`` times."""
    for _ in range(number):
        yield source.integers(0, total, total)
