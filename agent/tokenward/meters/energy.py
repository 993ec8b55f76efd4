"""What some work used of energy, by the machine's own counters, or honestly not known."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

from tokenward.errors import UsageError
from tokenward.meters import nvml, rapl

UNMEASURED = "unmeasured"
ESTIMATED = "estimated"
WATTS = "TOKENWARD_WATTS"
OFTEN = 20.0
"""Seconds between readings: a RAPL counter of 2^32 units goes round in a minute at 1,000 watts."""


def stated_watts() -> float | None:
    """Returns the watts that the environment states; refuses what is no number above 0."""
    told = os.environ.get(WATTS, "").strip()
    if not told:
        return None
    try:
        watts = float(told)
    except ValueError:
        watts = math.nan
    if not 0 < watts < math.inf:
        raise UsageError(f"the environment variable {WATTS} is {told!r}; give watts, such as 65")
    return watts


class Counter(Protocol):
    """A counter of energy: `read` adds to ``joules``; ``moved`` tells that it counts at all."""

    name: str
    joules: float
    moved: bool

    def read(self) -> None:
        """Adds what was used since the last reading."""


Opened = tuple[Sequence[Counter], str | None]


@dataclass(frozen=True, slots=True)
class Energy:
    """Joules with where they come from: ``rapl``, ``nvml``, ``rapl+nvml`` or ``estimated``.

    Where nothing was measured ``joules`` is ``None``, and ``unmeasured`` says why. ``parts`` are
    joules by counter. Counters tell of the whole machine, with what else runs on it.
    """

    joules: float | None
    source: str
    parts: Mapping[str, float] = field(default_factory=dict)
    unmeasured: str | None = None

    @property
    def measured(self) -> bool:
        """Whether it may be judged: it is no estimate, and not unknown."""
        return self.joules is not None and self.source != ESTIMATED


class EnergyMeter:
    """Measures from `begin` to `end`, or in ``with``; `so_far` tells in between, and at the end.

    ``watts`` are the user's own statement, from which an estimate is made where no counter can be
    read; not given, they are those of the variable TOKENWARD_WATTS, and without it nothing is
    estimated. ``processors`` and ``accelerators`` open the counters.
    """

    def __init__(
        self,
        watts: float | None = None,
        *,
        processors: Callable[[], Opened] = rapl.open_counters,
        accelerators: Callable[[], Opened] = nvml.open_counters,
    ) -> None:
        self._watts = stated_watts() if watts is None else watts
        self._open = {"rapl": processors, "nvml": accelerators}
        self._counters: dict[str, Sequence[Counter]] = {}
        self._reasons: list[str] = []
        self._failed: str | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._began = self._seconds = 0.0
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self) -> None:
        """Opens the counters."""
        for source, open_ in self._open.items():
            counters, reason = open_()
            if counters:
                self._counters[source] = counters
            if reason:
                self._reasons.append(reason)
        self._began = time.perf_counter()
        if self._counters:  # so that no counter goes round unseen
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Reads the counters for the last time."""
        self._read()
        self._seconds = time.perf_counter() - self._began
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def so_far(self) -> Energy:
        """Returns what was used since the beginning, until now or until the end."""
        if not self._ended.is_set():
            self._read()
            self._seconds = time.perf_counter() - self._began
        with self._lock:
            return self._told()

    def _told(self) -> Energy:
        still = {s: c for s, c in self._counters.items() if all(one.moved for one in c)}
        if still and self._failed is None:
            parts = {one.name: one.joules for counters in still.values() for one in counters}
            return Energy(sum(parts.values()), "+".join(still), parts, self._why(still) or None)
        if self._watts is not None:
            return Energy(self._watts * self._seconds, ESTIMATED, {"watts": self._watts})
        return Energy(None, UNMEASURED, {}, self._failed or self._why(still))

    def _why(self, moved: Mapping[str, object]) -> str:
        stuck = [source for source in self._counters if source not in moved]
        told = [f"the counters of {source} did not move in that time" for source in stuck]
        return "; ".join([*self._reasons, *told])

    def _read(self) -> None:
        with self._lock:
            try:
                for counters in self._counters.values():
                    for counter in counters:
                        counter.read()
            except (OSError, ValueError, nvml.Failure):
                self._failed = "an energy counter could not be read any more"

    def _watch(self) -> None:
        while not self._ended.wait(OFTEN):
            self._read()
