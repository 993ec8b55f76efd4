"""A proxy that passes bytes on and looks at nothing: what the sidecar would cost without a guard.

    python -m tests.benchmarks.sidecar_plain PORT

prints its own port. It is made like the sidecar (uvloop, httptools, kept connections to the model),
and reads each body, so that what differs is the guard.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import httptools
import uvloop
from tests.benchmarks.sidecar_model import END, STREAM, framed, listen

REQUEST = b"POST %b HTTP/1.1\r\nhost: model\r\ncontent-length: %d\r\n\r\n%b"
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


class Upstream(asyncio.Protocol):
    """A connection to the model, kept when its answer has ended."""

    def __init__(self, kept: list[Upstream]) -> None:
        self.kept = kept
        self.client: Client

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def begin(self, client: Client, request: bytes) -> None:
        """Sends a request; its answer goes to a client."""
        self.client, self.parser = client, httptools.HttpResponseParser(self)
        self.parts: list[bytes] = []
        self.streams = self.done = False
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)
        write = self.client.transport.write
        if self.streams:
            write(b"".join([*map(framed, self.parts), END if self.done else b""]))
            self.parts.clear()
        elif self.done:
            body = b"".join(self.parts)
            write(WHOLE % (len(body), body))
        if self.done:
            self.kept.append(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"transfer-encoding":
            self.streams = True

    def on_headers_complete(self) -> None:
        if self.streams:
            self.client.transport.write(STREAM)

    def on_body(self, data: bytes) -> None:
        self.parts.append(data)

    def on_message_complete(self) -> None:
        self.done = True


class Client(asyncio.Protocol):
    """A connection of a client."""

    def __init__(self, port: int, kept: list[Upstream]) -> None:
        self.port, self.kept = port, kept
        self.url, self.body = b"", b""

    def connection_made(self, transport: Any) -> None:
        self.transport, self.parser = transport, httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self.url = url

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        request = REQUEST % (self.url, len(self.body), self.body)
        self.body = b""
        if self.kept:
            self.kept.pop().begin(self, request)
        else:
            self.task = asyncio.ensure_future(self.connect(request))

    async def connect(self, request: bytes) -> None:
        """Opens another connection to the model."""
        loop = asyncio.get_running_loop()
        _, upstream = await loop.create_connection(
            lambda: Upstream(self.kept), "127.0.0.1", self.port
        )
        upstream.begin(self, request)


def clients(port: int) -> Callable[[], asyncio.Protocol]:
    """Returns what makes connections of clients."""
    kept: list[Upstream] = []
    return lambda: Client(port, kept)


if __name__ == "__main__":
    uvloop.run(listen(clients(int(sys.argv[1]))))
