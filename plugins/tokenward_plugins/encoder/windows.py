"""Cuts long texts into windows, and scores them so that length alone does not alarm.

The highest of many windows is high by chance: of n windows of a benign text one passes a threshold
about n times as often as one window does. So the highest score of n windows is read as the score
that a single window reaches as seldom (Sidak 1967, doi 10.1080/01621459.1967.10482935).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZE, STRIDE = 96, 64
"""Tokens of a window, and from one window's start to the next; special tokens come on top."""

TAIL = 0.1
"""Share of benign windows from whose scores on the tail is taken to fall off exponentially."""

Floats = NDArray[np.float64]


def windows(ids: Sequence[int], size: int = SIZE, stride: int = STRIDE) -> Iterator[Sequence[int]]:
    """Yields windows that cover all ids; the last one ends where the text does.

    >>> list(windows([1, 2, 3, 4, 5], 3, 2)), list(windows([], 3, 2))
    ([[1, 2, 3], [3, 4, 5]], [[]])
    """
    start = 0
    while start + size < len(ids):
        yield ids[start : start + size]
        start += stride
    yield ids[max(0, len(ids) - size) :] if start else ids[start:]


@dataclass(frozen=True, slots=True)
class Tail:
    """How seldom a benign window reaches a logit: known quantiles, exponential beyond the last.

    ``logits`` rise while ``shares``, of windows that reach them, fall; ``rate`` is that of the
    exponential tail.
    """

    logits: Sequence[float] | Floats
    shares: Sequence[float] | Floats
    rate: float

    @classmethod
    def of(cls, logits: Floats, points: int = 32) -> Tail:
        """Returns the tail of benign windows' logits."""
        least = max(TAIL / 4, 4 / len(logits))
        shares = np.geomspace(1, least, points)[1:]
        values = np.quantile(logits, 1 - shares)
        values = np.maximum.accumulate(values + 1e-9 * np.arange(len(values)))
        beyond = logits[logits > np.quantile(logits, 1 - TAIL)] - np.quantile(logits, 1 - TAIL)
        rate = 1 / max(float(beyond.mean()), 1e-3) if len(beyond) else 1.0
        return cls(tuple(values.tolist()), tuple(shares.tolist()), rate)

    def share(self, logits: Floats) -> Floats:
        """Returns the share of benign windows that reach each logit."""
        inside = np.exp(np.interp(logits, self.logits, np.log(self.shares)))
        over = np.maximum(logits - self.logits[-1], 0)
        share: Floats = inside * np.exp(-self.rate * over)
        return share

    def logit(self, shares: Floats) -> Floats:
        """Returns the logit that a share of benign windows reaches: the other way round."""
        inside = np.interp(-np.log(shares), -np.log(self.shares), self.logits)
        beyond = np.log(self.shares[-1] / np.minimum(shares, self.shares[-1])) / self.rate
        logit: Floats = inside + beyond
        return logit

    def single(self, highest: Floats, counts: NDArray[np.int64]) -> Floats:
        """Returns the logit of one window that is as seldom as the highest of some.

        A logit below all known quantiles, where windows differ in nothing, is left as it is.
        """
        share = self.share(highest)
        of_all = -np.expm1(counts * np.log1p(-np.minimum(share, 1 - 1e-12)))
        one = (counts <= 1) | (highest <= self.logits[0])
        single: Floats = np.where(one, highest, np.minimum(self.logit(of_all), highest))
        return single
