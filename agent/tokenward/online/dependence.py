"""How alike rows are that come one after another: they then say less than their number."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Values = Sequence[float] | np.ndarray[Any, Any]

LENGTHS = (20, 100, 500)
BLOCK = 500
"""Each of the lengths divides it: blocks of so many rows can be taken one after another."""
FEWEST = 10
SURE = 3.0
"""Standard errors from which rows count as dependent: where they are not, nothing is lost."""
TINY = 1e-12
"""A variance so small beside the squares is nothing but rounding."""


class Dependence:
    """Sums over rows that come in blocks, in memory that does not grow with them.

    Values are in [0, 1], or little more: powers of them are added up.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._powers = [0.0] * 4
        self._batches = [(0, 0.0, 0.0)] * len(LENGTHS)
        """How many there are of each length, the sum of their means, and that of its squares."""

    def add(self, values: Values) -> None:
        """Takes rows: a whole number of blocks, but for the last ones."""
        import numpy as np  # noqa: PLC0415  # only needed here

        row = np.asarray(values, float)
        self.rows += len(row)
        power = np.ones_like(row)
        for at in range(4):
            power *= row
            self._powers[at] += float(power.sum())
        for at, length in enumerate(LENGTHS):
            count = len(row) // length
            means = row[: count * length].reshape(count, length).mean(1)
            known, total, squares = self._batches[at]
            total += float(means.sum())
            self._batches[at] = known + count, total, squares + float(means @ means)

    def add_zeros(self, blocks: int) -> None:
        """Takes blocks of rows that are all 0."""
        self.rows += blocks * BLOCK
        for at, length in enumerate(LENGTHS):
            count, total, squares = self._batches[at]
            self._batches[at] = count + blocks * BLOCK // length, total, squares

    @property
    def total(self) -> float:
        """The sum of all rows."""
        return self._powers[0]

    def inflation(self, rest: Values = ()) -> float:
        """Returns the variance of means of neighbours over that of means of as many strangers.

        Batch means of several lengths (Conway 1963, doi:10.1287/mnsc.10.1.47): latencies of a
        loaded machine, or rows of one session, go up and down together. It is 1 where no length
        shows that. ``rest`` are rows behind those that were taken; they are not kept.
        """
        if len(rest):
            whole = deepcopy(self)
            whole.add(rest)
            return whole.inflation()
        variance, tails = self._spread()
        if not variance:
            return 1.0
        found = 1.0
        for length, (count, total, squares) in zip(LENGTHS, self._batches, strict=True):
            if count < FEWEST:
                break
            ratio = length * (squares - total * total / count) / (count - 1) / variance
            error = ((2 + max(tails, 0.0) / length) / count) ** 0.5
            if ratio > 1 + SURE * error:
                found = max(found, ratio)
        return found

    def _spread(self) -> tuple[float, float]:
        """Returns the variance of all rows, and their excess kurtosis."""
        if not self.rows:
            return 0.0, 0.0
        one, two, three, four = (power / self.rows for power in self._powers)
        variance = two - one**2
        if variance <= TINY * two:
            return 0.0, 0.0
        fourth = four - 4 * three * one + 6 * two * one**2 - 3 * one**4
        return variance, fourth / variance**2 - 3


def inflation(values: Values) -> float:
    """Returns the ``inflation`` of all rows at once.

    >>> inflation([0.0, 1.0] * 500)
    1.0
    >>> inflation(([0.0] * 50 + [1.0] * 50) * 20) > 10
    True
    """
    return Dependence().inflation(values)
