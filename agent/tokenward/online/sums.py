"""What is known of rows that were learned from and let go: memory does not grow with them."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from tokenward.online.dependence import BLOCK, Dependence
from tokenward.online.quantiles import Quantiles, most_common
from tokenward.online.ranks import RankWatch
from tokenward.online.rates import ValueWatch

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

USUAL = 0.8
"""A number of which so large a share is one value is watched for how often it is another."""
UNUSUAL = 0.5
"""Where the share fell below this, the first rows told the others too little apart."""


def whole_blocks(rows: int) -> int:
    """Returns how many rows are in whole blocks.

    >>> whole_blocks(1_234)
    1000
    """
    return rows // BLOCK * BLOCK


class NumberSums:
    """Counts of numbers in bins, which the first of them say, and how alike neighbours are."""

    def __init__(self, first: array[float]) -> None:
        import numpy as np  # noqa: PLC0415  # only needed here

        table = Quantiles.of(first)
        self._edges, self._below = np.array(table.edges), np.array(table.cumulative)
        self._value, times = most_common(first)
        self._was_usual = times >= USUAL * len(first)
        self._counts = np.zeros(len(self._edges) + 1, int)
        self._chance = np.random.default_rng(0)
        self._ranks, self._distances, self._others = Dependence(), Dependence(), Dependence()

    @property
    def rows(self) -> int:
        """How many numbers were taken."""
        return self._others.rows

    @property
    def _times(self) -> int:
        """How many of them are the value that the first ones were most often."""
        return self.rows - int(self._others.total)

    def add(self, numbers: array[float]) -> None:
        """Takes numbers: whole blocks of them, but for the last ones."""
        import numpy as np  # noqa: PLC0415  # only needed here

        values = np.frombuffer(numbers)
        bins = np.searchsorted(self._edges, values)
        low = self._below[bins]
        ranks = low + self._chance.random(len(values)) * (self._below[bins + 1] - low)
        self._counts += np.bincount(bins, minlength=len(self._counts))
        self._ranks.add(ranks)
        self._distances.add(np.abs(ranks - 0.5))
        self._others.add(values != self._value)

    @property
    def is_fit(self) -> bool:
        """Whether the bins of the first rows still tell the rows apart."""
        return not self._was_usual or self._times >= UNUSUAL * self.rows

    def made(self, seed: str) -> RankWatch | ValueWatch:
        """Returns the watch of all numbers that were taken."""
        rows, times = self.rows, self._times
        if times >= USUAL * rows:
            return ValueWatch(self._value, rows - times, rows, seed, self._others.inflation())
        shares = self._counts.cumsum() / rows
        table = Quantiles(self._edges.tolist(), [0.0, *shares.tolist()], rows)
        return RankWatch(table, seed, (self._ranks.inflation(), self._distances.inflation()))


class EventSums:
    """How alike neighbours are in whether they had an event; most rows had none."""

    def __init__(self) -> None:
        self._had = Dependence()

    @property
    def rows(self) -> int:
        """How many rows were taken."""
        return self._had.rows

    def add(self, places: Numbers, rows: int) -> None:
        """Takes the places of events in the next ``rows``, which are whole blocks."""
        import numpy as np  # noqa: PLC0415  # only needed here

        places = places - self.rows
        blocks, which = np.unique(places // BLOCK, return_inverse=True)
        at = which * BLOCK + places % BLOCK
        self._had.add(np.bincount(at, minlength=len(blocks) * BLOCK))
        self._had.add_zeros(rows // BLOCK - len(blocks))

    def inflation(self, places: Numbers, rows: int) -> float:
        """Returns the inflation of all rows, and of ``rows`` behind them with their events."""
        import numpy as np  # noqa: PLC0415  # only needed here

        return self._had.inflation(np.bincount(places - self.rows, minlength=rows))
