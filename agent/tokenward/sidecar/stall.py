"""Ends a process whose event loop stands still, and notices detectors that hang in a thread."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import signal
from collections.abc import Callable

logger = logging.getLogger(__name__)

STALLED = signal.SIGALRM
"""What ends the process; its exit status tells of it (142 in a shell)."""
TICK = 1.0
LEAST_BEATS = 4
"""How often at least the loop says that it moves, within the time that it may stand still."""


class Stall:
    """Watches one process; ``seconds`` is the longest stall, ``stuck`` tells how long one lasts.

    A detector that hangs in the event loop may hold the interpreter's lock: no thread of ours
    could do anything about it. So the kernel keeps the time. It is not the wall clock's, which may
    jump; time in which the process was suspended counts. Where each thread stood is written to
    stderr, without any value.
    """

    def __init__(self, seconds: float, stuck: Callable[[], float]) -> None:
        self.hung = asyncio.Event()
        """Is set once a detector hangs that is waited for by nobody any more."""
        self._seconds = seconds
        self._stuck = stuck

    async def watch(self) -> None:
        """Watches until it is cancelled."""
        faulthandler.register(STALLED, all_threads=True, chain=True)
        try:
            while True:
                signal.setitimer(signal.ITIMER_REAL, self._seconds)
                self._look()
                await asyncio.sleep(min(TICK, self._seconds / LEAST_BEATS))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            faulthandler.unregister(STALLED)

    def _look(self) -> None:
        if self._stuck() > self._seconds and not self.hung.is_set():
            self.hung.set()
            logger.error("a detector hangs: it has long been at texts that nobody waits for")
