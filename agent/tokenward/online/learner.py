"""What is learned of a column until it is watched."""

from __future__ import annotations

from array import array
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Literal

from tokenward.online.categories import OTHER, CategoryWatch
from tokenward.online.dependence import inflation
from tokenward.online.ranks import RankWatch
from tokenward.online.rates import Base, RateWatch, ValueWatch
from tokenward.online.sums import EventSums, NumberSums, whole_blocks

if TYPE_CHECKING:
    import numpy as np

Kind = Literal["number", "rate", "category"]
MOST_VALUES = 1000
FIRST = 10_000
"""Numbers that are kept until the bins are made in which the others are counted."""
NEXT = 2_000
"""Numbers, or events, that are kept until they are counted."""


class NumberLearner:
    """Keeps the first numbers and counts the others; the first ``zeros`` are 0.

    What is never enough for a reference is learned for ever, so that memory must not grow with it.
    """

    def __init__(self, zeros: int = 0) -> None:
        self._values = array("d", bytes(8 * zeros))
        self._sums: NumberSums | None = None
        self._most = FIRST

    def take(self, value: float, now: float) -> None:
        """Takes a value."""
        del now
        self._values.append(value)
        if len(self._values) >= self._most:
            self._fold()

    def _fold(self) -> None:
        """Counts what is kept; begins again where it is not what it was."""
        sums = self._sums or NumberSums(self._values)
        end = whole_blocks(len(self._values))
        sums.add(self._values[:end])
        if sums.is_fit:
            self._values, self._sums, self._most = self._values[end:], sums, NEXT
        else:
            self._values, self._sums, self._most = array("d"), None, FIRST

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self._values) + (self._sums.rows if self._sums is not None else 0)

    def made(self, seed: str) -> RankWatch | ValueWatch:
        """Returns the watch with what was learned for its reference."""
        sums = deepcopy(self._sums) or NumberSums(self._values)  # a copy: more may come
        sums.add(self._values)
        return sums.made(seed)


class EventLearner:
    """Keeps which rows of a base had an event, from where the base had seen ``start``."""

    def __init__(self, base: Base, start: float) -> None:
        self._base = base
        self._start = start
        self._at = array("d")
        self._events = 0.0
        self._sums = EventSums()

    def take(self, weight: float, now: float) -> None:
        """Takes an event."""
        del now
        self._events += weight
        self._at.append(self._base.seen - self._start)
        if len(self._at) >= NEXT:
            self._fold()

    def _fold(self) -> None:
        """Counts the events in whole blocks of rows."""
        end = whole_blocks(self.rows)
        places = self._places
        done = int((places < end).sum())
        self._sums.add(places[:done], end - self._sums.rows)
        self._at = self._at[done:]

    @property
    def _places(self) -> np.ndarray[Any, Any]:
        """The places of the rows that had the events which are kept."""
        import numpy as np  # noqa: PLC0415  # only needed here

        return np.ceil(np.frombuffer(self._at)).astype(int) - 1

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self._base.seen - self._start)

    def moved(self, base: Base) -> EventLearner:
        """Returns what was learned as if it had been of another base."""
        moved = EventLearner(base, base.seen - (self._base.seen - self._start))
        moved._at, moved._events, moved._sums = self._at, self._events, self._sums
        return moved

    def made(self, seed: str) -> RateWatch:
        """Returns the watch with what was learned for its reference."""
        self._fold()
        alike = self._sums.inflation(self._places, self.rows - self._sums.rows)
        return RateWatch(self._base, self._events, self.rows, seed, alike)


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
