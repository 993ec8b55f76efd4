"""One column of one part of the traffic: what is learned of it, and how it is watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from tokenward.online.learner import EventLearner, Kind, Learner, NumberLearner, WordLearner
from tokenward.online.rates import Base
from tokenward.online.standing import Crossing, Standing, finite

StreamState = Literal["learning", "watching", "warn", "alarm", "acknowledged"]

WARN, CALM = 0.75, 0.5
"""Shares of the threshold where a warning begins, and where it ends."""
OVER = 0.25
"""Where an alarm ends: the change is over."""
PATIENCE = 16.0
"""An alarm that ended by itself, or was dismissed, may be the reference's bad luck: from then on
so many times fewer false alarms are allowed, until there is a new reference."""
WEIGHTS: Mapping[str, float] = {
    "ranks": 1.0, "number": 1.0, "categories": 2.0, "category": 2.0, "rate": 4.0, "value": 4.0,
}  # fmt: skip
"""Parts of the budget: what is saved on numbers, which are soon sure, is given to rates."""


class Watch(Protocol):
    """A reference, and statistics against it."""

    figures: Sequence[float]

    @property
    def kind(self) -> str:
        """The kind of reference."""

    @property
    def rows(self) -> float:
        """How many rows the reference has."""

    @property
    def crossing(self) -> Crossing | None:
        """The first statistic that crossed its threshold since the last restart."""

    @property
    def reference(self) -> dict[str, Any]:
        """The reference as JSON data."""

    def take(self, value: Any, now: float) -> None:
        """Takes a value, or the weight of an event."""

    def allow(self, points: float, alarms: float) -> bool:
        """Sets thresholds for so many false alarms in so many rows; tells whether it could."""

    def check(self) -> None:
        """Takes note of what has not been looked at."""

    def standing(self) -> Standing:
        """Returns the statistic that is nearest to its threshold."""

    def restart(self, now: float) -> None:
        """Begins the statistics again."""


class Stream:
    """Learns a reference, then watches. ``take`` is called with each value, or weight of an event.

    ``bases`` are the rows of its part of the traffic, and of the whole; ``share`` is that of all
    rows that have the column. ``began`` is when learning did; it wants so many rows.
    """

    def __init__(
        self, column: str, slice_: str, kind: Kind, bases: tuple[Base, Base], wanted: int
    ) -> None:
        self.column, self.slice, self.kind = column, slice_, kind
        self.base, self._whole = bases
        self.watch: Watch | None = None
        self.share = 1.0
        self.past_alarms = 0
        self.alarm: Crossing | None = None
        self.alarm_id: str | None = None
        self.is_saved = False
        self._usual = wanted
        self.learn()

    def learn(self, *, start: float | None = None, zeros: int = 0) -> None:
        """Learns a reference anew: of rows from now on, or since the base had seen ``start``."""
        self.state: StreamState = "learning"
        self.watch, self.past_alarms = None, 0
        self.alarm = self.alarm_id = None
        self.wanted = self._usual
        self.began = self.base.time
        self.is_saved = False
        self._start = self.base.seen if start is None else start
        self._whole_start = self._whole.seen
        self._learner: Learner
        match self.kind:
            case "number":
                self._learner = NumberLearner(zeros)
            case "rate":
                self._learner = EventLearner(self.base, self._start)
            case "category":
                self._learner = WordLearner()
        self.take: Callable[[Any, float], None] = self._learner.take

    @property
    def learned(self) -> int:
        """How many rows have been learned from."""
        return int(self.watch.rows) if self.watch is not None else self._learner.rows

    @property
    def seed(self) -> str:
        """What the stream's own chance begins with."""
        return f"{self.column}|{self.slice}"

    def adopt(self, other: Stream) -> None:
        """Takes over what another one learned of the same column."""
        learner = other._learner
        if isinstance(learner, EventLearner):
            learner = learner.moved(self.base)
        self._learner = learner
        self.take = self._learner.take
        self._whole_start = self._whole.seen - (other._whole.seen - other._whole_start)
        self.began = other.began

    def retry(self) -> None:
        """Has what was learned looked at again: the budget is another one than before."""
        if self.watch is None:
            self.wanted = min(self.wanted, max(self.learned, self._usual))

    def finish(self, rows_per_alarm: float, total: float) -> bool:
        """Makes the reference of what was learned; tells whether it is large enough.

        ``total`` are the weights of all streams, with this one as it is.
        """
        watch: Watch = self._learner.made(self.seed)
        share = min(1.0, watch.rows / max(self._whole.seen - self._whole_start, 1.0))
        weight = WEIGHTS[watch.kind]  # a number may become one that hardly varies
        budget = weight / (total - self.weight + weight)
        if not watch.allow(max(1.0, rows_per_alarm * share), budget):
            self.wanted = 2 * max(self.wanted, self.learned)
            return False
        self.use(watch, share)
        return True

    def use(self, watch: Watch, share: float) -> None:
        """Watches with a reference; ``share`` is that of all rows that have the column."""
        self.watch, self.share = watch, min(1.0, share)
        self._start = self.base.seen
        self.is_saved = False
        self._learner = WordLearner()  # lets go of what was learned
        self.take = watch.take
        watch.restart(self.base.time)
        self.state = "watching"

    @property
    def weight(self) -> float:
        """The part of the budget that the stream has."""
        if self.watch is not None:
            return WEIGHTS[self.watch.kind]
        return WEIGHTS[self.kind]

    def allow(self, rows_per_alarm: float, budget: float) -> None:
        """Sets thresholds for a part of the budget; a reference too small is learned anew."""
        assert self.watch is not None
        rows = self.watch.rows
        budget /= PATIENCE**self.past_alarms
        if not self.watch.allow(max(1.0, rows_per_alarm * self.share), budget):
            self.learn()
            self.wanted = 2 * int(rows)

    # -- states -----------------------------------------------------------------------------

    def acknowledge(self) -> None:
        """Takes what comes from now on for normal."""
        self.learn()
        self.state = "acknowledged"

    def look(self) -> StreamState | None:
        """Returns the state where it has changed."""
        watch = self.watch
        if watch is None:
            return None
        watch.check()
        before, share = self.state, watch.standing().share
        if before == "alarm":
            if share < OVER:
                self.restart()
        elif watch.crossing is not None:
            self.state, self.alarm = "alarm", watch.crossing
        elif share >= WARN:
            self.state = "warn"
        elif share < CALM:
            self.state = "watching"
        return self.state if self.state != before else None

    def restart(self) -> None:
        """Begins the statistics again, against the same reference."""
        assert self.watch is not None
        self.watch.restart(self.base.time)
        self.past_alarms += 1
        self.alarm = self.alarm_id = None
        self.state = "watching"

    def as_dict(self) -> dict[str, Any]:
        """Returns how the stream stands, for a page."""
        watch = self.watch
        standing = watch.standing() if watch is not None else None
        since = self.alarm.standing.since if self.alarm else standing.since if standing else None
        return {
            "column": self.column,
            "slice": self.slice,
            "kind": self.kind,
            "state": self.state,
            "method": standing.method if standing else "",
            "statistic": round(standing.statistic, 3) if standing else None,
            "threshold": finite(standing.threshold) if standing else None,
            "n": int(self.base.seen - self._start) if watch is not None else 0,
            "since": since,
            "reference_n": int(watch.rows) if watch is not None else 0,
            "alarm": self.alarm_id,
            "note": "" if watch is not None else f"learning: {self.learned} of {self.wanted} rows",
        }
