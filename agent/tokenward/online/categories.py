"""Windows of categories, compared with the reference by chi-squared."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tokenward.online.standing import Crossing, Standing
from tokenward.online.thresholds import chi_squared_bound

WINDOW = 500
LEAST_ROWS = 500
LEAST_EXPECTED = 10.0
"""Categories that are rarer in a window are counted together."""
OTHER = "(other)"
METHOD = "chi_squared"


class CategoryWatch:
    """Watches the shares of categories in windows of 500 rows (Wilks 1938).

    doi:10.1214/aoms/1177732360. The statistic is twice the logarithm of the likelihood ratio of two
    samples: unlike Pearson's it is near chi-squared as far out as thresholds are, and the reference
    is a sample as the window is one. A category that the reference does not have counts among the
    rare ones. Where rows are alike the statistic counts for less (Rao and Scott 1984,
    doi:10.1214/aos/1176346391).
    """

    kind = "categories"

    def __init__(
        self, reference: Mapping[str, int], now: float = 0.0, inflation: float = 1.0
    ) -> None:
        self.inflation = inflation
        self._reference = dict(reference)
        self.rows = sum(reference.values())
        self.crossing: Crossing | None = None
        self._cells = cells_of(self._reference)
        self._bound = math.inf
        self._counts: Counter[str] = Counter()
        self._seen = 0
        self._since = now
        self._statistic = 0.0

    def allow(self, points: float, alarms: float) -> bool:
        """Sets the threshold for so many false alarms in so many rows; tells whether it could."""
        if self.rows < LEAST_ROWS:
            return False
        windows = max(1.0, points / WINDOW)
        self._bound = chi_squared_bound(len(self._cells), min(alarms / windows, 0.5))
        return True

    def take(self, value: str, now: float) -> None:
        """Takes the next category."""
        self._counts[value] += 1
        self._seen += 1
        if self._seen == WINDOW:
            self.window(self._counts, now)
            self._counts.clear()
            self._seen, self._since = 0, now

    def window(self, counts: Mapping[str, int], now: float) -> None:
        """Compares a whole window with the reference."""
        cells = self._cells
        found = Counter[str]()
        for value, count in counts.items():
            found[value if value in cells else OTHER] += count
        self._statistic = sum(
            deviance(found[value], WINDOW, count, self.rows) for value, count in cells.items()
        )
        self._statistic /= self.inflation
        if self._statistic >= self._bound and self.crossing is None:
            self.crossing = Crossing(self.standing(), now)

    def check(self) -> None:
        """Does nothing: only whole windows are looked at."""

    def restart(self, now: float) -> None:
        """Begins a window again."""
        self.crossing = None
        self.figures = (0.0, now)

    @property
    def figures(self) -> Sequence[float]:
        """The last window's statistic and when this one began, to be saved: its rows are not."""
        return self._statistic, self._since

    @figures.setter
    def figures(self, saved: Sequence[float]) -> None:
        self._statistic, self._since = saved
        self._counts.clear()
        self._seen = 0

    @property
    def reference(self) -> dict[str, Any]:
        """The reference, to be saved."""
        return {"kind": self.kind, "counts": self._reference, "inflation": self.inflation}

    def standing(self) -> Standing:
        """Returns the statistic of the last whole window."""
        return Standing(METHOD, self._statistic, self._bound, self._since)


def deviance(count: int, rows: int, other: int, others: int) -> float:
    """Returns what a category adds to the statistic: its counts in two samples of so many rows.

    >>> round(deviance(10, 100, 100, 1000), 9), deviance(20, 100, 100, 1000) > 3
    (0.0, True)
    """
    share = (count + other) / (rows + others)
    return 2 * (_part(count, rows * share) + _part(other, others * share))


def _part(seen: float, expected: float) -> float:
    return seen * math.log(seen / expected) if seen else 0.0


def cells_of(reference: Mapping[str, int]) -> dict[str, int]:
    """Returns the counts of what is told apart; rare and new categories are one, ``OTHER``.

    >>> cells_of({"en": 900, "de": 90, "fr": 6, "nl": 4})
    {'en': 900, 'de': 90, '(other)': 10}
    """
    rows = sum(reference.values())
    least = LEAST_EXPECTED / WINDOW * rows
    cells: dict[str, int] = {}
    rare = 0
    for value, count in sorted(reference.items(), key=lambda item: (-item[1], item[0])):
        if count >= least and value != OTHER:
            cells[value] = count
        else:
            rare += count
    return {**cells, OTHER: rare}
