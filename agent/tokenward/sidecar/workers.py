"""Several processes on one port: started, watched, asked for their figures, and ended together."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tokenward.sidecar import memory, totals
from tokenward.sidecar.settings import Settings
from tokenward.sidecar.stall import STALLED
from tokenward.sidecar.worker import packed

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 2.0
"""How long a process may take to tell its figures."""
MOST_ASKS = 16
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
TO_END = 15.0
"""Seconds beside the draining after which a process that does not end is killed."""


class Worker:
    """One process, its connection, and what it last told of its metrics."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self.ready = False
        self.process: asyncio.subprocess.Process | None = None
        self.metrics = b""
        self._settings = settings
        self._asking = asyncio.Lock()
        self._asks: set[asyncio.Task[bytes]] = set()
        self._pause = FIRST_PAUSE

    async def start(self) -> None:
        """Starts the process; it need not be ready."""
        mine, other = socket.socketpair()
        try:
            with other:
                await self._begin(other.fileno())
            self._reader, self._writer = await asyncio.open_connection(sock=mine)
        except BaseException:
            mine.close()
            raise

    async def _begin(self, control: int) -> None:
        """Starts the process, and gives it its settings."""
        # a session of its own: Ctrl-C at a terminal is for the one that started it alone
        begun = asyncio.ensure_future(asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "tokenward.sidecar.worker", str(control),
            stdin=asyncio.subprocess.PIPE, pass_fds=(control,), start_new_session=True,
        ))  # fmt: skip
        try:
            self.process = await asyncio.shield(begun)
        except asyncio.CancelledError:
            self.process = await begun  # it is there already: whoever ends the others must know it
            raise
        assert self.process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self.process.stdin.write(packed(self._settings))
            await self.process.stdin.drain()
        self.process.stdin.close()

    async def wait_ready(self) -> int | None:
        """Waits until the process answers; returns its exit status where it ended instead."""
        with contextlib.suppress(OSError, EOFError, ValueError):
            await self._ask("/healthz")
            self.ready = True
            self._pause = FIRST_PAUSE
            return None
        return await self.ended()

    async def ended(self) -> int:
        """Waits for the end of the process, if it was started; returns its exit status."""
        return await self.process.wait() if self.process is not None else 0

    async def ask(self, path: str) -> bytes | None:
        """Returns what the process answers; ``None`` where it cannot, or takes too long."""
        if not self.ready or len(self._asks) > MOST_ASKS:
            return None
        # the answer of one that is not waited for any more must still be read, before the next
        task = asyncio.ensure_future(self._ask(path))
        self._asks.add(task)
        task.add_done_callback(self._asks.discard)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.shield(task)
        except (OSError, EOFError, ValueError):
            return None

    async def _ask(self, path: str) -> bytes:
        async with self._asking:
            self._writer.write(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            return await self._reader.readexactly(int(length))

    def lost(self, status: int) -> float:
        """Notes that the process has ended; returns how long to wait before another is started."""
        self.ready = False
        self._writer.close()
        why = " (its event loop stood still)" if status == -STALLED else ""
        logger.error("worker %s ended with status %d%s; another is started", self.name, status, why)
        return self.patience()

    def patience(self) -> float:
        """Returns how long to wait before the next try, longer each time."""
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        return pause

    def signal(self, number: int) -> None:
        """Sends a signal, if the process is there."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)


class Workers:
    """All processes together; the figures of one that ended are not lost from the sums."""

    def __init__(self, settings: Settings, port: int) -> None:
        count = settings.workers
        bounds = settings.bounds
        share = (bounds.memory_bytes or memory.allowed()) // count
        one = replace(settings, port=port, bounds=replace(bounds, memory_bytes=share))
        self.all = [Worker(replace(one, shard=at), str(at)) for at in range(count)]
        self._patience = settings.drain_timeout + TO_END
        self._draining = False
        self._restarts = 0
        self._gone: list[bytes] = []
        self._watching: list[asyncio.Task[None]] = []

    async def start(self) -> int:
        """Starts the processes; returns the exit status of the first, where it did not get ready.

        The others wait for it: a mistake in the settings is then said once.
        """
        first, *others = self.all
        await first.start()
        status = await first.wait_ready()
        if status is not None:
            return status or 1
        for one in others:
            await one.start()
        for one in others:
            await one.wait_ready()
        self._watching = [asyncio.ensure_future(self._keep(one)) for one in self.all]
        return 0

    async def _keep(self, one: Worker) -> None:
        """Starts a process again whenever it ends, until all are to end."""
        while True:
            status = await one.ended()
            self._restarts += 1
            if one.metrics:
                self._gone = [totals.added([*self._gone, one.metrics], lasting=True)]
                one.metrics = b""
            await asyncio.sleep(one.lost(status))
            await self._start_again(one)

    async def _start_again(self, one: Worker) -> None:
        """Starts a process; tries again where there is no room for it now."""
        while True:
            try:
                await one.start()
            except OSError as error:
                told = error.strerror or type(error).__name__
                logger.error("worker %s cannot be started: %s", one.name, told)  # noqa: TRY400
                await asyncio.sleep(one.patience())
            else:
                await one.wait_ready()
                return

    # -- figures ----------------------------------------------------------------------------

    async def _ask_all(self, path: str) -> Sequence[bytes | None]:
        return await asyncio.gather(*(one.ask(path) for one in self.all))

    async def _values(self, path: str) -> list[dict[str, Any]]:
        answers = await self._ask_all(path)
        return [json.loads(answer) for answer in answers if answer is not None]

    def alive(self) -> bool:
        """Tells that this process is: it starts the others again where they are not."""
        return True

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Tells whether all processes that are there can answer requests, and how many are."""
        told = await self._values("/readyz")
        words = totals.together(told) | {
            "draining": self._draining,
            "workers": {"ready": len(told), "of": len(self.all)},
        }
        ready = bool(told) and all(one["upstream"] for one in told) and not self._draining
        return ready, {"upstream": False, "detectors": False, **words}

    async def metrics(self) -> bytes:
        """Returns the metrics of all processes, added up."""
        for one, answer in zip(self.all, await self._ask_all("/metrics"), strict=True):
            one.metrics = answer or one.metrics
        ready = sum(one.ready for one in self.all)
        mine = (
            "# HELP tokenward_workers Processes that are at work.\n"
            "# TYPE tokenward_workers gauge\n"
            f"tokenward_workers {ready}\n"
            "# HELP tokenward_worker_restarts_total Processes that ended and were started again.\n"
            "# TYPE tokenward_worker_restarts_total counter\n"
            f"tokenward_worker_restarts_total {self._restarts}\n"
        )
        return totals.added([*self._gone, *(one.metrics for one in self.all)]) + mine.encode()

    async def now(self) -> dict[str, Any]:
        """Returns what happens now, added up."""
        told = await self._values("/tokenward/api/now")
        return totals.together(told) | {"workers": {"ready": len(told), "of": len(self.all)}}

    # -- the end ----------------------------------------------------------------------------

    def signal(self, number: int) -> None:
        """Sends a signal to all."""
        for one in self.all:
            one.signal(number)

    async def stop(self, hurry: asyncio.Event) -> bool:
        """Has all processes end their answers and themselves; says whether none had to be killed.

        A set ``hurry`` ends the waiting for answers.
        """
        self._draining = True
        await cancelled(*self._watching)
        self.signal(signal.SIGTERM)
        ends = asyncio.gather(*(one.ended() for one in self.all))
        hurried = asyncio.ensure_future(hurry.wait())
        await asyncio.wait(
            (ends, hurried), timeout=self._patience, return_when=asyncio.FIRST_COMPLETED
        )
        if not ends.done():
            self.signal(signal.SIGTERM)
            await asyncio.wait((ends,), timeout=TO_END)
        hurried.cancel()
        done = ends.done()
        if not done:
            self.signal(signal.SIGKILL)
            await ends
        return done


async def cancelled(*tasks: asyncio.Future[Any]) -> None:
    """Cancels tasks, and waits until they have ended: what they began is known then."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
