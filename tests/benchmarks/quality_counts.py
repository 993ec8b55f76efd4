"""How spans that a tool found agree with labelled ones, as sums over texts, with intervals.

Three ways to compare, all micro-averaged:

* exact: a found span has the type, the start and the end of a labelled one.
* token: words and single signs are compared one by one; a token is right where a found and a
  labelled span of one type cover it, whole or in part.
* overlap: a span is right where one of the other side has its type and a character in common.

An interval is of 1,000 bootstrap samples of texts (Efron 1979, doi:10.1214/aos/1176344552).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int, str]
"""Start, end (exclusive), type."""
Counts = tuple[int, int, int, int]
"""Of one text: found and right, found, labelled and hit, labelled."""

TOKEN = re.compile(r"\w+|[^\w\s]")
SAMPLES = 1000
SEED = 5


@dataclass(frozen=True)
class Figure:
    """A value with its interval of 95 %."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} - {self.high:.3f})"


def exact(found: Iterable[Span], labelled: Iterable[Span], text: str) -> Counts:
    """Compares spans by type and both ends.

    >>> exact([(0, 3, "A"), (4, 9, "A")], [(0, 3, "A"), (4, 8, "A")], "one other")
    (1, 2, 1, 2)
    """
    ours, theirs = set(found), set(labelled)
    same = len(ours & theirs)
    return same, len(ours), same, len(theirs)


def token(found: Iterable[Span], labelled: Iterable[Span], text: str) -> Counts:
    """Compares the tokens that spans cover.

    >>> token([(0, 9, "A")], [(0, 3, "A")], "one other")
    (1, 2, 1, 1)
    """
    places = [match.span() for match in TOKEN.finditer(text)]
    return exact(_covered(found, places), _covered(labelled, places), text)


def _covered(spans: Iterable[Span], places: Sequence[tuple[int, int]]) -> Iterable[Span]:
    for start, end, kind in spans:
        yield from ((a, b, kind) for a, b in places if a < end and start < b)


def overlap(found: Iterable[Span], labelled: Iterable[Span], text: str) -> Counts:
    """Compares spans by type and a common character.

    >>> overlap([(0, 9, "A")], [(0, 3, "A"), (4, 9, "A")], "one other")
    (1, 1, 2, 2)
    """
    ours, theirs = set(found), set(labelled)
    right = sum(any(_meet(one, other) for other in theirs) for one in ours)
    hit = sum(any(_meet(one, other) for one in ours) for other in theirs)
    return right, len(ours), hit, len(theirs)


def _meet(one: Span, other: Span) -> bool:
    return one[2] == other[2] and one[0] < other[1] and other[0] < one[1]


def rates(total: NDArray[np.float64], beta: float) -> NDArray[np.float64]:
    """Returns precision, recall and F of sums (in the last axis); 0 where there is nothing.

    F is (1 + b^2) P R / (b^2 P + R) (van Rijsbergen 1979, Information Retrieval, chapter 7): with
    a ``beta`` of 2 a miss weighs as four false alarms do.
    """
    right, found, hit, labelled = np.moveaxis(np.asarray(total, float), -1, 0)
    precision, recall = right / np.maximum(1, found), hit / np.maximum(1, labelled)
    weighed = beta * beta * precision + recall
    both = (1 + beta * beta) * precision * recall / np.where(weighed > 0, weighed, 1)
    return np.stack([precision, recall, both])


def figures(table: Sequence[Counts], beta: float) -> tuple[Figure, Figure, Figure]:
    """Returns precision, recall and F over texts, each with its interval."""
    precision, recall, both = resampled(np.array(table, float), lambda some: rates(some, beta))
    return precision, recall, both


def resampled(
    table: NDArray[np.float64],
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> tuple[Figure, ...]:
    """Returns the parts of a statistic of the sum of rows, with intervals over samples of rows."""
    source = np.random.default_rng(SEED)
    sums = np.stack([
        table[source.integers(0, len(table), len(table))].sum(axis=0) for _ in range(SAMPLES)
    ])  # fmt: skip
    low, high = np.quantile(statistic(sums), (0.025, 0.975), axis=1)
    return tuple(
        map(Figure, *(part.tolist() for part in (statistic(table.sum(axis=0)), low, high)))
    )
