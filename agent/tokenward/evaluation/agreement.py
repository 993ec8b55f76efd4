"""How well found spans agree with labelled ones: precision, recall and F1, exact and overlapping.

Exact: a found span has the type and both ends of a labelled one. Overlapping: it has the type and
at least one character in common. Rows are resampled for the intervals, since spans of one text go
together; where all resamples are alike, Wilson's interval takes the number of rows that have spans.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tokenward.statistics.estimates import Estimate, Values
from tokenward.statistics.resampling import SEED, batches, resample

Span = tuple[int, int, str]
"""Start, end (exclusive), type."""


class Matches(NamedTuple):
    """One row: how many spans were found and labelled, and how many of each agree."""

    found: int
    found_right: int
    labelled: int
    labelled_found: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision, recall and F1 over all rows; ``None`` where there is nothing to divide by."""

    found: int
    labelled: int
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None

    def as_dict(self) -> dict[str, Any]:
        """Returns the agreement as ``tokenward evaluate --json`` prints it."""
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        row = {name: rate and rate.as_dict() for name, rate in rates.items()}
        return {"found": self.found, "labelled": self.labelled, **row}


def exact(found: Iterable[Span], labelled: Iterable[Span]) -> Matches:
    """Compares the spans of a row, end by end.

    >>> exact([(0, 3, "A"), (5, 9, "A")], [(0, 3, "A"), (5, 8, "A")])
    Matches(found=2, found_right=1, labelled=2, labelled_found=1)
    """
    ours, theirs = set(found), set(labelled)
    same = len(ours & theirs)
    return Matches(len(ours), same, len(theirs), same)


def overlapping(found: Iterable[Span], labelled: Iterable[Span]) -> Matches:
    """Compares the spans of a row by common characters.

    >>> overlapping([(0, 3, "A"), (5, 9, "A")], [(0, 3, "A"), (5, 8, "A"), (20, 22, "A")])
    Matches(found=2, found_right=2, labelled=3, labelled_found=2)
    """
    ours, theirs = set(found), set(labelled)
    right = sum(any(_meet(one, other) for other in theirs) for one in ours)
    hit = sum(any(_meet(one, other) for one in ours) for other in theirs)
    return Matches(len(ours), right, len(theirs), hit)


def _meet(one: Span, other: Span) -> bool:
    return one[2] == other[2] and one[0] < other[1] and other[0] < one[1]


def agreement(rows: Counter[Matches], seed: int = SEED) -> Agreement | None:
    """Returns the agreement over rows, micro-averaged; ``None`` where none has a labelled span.

    Rows with the same counts are given once with their number, which changes nothing.
    """
    patterns = np.array(list(rows) or [Matches(0, 0, 0, 0)], dtype=float)
    numbers = np.array(list(rows.values()) or [0])
    total = numbers @ patterns
    if not total[2]:
        return None
    source = np.random.default_rng(seed)
    drawn = np.concatenate([
        resample(source, numbers, number) @ patterns for number in batches(len(patterns))
    ])  # fmt: skip
    sample = int(numbers[patterns[:, 2] > 0].sum())
    estimates = [
        _estimate(value, values, sample)
        for value, values in zip(_rates(total[None]), _rates(drawn), strict=True)
    ]
    return Agreement(int(total[0]), int(total[2]), *estimates)


def _rates(totals: Values) -> tuple[Values, ...]:
    found, found_right, labelled, labelled_found = totals.T
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = found_right / found, labelled_found / labelled
        f1 = 2 * precision * recall / (precision + recall)
    f1 = np.where((found_right == 0) & (labelled_found == 0), 0.0, f1)
    return precision, recall, f1


def _estimate(value: Values, drawn: Values, sample: int) -> Estimate | None:
    if not np.isfinite(value[0]):
        return None  # nothing was found: there is no precision
    return Estimate.resampled(float(value[0]), drawn[np.isfinite(drawn)], sample)
