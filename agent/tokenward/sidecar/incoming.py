"""The model server's answer to one request, as it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from tokenward.errors import UpstreamError
from tokenward.sidecar.request import Headers
from tokenward.sidecar.upstream import UpstreamConnection

MAX_WHOLE = 64 * 2**20


class Lost(Exception):
    """The connection ended before the answer began."""

    def __init__(self, reason: str, *, unused: bool) -> None:
        super().__init__(reason)
        self.unused = unused


class Listener(Protocol):
    """Who wants to know that the model server is alive."""

    def heard(self, now: float) -> None:
        """Notes that it said something."""


class Incoming:
    """Takes an answer: first its head, then its body, whole or given on to a sink as it comes."""

    def __init__(self, listener: Listener, connection: UpstreamConnection) -> None:
        self._listener = listener
        self._connection: UpstreamConnection | None = connection
        self._loop = asyncio.get_running_loop()
        self._head: asyncio.Future[tuple[int, Headers]] = self._loop.create_future()
        self._parts: list[bytes] = []
        self._size = 0
        self._sink: Callable[[bytes], None] | None = None
        self._ended: asyncio.Future[str | None] = self._loop.create_future()
        self._holds: set[str] = set()
        listener.heard(self._loop.time())
