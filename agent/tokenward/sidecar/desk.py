"""The dashboard of the operator's port: made when it is first asked for, at work in a thread.

Pages read the store, and the playground runs detectors: neither may hold up the event loop. One
request is answered at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from tokenward.dashboard.messages import Answer, Ask
from tokenward.dashboard.trend import SECONDS, Trend
from tokenward.wire.request import Request

if TYPE_CHECKING:
    from tokenward.dashboard.live import Live
    from tokenward.dashboard.parts import Parts
    from tokenward.dashboard.site import Dashboard

PATIENCE = 10.0
"""Seconds that figures may take: other processes are asked for theirs."""


class Source(Protocol):
    """Who knows the figures: of one process, or of several together."""

    def alive(self) -> bool:
        """Tells whether this need not be started again."""

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Tells whether requests can be answered, and why not."""

    async def metrics(self) -> bytes:
        """Returns all metrics in Prometheus' text format."""

    async def now(self) -> dict[str, Any]:
        """Returns what happens now."""


class Asked:
    """Figures for a thread: the event loop is asked for them."""

    def __init__(self, source: Source, trend: Trend, loop: asyncio.AbstractEventLoop) -> None:
        self.trend = trend
        self._source = source
        self._loop = loop

    def now(self) -> Mapping[str, Any]:
        """Returns what happens now, and what has happened since the start."""
        return asyncio.run_coroutine_threadsafe(self._source.now(), self._loop).result(PATIENCE)

    def metrics(self) -> bytes:
        """Returns all metrics in Prometheus' text format."""
        return asyncio.run_coroutine_threadsafe(self._source.metrics(), self._loop).result(PATIENCE)

    def clock(self) -> float:
        """Returns the seconds of a clock that only goes on."""
        return time.monotonic()


class Desk:
    """Hands requests to the dashboard; ``parts`` says what it shows, given the figures."""

    def __init__(self, source: Source, parts: Callable[[Live], Parts]) -> None:
        self._source = source
        self._parts = parts
        self._trend = Trend()
        self._dashboard: Dashboard | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def watch(self) -> None:
        """Takes a sample of the metrics now and then, for ever."""
        while True:
            self._trend.add(await self._source.metrics(), time.monotonic())
            await asyncio.sleep(SECONDS)

    async def answer(self, request: Request) -> Answer:
        """Answers a request."""
        loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="tokenward-dashboard")
        return await loop.run_in_executor(self._thread, self._answer, loop, ask_of(request))

    def _answer(self, loop: asyncio.AbstractEventLoop, ask: Ask) -> Answer:
        if self._dashboard is None:
            from tokenward.dashboard.site import Dashboard  # noqa: PLC0415  # few ask for a page

            self._dashboard = Dashboard(self._parts(Asked(self._source, self._trend, loop)))
        return self._dashboard.answer(ask)

    def close(self) -> None:
        """Ends the thread; what it is at is not waited for."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)


def ask_of(request: Request) -> Ask:
    """Returns a request as the dashboard takes it."""
    query = request.target.partition(b"?")[2].decode("ascii", "replace")
    headers = {
        name.decode("latin-1"): value.decode("utf-8", "replace") for name, value in request.headers
    }
    return Ask(request.method.decode("ascii"), request.path, query, headers, bytes(request.body))
