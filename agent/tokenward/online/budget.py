"""How many rows the traffic has to one false alarm that is allowed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from tokenward.online.settings import OnlineSettings

SHORTEST = 1.0
MEMORY = 2.0
"""Of the rate of requests: as many of the budget's periods are remembered at most."""


class Budget:
    """Measures the rate of requests, on a clock that only goes on.

    >>> from tokenward.online.settings import OnlineSettings
    >>> Budget(OnlineSettings(per_requests=50_000, false_alarms=2.0)).rows_per_alarm
    25000.0
    """

    def __init__(
        self, settings: OnlineSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.rows = 0.0
        self._seconds = 0.0
        self._settings = settings
        self._clock = clock
        self._began = clock()

    @property
    def rows_per_alarm(self) -> float:
        """How many rows all streams together may take to one false alarm."""
        settings = self._settings
        if settings.per_requests is not None:
            return settings.per_requests / settings.false_alarms
        now = self._clock()
        self._seconds += now - self._began
        self._began = now
        if self._seconds > MEMORY * settings.per_seconds:
            self.rows, self._seconds = self.rows / 2, self._seconds / 2
        rate = self.rows / max(self._seconds, SHORTEST)
        return max(1.0, rate * settings.per_seconds / settings.false_alarms)

    @property
    def figures(self) -> dict[str, float]:
        """Rows and seconds so far, to be saved."""
        return {"rows": self.rows, "seconds": self._seconds}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Goes on from saved figures."""
        self.rows, self._seconds = float(saved["rows"]), float(saved["seconds"])
