"""A client's connection: reads requests one by one, and writes their answers."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import Protocol, cast
from urllib.parse import urlsplit

import httptools

from tokenward.sidecar.settings import Limits
from tokenward.wire.request import REASONS, Headers, Refusal, Request

OFFER = (b"upgrade", b"http2-settings")
LINGER_SECONDS = 2.0
MAX_QUEUED = 32
"""Requests that a client may send ahead of their answers on one connection."""
LONG_BODY = 65_536
"""Bytes of a body that is only taken where there is memory for it."""


class Peer(Protocol):
    """Who answers the current request, and must know what becomes of the client."""

    def client_lost(self) -> None:
        """Tells that the client has gone."""

    def client_slow(self, slow: bool) -> None:
        """Tells that the client reads too slowly, or reads again."""


class App(Protocol):
    """What a connection belongs to: it answers requests and keeps count of connections."""

    limits: Limits
    draining: bool

    def opened(self, connection: Connection) -> Refusal | None:
        """Counts a connection in; returns why it cannot be served."""

    def closed(self, connection: Connection) -> None:
        """Counts a connection out."""

    def handle(self, connection: Connection, request: Request) -> None:
        """Answers a request, now or later."""

    def error(self, refusal: Refusal) -> bytes:
        """Returns the body of an error."""

    def no_room(self) -> Refusal | None:
        """Returns why a long body is not taken now."""

    def failed(self, error: Exception) -> None:
        """Is told that ``handle`` raised; the connection is ended."""


class Connection(asyncio.Protocol):
    """One connection of a client, HTTP/1.1, kept alive; requests are answered in their order.

    The answer of the current request is written with ``reply`` (whole), or ``start``, ``send`` and
    ``end`` (in pieces); ``break_off`` ends it so that the client sees that it is not complete.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.peer: Peer | None = None
        self.deadline = math.inf
        """The loop's time at which ``expire`` does something."""
        self.stalled = math.inf
        """Since when the client has not read what was written."""
        self._queue: deque[Request] = deque()
        self._active: Request | None = None
        self._fault: Refusal | None = None
        self._ending = False
        self._chunked = False
        self._loop = asyncio.get_running_loop()
        self._reset()

    # -- bytes in ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Starts to read."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]).encode() if isinstance(peer, tuple) else b""
        self.deadline = self._loop.time() + self.app.limits.header_timeout
        refusal = self.app.opened(self)
        if refusal is not None:
            self._refuse(refusal)

    def data_received(self, data: bytes) -> None:
        """Parses what came; a fault is answered once, and the connection ends."""
        if self._ending or (self._active is not None and not self._active.keep_alive):
            return
        if self._in_head:
            if not self._head_size and self._active is None:
                self.deadline = self._loop.time() + self.app.limits.header_timeout
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            if self._fault is None:
                self._fault = Refusal(400, "not a valid HTTP/1.1 request", "bad_request")
        if self._in_head and self._head_size > self.app.limits.head_bytes:
            self._fault = self._fault or self._too_long_head()
        if self._fault is not None and self._active is None:
            self._refuse(self._fault)
        elif self._full:
            self._transport.pause_reading()

    @property
    def _full(self) -> bool:
        """Whether so much waits for its turn that no more is read."""
        waiting = sum(len(request.body) for request in self._queue)
        return len(self._queue) > MAX_QUEUED or waiting > self.app.limits.body_bytes

    def _reset(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._in_head = True
        self._head_size = 0
        self.on_message_begin()

    def on_message_begin(self) -> None:
        """Is called by the parser."""
        self._target = b""
        self._headers: Headers = []
        self._body: list[bytes] = []
        self._size = 0
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """Is called by the parser."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Is called by the parser, for trailers too: those are left out."""
        if self._in_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Is called by the parser."""
        self._in_head = False
        self._head_size = 0
        if sum(len(n) + len(v) for n, v in self._headers) > self.app.limits.head_bytes:
            self._fault = self._fault or self._too_long_head()
        if self._active is None:
            self.deadline = self._loop.time() + self.app.limits.body_timeout
        self._fault = self._fault or self._check_head()

    def _check_head(self) -> Refusal | None:
        headers = dict(self._headers)
        host = [value for name, value in self._headers if name == b"host"]
        if self._parser.get_http_version() not in ("1.0", "1.1"):
            return Refusal(400, "only HTTP/1.1 and HTTP/1.0 are spoken here", "bad_request")
        if len(host) > 1 or (not host and self._parser.get_http_version() == "1.1"):
            return Refusal(400, "a request has one Host header", "bad_request")
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self.app.limits.body_bytes:
            return self._too_long_body()
        upgrade = headers.get(b"upgrade", b"").strip().lower()
        if self._parser.get_method() == b"CONNECT" or upgrade not in (b"", b"h2c"):
            return Refusal(400, "upgrades and tunnels are not served", "bad_request")
        expect = headers.get(b"expect", b"").strip().lower()
        if expect not in (b"", b"100-continue"):
            return Refusal(417, "only 'Expect: 100-continue' is understood", "bad_request")
        if expect and not self._fault:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._check_target(host[0] if host else b"")

    def _check_target(self, host: bytes) -> Refusal | None:
        if self._target.startswith(b"/"):
            return None
        parts = urlsplit(self._target.decode("latin-1"))
        if parts.netloc.encode("latin-1") != host or parts.scheme not in ("http", "https"):
            return Refusal(421, "this is no proxy for other hosts", "bad_request")
        self._target = (parts.path or "/").encode("latin-1")
        self._target += b"?" + parts.query.encode("latin-1") if parts.query else b""
        return None

    def on_body(self, body: bytes) -> None:
        """Is called by the parser."""
        before, self._size = self._size, self._size + len(body)
        if self._size > self.app.limits.body_bytes:
            self._fault = self._fault or self._too_long_body()
        elif before <= LONG_BODY < self._size:
            self._fault = self._fault or self.app.no_room()
        if self._fault is not None:
            self._body.clear()
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Is called by the parser; the request waits until those before it are answered."""
        if self._fault is not None or self._ending or self._parser.should_upgrade():
            return
        request = Request(
            method=self._parser.get_method(),
            target=self._target,
            headers=self._headers,
            body=self._body[0] if len(self._body) == 1 else b"".join(self._body),
            version=self._parser.get_http_version(),
            keep_alive=self._parser.should_keep_alive(),
        )
        self._in_head = True
        if self._active is None and not self._queue:
            self._begin(request)
        else:
            self._queue.append(request)

    def _upgrade(self, rest: bytes) -> None:
        # a client may offer h2c with any request (RFC 9110, 7.8): it is not taken up, the request
        # stands; the parser leaves its body unread, so it is read again without the offer
        if self._fault is not None:
            return
        method, target, headers = self._parser.get_method(), self._target, self._headers
        lines = [b"%b %b HTTP/1.1\r\n" % (method, target)]
        for name, value in headers:
            if name == b"connection":
                kept = [token for token in value.split(b",") if token.strip().lower() not in OFFER]
                value = b",".join(kept)  # noqa: PLW2901
            if name not in OFFER and value:
                lines.append(b"%b: %b\r\n" % (name, value))
        self._reset()
        self.data_received(b"".join((*lines, b"\r\n", rest)))

    def _too_long_head(self) -> Refusal:
        return Refusal(
            431, f"more than {self.app.limits.head_bytes} bytes of headers", "headers_too_large"
        )

    def _too_long_body(self) -> Refusal:
        return Refusal(
            413, f"more than {self.app.limits.body_bytes} bytes in the body", "body_too_large"
        )

    def _begin(self, request: Request) -> None:
        self._active = request
        self.deadline = math.inf
        try:
            self.app.handle(self, request)
        except Exception as error:  # noqa: BLE001  # the parser would keep it, and the client wait
            self.app.failed(error)
            self.abort()

    # -- bytes out --------------------------------------------------------------------------

    def reply(self, status: int, headers: Headers, body: bytes) -> None:
        """Writes a whole answer."""
        if self._ending:
            return
        head = self._head(status, [*headers, (b"content-length", b"%d" % len(body))])
        is_head = self._active is not None and self._active.method == b"HEAD"
        self._transport.write(head if is_head else head + body)
        self._next()

    def start(self, status: int, headers: Headers) -> None:
        """Begins an answer in pieces."""
        if self._ending:
            return
        self._chunked = self._active is not None and self._active.version == "1.1"
        if self._chunked:
            headers = [*headers, (b"transfer-encoding", b"chunked")]
        elif self._active is not None:
            self._active.keep_alive = False
        self._transport.write(self._head(status, headers))

    def send(self, data: bytes) -> None:
        """Writes a piece of the answer, in one write."""
        if data and not self._ending:
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    def end(self) -> None:
        """Ends an answer in pieces."""
        if self._ending:
            return
        if self._chunked:
            self._transport.write(b"0\r\n\r\n")
        self._next()

    def break_off(self) -> None:
        """Ends the connection but not the answer: what was sent arrives, and is not complete."""
        self._ending = True
        self.peer = None
        if self._chunked:
            self._transport.close()
        else:
            self._transport.abort()

    def _head(self, status: int, headers: Headers) -> bytes:
        reason = REASONS.get(status, b"Status")
        lines = [b"HTTP/1.1 %d %b\r\n" % (status, reason)]
        lines += [b"%b: %b\r\n" % header for header in headers]
        if self._active is None or not self._stays:
            lines.append(b"connection: close\r\n")
        elif self._active.version == "1.0":
            lines.append(b"connection: keep-alive\r\n")
        return b"".join((*lines, b"\r\n"))

    @property
    def _stays(self) -> bool:
        active = self._active
        keep = active is not None and active.keep_alive
        return keep and self._fault is None and not self.app.draining

    def _next(self) -> None:
        """Goes on to the next request, or waits for it."""
        stays = self._stays
        self._active = None
        self.peer = None
        self._chunked = False
        if stays and self._queue:
            request = self._queue.popleft()
            if not self._full:
                self._transport.resume_reading()
            self._begin(request)
        elif not stays:
            self._linger()
        else:
            self.deadline = self._loop.time() + self.app.limits.idle_timeout

    def _refuse(self, refusal: Refusal) -> None:
        """Answers a fault and ends the connection."""
        self._fault = refusal
        body = self.app.error(refusal)
        headers = [(b"content-type", b"application/json"), *refusal.headers]
        headers.append((b"content-length", b"%d" % len(body)))
        self._transport.write(self._head(refusal.status, headers) + body)
        self._linger()

    def _linger(self) -> None:
        # a close with unread bytes resets the connection, and the answer may never be read
        self._ending = True
        self.deadline = self._loop.time() + LINGER_SECONDS
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:  # TLS has an end of its own
            self._transport.close()

    def expire(self) -> None:
        """Ends a connection whose time is over: silently, or with 408 within a request."""
        if self._ending:
            self._transport.abort()
        elif self._active is None and (self._head_size or not self._in_head):
            self._refuse(Refusal(408, "the request did not arrive in time", "request_timeout"))
        elif self._active is None:
            self.shut()

    def shut(self) -> None:
        """Ends a connection that has no request at work; otherwise it ends after the answer."""
        if self._active is None and not self._ending:
            self._ending = True
            self._transport.close()

    @property
    def flushed(self) -> bool:
        """Whether all that was written has left."""
        return self._transport.is_closing() or not self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Ends the connection at once."""
        self._transport.abort()

    # -- the client -------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """Is called by the loop when the client reads too slowly."""
        self.stalled = self._loop.time()
        if self.peer is not None:
            self.peer.client_slow(True)

    def resume_writing(self) -> None:
        """Is called by the loop when the client has caught up."""
        self.stalled = math.inf
        if self.peer is not None:
            self.peer.client_slow(False)

    def eof_received(self) -> bool:
        """Takes the end of the client's bytes for the end of the client."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Tells whoever answers that nobody listens any more."""
        del error
        self._ending = True
        self.deadline = math.inf
        peer, self.peer = self.peer, None
        self.app.closed(self)
        if peer is not None:
            peer.client_lost()
