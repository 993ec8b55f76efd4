"""What is learned of a column until it is watched."""

from __future__ import annotations

from array import array
from typing import Literal

from tokenward.online.categories import OTHER, CategoryWatch
from tokenward.online.dependence import inflation
from tokenward.online.quantiles import Quantiles, most_common
from tokenward.online.ranks import RankWatch
from tokenward.online.rates import Base, RateWatch, ValueWatch

Kind = Literal["number", "rate", "category"]
USUAL = 0.8
"""A number of which so large a share is one value is watched for how often it is another."""
MOST_VALUES = 1000


class NumberLearner:
    """Keeps numbers, of which the first ``zeros`` are 0."""

    def __init__(self, zeros: int = 0) -> None:
        self._values = array("d", bytes(8 * zeros))

    def take(self, value: float, now: float) -> None:
        """Takes a value."""
        del now
        self._values.append(value)

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self._values)

    def made(self, seed: str) -> RankWatch | ValueWatch:
        """Returns the watch with what was learned for its reference."""
        import numpy as np  # noqa: PLC0415  # only needed here

        values, rows = np.frombuffer(self._values), self.rows
        value, times = most_common(self._values)
        if times >= USUAL * rows:
            return ValueWatch(value, rows - times, rows, seed, inflation(values != value))
        table = Quantiles.of(self._values)
        below, at = np.array(table.cumulative), np.searchsorted(table.edges, values)
        ranks = below[at] + np.random.default_rng(0).random(rows) * (below[at + 1] - below[at])
        inflations = inflation(ranks), inflation(np.abs(ranks - 0.5))
        return RankWatch(table, seed, inflations)


class EventLearner:
    """Keeps which rows of a base had an event, from where the base had seen ``start``."""

    def __init__(self, base: Base, start: float) -> None:
        self._base = base
        self._start = start
        self._at = array("d")
        self._events = 0.0

    def take(self, weight: float, now: float) -> None:
        """Takes an event."""
        del now
        self._events += weight
        self._at.append(self._base.seen - self._start)

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self._base.seen - self._start)

    def moved(self, base: Base) -> EventLearner:
        """Returns what was learned as if it had been of another base."""
        moved = EventLearner(base, base.seen - (self._base.seen - self._start))
        moved._at, moved._events = self._at, self._events
        return moved

    def made(self, seed: str) -> RateWatch:
        """Returns the watch with what was learned for its reference."""
        import numpy as np  # noqa: PLC0415  # only needed here

        places = np.ceil(np.frombuffer(self._at)).astype(int) - 1
        had = np.bincount(places, minlength=self.rows)
        return RateWatch(self._base, self._events, self.rows, seed, inflation(had))


class WordLearner:
    """Keeps categories in their order, as numbers."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {OTHER: 0}
        self._words = array("H")

    def take(self, value: str, now: float) -> None:
        """Takes a category."""
        del now
        known = self._numbers
        if value not in known:
            if len(known) >= MOST_VALUES:
                value = OTHER
            else:
                known[value] = len(known)
        self._words.append(known[value])

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self._words)

    def made(self, seed: str) -> CategoryWatch:
        """Returns the watch with what was learned for its reference."""
        import numpy as np  # noqa: PLC0415  # only needed here

        del seed
        words = np.frombuffer(self._words, np.uint16)
        counts = np.bincount(words, minlength=len(self._numbers)).tolist()
        found = {word: counts[at] for word, at in self._numbers.items() if counts[at]}
        largest = sorted(found.values(), reverse=True)[:4]
        told = [inflation(words == at) for at, n in enumerate(counts) if n in largest and n]
        return CategoryWatch(found, inflation=sum(told) / max(len(told), 1))


Learner = NumberLearner | EventLearner | WordLearner
