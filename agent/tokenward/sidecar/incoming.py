"""The model server's answer to one request, as it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

from tokenward.errors import UpstreamError
from tokenward.sidecar.upstream import UpstreamConnection
from tokenward.wire.request import Headers, Refusal

MAX_WHOLE = 64 * 2**20
"""Bytes of an answer that is read as a whole."""
HIGH_WATER = 65_536
"""Bytes that wait for the guard before no more are read."""

BULK = 16_384
"""Bytes of one read after which others have a turn: the loop would go on as long as more comes."""

LAST_MOMENT = 1.0
TOO_LATE = "nothing for too long"


class LostError(Exception):
    """The connection ended before the answer began."""

    def __init__(self, reason: str, *, unused: bool) -> None:
        super().__init__(reason)
        self.unused = unused


class Incoming:
    """Takes an answer: first its head, then its body, whole or in the pieces that come.

    ``deadline`` is the loop's time by which the model server must say something.
    """

    def __init__(self, connection: UpstreamConnection, timeout: float) -> None:
        self._connection: UpstreamConnection | None = connection
        self._loop = asyncio.get_running_loop()
        self._timeout = timeout
        self._head: asyncio.Future[tuple[int, Headers]] = self._loop.create_future()
        self._ended: asyncio.Future[str | None] = self._loop.create_future()
        self._wake: asyncio.Future[None] | None = None
        self._sink: Callable[[bytes], None] | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._holds: set[str] = set()
        self._heard = False
        self.deadline = self._loop.time() + timeout

    # -- from the connection ----------------------------------------------------------------

    def head(self, status: int, headers: Headers) -> None:
        """Takes the status and the headers."""
        self._heard = True
        if not self._head.done():
            self._head.set_result((status, headers))

    def body(self, data: bytes) -> None:
        """Takes bytes of the body."""
        self._heard = True
        if self._sink is not None:
            self._sink(data)
            if len(data) > BULK:
                self.hold("turn", held=True)
                self._loop.call_soon(partial(self.hold, "turn", held=False))
            return
        self._parts.append(data)
        self._size += len(data)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
        elif self._size > HIGH_WATER and self._wake is not None:
            self.hold("guard", held=True)

    def complete(self) -> None:
        """Takes the proper end."""
        self._connection = None
        self._end(None)

    def lost(self, reason: str, *, unused: bool) -> None:
        """Takes an improper end."""
        self._connection = None
        if not self._head.done():
            self._head.set_exception(LostError(reason, unused=unused))
        self._end(reason)

    def _end(self, reason: str | None) -> None:
        if not self._ended.done():
            self._ended.set_result(reason)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    # -- for the exchange -------------------------------------------------------------------

    async def headed(self) -> tuple[int, Headers]:
        """Returns the status and the headers; raises ``LostError`` where none came."""
        return await self._head

    async def read(self) -> bytes:
        """Returns the whole body."""
        self._sink = self._bounded
        self._size = sum(map(len, self._parts))
        reason = await self._ended
        if reason == TOO_LATE:
            raise too_late()
        if reason is not None:
            raise UpstreamError(f"an answer that ended in the middle: {reason}")
        return b"".join(self._parts)

    def _bounded(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)
        if self._size > MAX_WHOLE:
            self.abort(f"more than {MAX_WHOLE} bytes")

    async def pipe(self, sink: Callable[[bytes], None]) -> str | None:
        """Gives each piece to the sink; returns why the answer ended early, if it did."""
        if self._sink is None:
            self.pour(sink)
        return await self._ended

    def pour(self, sink: Callable[[bytes], None]) -> None:
        """Gives what has come to the sink, and from now on each piece that comes."""
        parts, self._parts = self._parts, []
        self._sink = sink
        if parts:
            sink(b"".join(parts))
        if self._connection is not None:
            self._connection.pass_to(sink)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yields pieces; what comes while one is worked on waits, and at some size is not read."""
        while self._parts or not self._ended.done():
            self._wake = self._loop.create_future()
            if not self._parts:
                await self._wake
            parts, self._parts, self._size = self._parts, [], 0
            self.hold("guard", held=False)
            if parts:
                yield b"".join(parts)

    @property
    def reason(self) -> str | None:
        """Why the answer ended early, once it has ended."""
        return self._ended.result()

    def hold(self, who: str, *, held: bool) -> None:
        """Stops reading while anyone wants it stopped."""
        before = bool(self._holds)
        (self._holds.add if held else self._holds.discard)(who)
        if self._connection is not None and bool(self._holds) != before:
            self._connection.pause(bool(self._holds))
        self._heard = True

    def end_soon(self) -> None:
        """Gives the model server a moment for its end, when all of its answer has been used."""
        self._heard = False
        if self._connection is not None:
            self._connection.spoke = False
        self.deadline = self._loop.time() + LAST_MOMENT

    def expire(self, now: float) -> None:
        """Ends the model server's silence, if it was too long and its own; to be called often."""
        connection = self._connection
        spoke = connection is not None and connection.spoke
        if spoke or self._heard:  # the clock is read here, and not for each piece that comes
            self._heard = False
            if connection is not None:
                connection.spoke = False
            self.deadline = now + self._timeout
        if now > self.deadline and not self._holds and not self._ended.done():
            if not self._head.done():
                self._head.set_exception(too_late())
            self.abort(TOO_LATE)

    def abort(self, reason: str = "it was let go") -> None:
        """Lets the model server go, if it is still at work."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()
        if not self._head.done():
            self._head.cancel()
        self._end(reason)


def too_late() -> Refusal:
    """Returns the error for a model server that said nothing in time."""
    return Refusal(504, "the upstream did not answer in time", "upstream_timeout")
