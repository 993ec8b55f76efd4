"""The distribution of a number in the reference, and the rank of a value in it."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

BINS = 256


class Quantiles:
    """Bins with the share of the reference's rows in each; where a value repeats, it has its own.

    ``edges`` are the upper ends of the bins but the last, which has none. ``cumulative`` are the
    shares of the rows below each bin, and 1.

    >>> table = Quantiles.of(range(1000))
    >>> table.rank(250, 0.5), table.rank(-7, 0.5), table.rank(7000, 0.5)
    (0.252, 0.0, 1.0)
    """

    __slots__ = ("cumulative", "edges", "rows")

    def __init__(self, edges: Sequence[float], cumulative: Sequence[float], rows: float) -> None:
        self.edges = list(edges)
        self.cumulative = list(cumulative)
        self.rows = rows

    @classmethod
    def of(cls, values: Iterable[float]) -> Quantiles:
        """Returns the table of finite values, of which there is at least one."""
        import numpy as np  # noqa: PLC0415  # only needed here

        ordered = np.sort(np.fromiter(values, float))
        places = np.ceil(np.arange(1, BINS + 1) * len(ordered) / BINS).astype(int) - 1
        marks, times = np.unique(ordered[np.maximum(places, 0)], return_counts=True)
        alone = np.append(marks[times > 1], ordered[0])  # below the least there is nothing
        edges = np.unique(np.concatenate([np.nextafter(alone, -math.inf), marks, ordered[-1:]]))
        below = np.searchsorted(ordered, edges, side="right") / len(ordered)
        return cls(edges.tolist(), [0.0, *below.tolist(), 1.0], len(ordered))

    def rank(self, value: float, chance: float) -> float:
        """Returns the rank of a value, in [0, 1]; ``chance`` in [0, 1] places it within its bin.

        With a uniform chance the rank of traffic like the reference is uniform, ties or not.
        """
        at = bisect_left(self.edges, value)
        low = self.cumulative[at]
        return low + chance * (self.cumulative[at + 1] - low)

    def as_dict(self) -> dict[str, Any]:
        """Returns the table as JSON data."""
        return {"edges": self.edges, "cumulative": self.cumulative, "rows": self.rows}


def most_common(values: array[float]) -> tuple[float, int]:
    """Returns the value that repeats most, and how often.

    >>> most_common(array("d", [3.0, 3.0, 1.0]))
    (3.0, 2)
    """
    import numpy as np  # noqa: PLC0415  # only needed here

    marks, times = np.unique(np.frombuffer(values), return_counts=True)
    at = int(times.argmax())
    return float(marks[at]), int(times[at])
