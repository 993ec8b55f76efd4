"""Requests that no guard has looked at: each is counted, and their records are kept few."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tokenward.decisions.record import Interaction
from tokenward.engine.ids import decision_id

WINDOW = 10.0
"""Seconds in which requests of one kind share what they leave."""
SINGLES = 10
"""Requests of one kind that have a record of their own in a window."""
ELSEWHERE = "other"
"""Stands for the path of a request that is not one of ours: it may hold text."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What requests that were turned away in the same way have in common."""

    route: str
    outcome: str
    status: int
    reason: str = ""


@dataclass(slots=True)
class Window:
    """How many of a kind there were since a time on the clock, and those without a record."""

    since: float
    count: int = 0
    more: int = 0


class Refusals:
    """Writes one record a request for the first of each kind in a window, then one for the rest.

    That one's ``sample_weight`` says how many it stands for, so the numbers add up: a flood of bad
    requests is all there, in a few rows. Kinds are few: paths of ours, and our own words.
    """

    def __init__(
        self,
        write: Callable[[Interaction], None],
        *,
        singles: int = SINGLES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._singles = singles
        self._clock = clock
        self._windows: dict[Kind, Window] = {}

    def alone(self, kind: Kind) -> bool:
        """Counts a request; tells whether it has a record of its own."""
        now = self._clock()
        window = self._windows.get(kind)
        if window is not None and now - window.since > WINDOW:
            self._close(kind, window)
            window = None
        if window is None:
            window = self._windows[kind] = Window(now)
        window.count += 1
        if window.count <= self._singles:
            return True
        window.more += 1
        return False

    def add(self, kind: Kind) -> None:
        """Counts a request, and writes its record if it has one of its own."""
        if self.alone(kind):
            self._write(record_of(kind))

    def sweep(self) -> None:
        """Writes what windows that are over have left; to be called often."""
        now = self._clock()
        for kind, window in list(self._windows.items()):
            if now - window.since > WINDOW:
                self._close(kind, window)

    def close(self) -> None:
        """Writes what is left."""
        for kind, window in list(self._windows.items()):
            self._close(kind, window)

    def _close(self, kind: Kind, window: Window) -> None:
        del self._windows[kind]
        if window.more:
            self._write(record_of(kind, window.more))


def record_of(kind: Kind, count: int = 1) -> Interaction:
    """Returns a record that stands for some requests of a kind.

    >>> record_of(Kind("other", "unknown_path", 404), 7).sample_weight
    7.0
    """
    labels = {"outcome": kind.outcome, "status": str(kind.status)}
    if kind.reason:
        labels["reason"] = kind.reason
    return Interaction(
        decision_id=decision_id(),
        source="sidecar",
        route=kind.route,
        labels=labels,
        sample_weight=float(count),
    )
