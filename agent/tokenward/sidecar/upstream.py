"""The model server behind the sidecar: its address, and connections that are kept for reuse."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast
from urllib.parse import urlsplit

import httptools

from tokenward.errors import UsageError
from tokenward.sidecar.chunks import END, HEADS_BY_WHOLE, KNOWN, whole_chunks
from tokenward.wire.request import Headers

MAX_IDLE = 256
MAX_HEAD = 2**17
"""Bytes without any of the body after which an answer is none: endless headers, or trailers."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the model server is; ``prefix`` stands before each path, without ``/v1``.

    >>> target = Target.of("http://gpu-7:8000/models/a/v1/")
    >>> target.host, target.port, target.prefix
    ('gpu-7', 8000, '/models/a')
    """

    host: str
    port: int
    authority: str
    prefix: str
    secure: bool

    @classmethod
    def of(cls, url: str) -> Target:
        """Reads the URL of ``--upstream``."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
            raise UsageError(
                f"upstream: cannot use {url!r}; write http://HOST:PORT or https://HOST"
            )
        if parts.username or parts.query or parts.fragment:
            raise UsageError("upstream: give a base URL without user, query and fragment")
        secure = parts.scheme == "https"
        return cls(
            host=parts.hostname,
            port=port or (443 if secure else 80),
            authority=parts.netloc,
            prefix=parts.path.rstrip("/").removesuffix("/v1").rstrip("/"),
            secure=secure,
        )


class Receiver(Protocol):
    """Who takes the answer of the model server."""

    def head(self, status: int, headers: Headers) -> None:
        """Takes the status and the headers."""

    def body(self, data: bytes) -> None:
        """Takes bytes of the body: all that one read brought."""

    def complete(self) -> None:
        """Takes the answer's proper end."""

    def lost(self, reason: str, *, unused: bool) -> None:
        """Takes its improper end; ``unused`` where nothing came on a connection kept for reuse."""


class UpstreamConnection(asyncio.Protocol):
    """One connection to the model server; one request at a time."""

    def __init__(self, idle: Callable[[UpstreamConnection], None]) -> None:
        self._idle = idle
        self._receiver: Receiver | None = None
        self._sink: Callable[[bytes], None] | None = None
        self._used = False
        self._open = True
        self.spoke = False
        """Whether pieces of the body came since whoever asks set it back."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Is called by the loop."""
        self._transport = cast("asyncio.Transport", transport)

    @property
    def usable(self) -> bool:
        """Whether another request can be sent."""
        return self._open and not self._transport.is_closing()

    def send(self, data: bytes, receiver: Receiver) -> None:
        """Writes a request, in one write."""
        self._receiver = receiver
        self._fresh = True
        self._begin()
        self._transport.write(data)

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: Headers = []
        self._parts: list[bytes] = []
        self._headed = self._told = self._complete = self._framed = False
        self._bare = 0
        self._between = False  # whether what comes next is the beginning of a chunk

    # -- from the parser --------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Is called by the parser; what says more than it was asked is not asked again."""
        self._keep = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Is called by the parser, for trailers too: those are left out."""
        if not self._headed:
            name = name.lower()
            self._framed = self._framed or name in (b"content-length", b"transfer-encoding")
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Is called by the parser."""
        if self._complete:  # another answer, that nobody asked for
            return
        self._status = self._parser.get_status_code()
        self._headed = self._status >= 200  # noqa: PLR2004  # 1xx comes before the answer
        if not self._headed:
            self._headers.clear()

    def on_body(self, data: bytes) -> None:
        """Is called by the parser."""
        if not self._complete:
            self._parts.append(data)

    def on_chunk_header(self) -> None:
        """Is called by the parser."""
        self._between = False

    def on_chunk_complete(self) -> None:
        """Is called by the parser."""
        self._between = self._told

    def on_message_complete(self) -> None:
        """Is called by the parser."""
        self._between = False
        if not self._complete:
            self._complete = self._headed
            self._keep = self._framed and self._parser.should_keep_alive()

    # -- from the loop ----------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parses what came, and hands it on at once: one call a read."""
        receiver = self._receiver
        if receiver is None:  # nothing was asked: not a connection to trust
            self.abort()
            return
        if self._between:  # whole chunks are nothing for the parser: it waits for the next
            size, sink = len(data), self._sink
            if size < KNOWN and sink is not None:  # one of them, as nearly always
                head = HEADS_BY_WHOLE[size]
                if data.startswith(head) and data.endswith(END):
                    self._bare, self.spoke = 0, True
                    sink(data[len(head) : -2])
                    return
            self._parts, at = whole_chunks(data)
            if at == size:
                parts, self._parts, self._bare = self._parts, [], 0
                receiver.body(b"".join(parts))
                return
            data = data[at:]
        self._parse(data, receiver)

    def _parse(self, data: bytes, receiver: Receiver) -> None:
        self._fresh = False
        wrong = ""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            wrong, self._keep = "not a valid HTTP answer", False
        self._bare = 0 if self._parts else self._bare + len(data)
        if self._bare > MAX_HEAD:
            wrong = f"more than {MAX_HEAD} bytes of headers"
        parts = self._parts
        if self._told and len(parts) == 1:  # the usual case, without a call more
            self._parts = []
            receiver.body(parts[0])
        else:
            self._hand_on(receiver)  # what is wrong begins where it stands, however bytes are cut
        if self._receiver is not receiver:
            return
        if self._complete:
            self._finish(receiver)
        elif wrong:
            self._fail(wrong)

    def _hand_on(self, receiver: Receiver) -> None:
        if self._headed and not self._told:
            self._told = True
            receiver.head(self._status, self._headers)
        if self._parts:
            parts, self._parts = self._parts, []
            receiver.body(parts[0] if len(parts) == 1 else b"".join(parts))

    def _finish(self, receiver: Receiver) -> None:
        self._receiver = self._sink = None
        self._used = True
        self._transport.resume_reading()
        receiver.complete()
        if self._keep:
            self._idle(self)
        else:
            self.abort()

    def _fail(self, reason: str, *, unused: bool = False) -> None:
        receiver = self._receiver
        self.abort()
        if receiver is not None:
            receiver.lost(reason, unused=unused)

    def connection_lost(self, error: Exception | None) -> None:
        """Is called by the loop; the end of bytes is the end of an answer without a length."""
        self._open = False
        receiver = self._receiver
        if receiver is None:
            return
        if error is None and self._told and not self._framed:
            self._receiver = None
            receiver.complete()
        else:
            told = "the connection was lost" if error is None else "the connection was reset"
            self._fail(told, unused=self._fresh and self._used)

    # -- control ----------------------------------------------------------------------------

    def pause(self, paused: bool) -> None:
        """Stops or goes on reading."""
        if not self.usable:
            return
        if paused:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def pass_to(self, sink: Callable[[bytes], None]) -> None:
        """Gives small pieces of the body to a sink, and not to the receiver, from now on."""
        self._sink = sink

    def abort(self) -> None:
        """Ends the connection at once: the signal to stop generating."""
        self._open = False
        self._receiver = self._sink = None
        self._transport.abort()


class Pool:
    """Connections to one model server."""

    def __init__(self, target: Target, *, ca: str | None = None, timeout: float = 10.0) -> None:
        self.target = target
        self._context = tls_context(ca) if target.secure else None
        self._timeout = timeout
        self._idle: list[UpstreamConnection] = []

    async def acquire(self, *, fresh: bool = False) -> UpstreamConnection:
        """Returns a connection, kept for reuse or new; ``OSError`` where there is none."""
        while self._idle and not fresh:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        async with asyncio.timeout(self._timeout):
            return await self._connect()

    async def _connect(self) -> UpstreamConnection:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: UpstreamConnection(self._release),
            self.target.host,
            self.target.port,
            ssl=self._context,
            server_hostname=self.target.host if self._context else None,
        )
        return connection

    def _release(self, connection: UpstreamConnection) -> None:
        if len(self._idle) >= MAX_IDLE:
            self._idle = [one for one in self._idle if one.usable]
        if len(self._idle) < MAX_IDLE and connection.usable:
            self._idle.append(connection)
        else:
            connection.abort()

    async def reachable(self) -> bool:
        """Tells whether the model server takes connections."""
        try:
            async with asyncio.timeout(self._timeout):
                connection = await self._connect()
        except OSError:
            return False
        connection.abort()
        return True

    def close(self) -> None:
        """Ends the connections that wait."""
        for connection in self._idle:
            connection.abort()
        self._idle.clear()


def tls_context(ca: str | None) -> ssl.SSLContext:
    """Returns a client's context that verifies, with the system's authorities or a given file."""
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise UsageError(f"upstream_ca: cannot read {ca!r}: {error.strerror or error}") from None
