"""A client's connection: reads requests one by one, and writes their answers."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from functools import cached_property
from typing import cast

import httptools

from tokenward.sidecar import heads
from tokenward.sidecar.app import App, Peer
from tokenward.sidecar.chunks import END, HEADS, KNOWN, LAST_CHUNK, chunk_of
from tokenward.wire.request import REASONS, Headers, Refusal, Request

LINGER_SECONDS = 2.0
MAX_QUEUED = 32
"""Requests that a client may send ahead of their answers on one connection."""
LONG_BODY = 65_536
"""Bytes of a body that is only taken where there is memory for it."""
BODILESS = (204, 304)
PROBES = (0.1, 1.0)
"""Seconds between the signs that a client gets which has closed its side before the answer."""


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
        self._chunked = self._begun = False
        self._asks_leave = False
        self._said_all = False
        """Whether the client has closed its side."""
        self._served = 0
        self._loop = asyncio.get_running_loop()
        self._reset()

    # -- bytes in ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Starts to read."""
        self._transport = cast("asyncio.Transport", transport)
        self.deadline = self._loop.time() + self.app.limits.header_timeout
        refusal = self.app.opened(self)
        if refusal is not None:
            self._refuse(refusal)

    @cached_property
    def address(self) -> bytes:
        """Where the client is, if that is known; asked for while it is connected."""
        peer = self._transport.get_extra_info("peername")
        return str(peer[0]).encode() if isinstance(peer, tuple) else b""

    def data_received(self, data: bytes) -> None:
        """Parses what came; a fault is answered once, and the connection ends."""
        if self._ending or (self._active is not None and not self._active.keep_alive):
            return
        if self._in_head:
            if not self._head_size and self._active is None:
                self.deadline = self._loop.time() + self.app.limits.header_timeout
            self._head_size += len(data)
        else:
            self._bare += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._fault = self._fault or heads.unreadable(data)
        if max(self._bare, self._head_size if self._in_head else 0) > self.app.limits.head_bytes:
            self._fault = self._fault or heads.too_long_head(self.app.limits)
        if self._fault is not None and self._active is None:
            self._refuse(self._fault)
        elif self._queue and self._full:
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
        self._body: bytes | bytearray = b""
        self._size = 0
        self._bare = 0
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
        self._head_size = self._bare = 0
        if self._active is None:
            self.deadline = self._loop.time() + self.app.limits.body_timeout
        self._fault = self._fault or self._check_head()

    def _check_head(self) -> Refusal | None:
        limits, headers = self.app.limits, self._headers
        version, named = self._parser.get_http_version(), dict(headers)
        if heads.size_of(headers) > limits.head_bytes:
            return heads.too_long_head(limits)
        fault = heads.fault_in(version, self._parser.get_method(), headers, named, limits)
        if fault is not None:
            return fault
        target = heads.own_target(self._target, headers)
        if target is None:
            return heads.elsewhere()
        self._target = target
        self._asks_leave = version == "1.1" and b"expect" in named
        if self._asks_leave:
            self._give_leave()
        return None

    def _give_leave(self) -> None:
        """Lets the client send the body that it asks leave for, once no answer is being written."""
        if self._active is None:
            self._asks_leave = False
            self._transport.write(heads.CONTINUE)

    def on_body(self, body: bytes) -> None:
        """Is called by the parser."""
        before, self._size = self._size, self._size + len(body)
        self._bare = 0
        if self._size > self.app.limits.body_bytes:
            self._fault = self._fault or heads.too_long_body(self.app.limits)
        elif before <= LONG_BODY < self._size:
            self._fault = self._fault or self.app.no_room()
        if self._fault is not None:
            self._body = b""
        elif not self._body:
            self._body = body
        else:  # of many small pieces each would cost far more than its bytes
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += body

    def on_message_complete(self) -> None:
        """Is called by the parser; the request waits until those before it are answered."""
        if self._fault is not None or self._ending or self._parser.should_upgrade():
            return
        self._asks_leave = False
        request = Request(
            method=self._parser.get_method(),
            target=self._target,
            headers=self._headers,
            body=bytes(self._body),
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
        head = heads.without_offer(self._parser.get_method(), self._target, self._headers)
        self._reset()
        self.data_received(head + rest)

    def _begin(self, request: Request) -> None:
        self._active = request
        self._served += 1
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
        self._begun = True
        length = [] if status in BODILESS else [(b"content-length", b"%d" % len(body))]
        head = self._head(status, [*headers, *length])
        is_head = self._active is not None and self._active.method == b"HEAD"
        self._transport.write(head if is_head else head + body)
        self._next()

    def start(self, status: int, headers: Headers, data: bytes = b"") -> None:
        """Begins an answer in pieces, with its first one if that is there: in one write."""
        if self._ending:
            return
        self._begun = True
        self._chunked = self._active is not None and self._active.version == "1.1"
        if self._chunked:
            headers = [*headers, (b"transfer-encoding", b"chunked")]
        elif self._active is not None:
            self._active.keep_alive = False
        first = chunk_of(data) if data and self._chunked else data
        self._transport.write(self._head(status, headers) + first)

    def send(self, data: bytes) -> None:
        """Writes a piece of the answer, in one write."""
        if data and not self._ending:
            size = len(data)
            if self._chunked:  # as chunk_of() does, without the call
                data = b"".join((HEADS[size], data, END)) if size < KNOWN else chunk_of(data)
            self._transport.write(data)

    def end(self, data: bytes = b"") -> None:
        """Ends an answer in pieces, with its last one if that is there: in one write."""
        if self._ending:
            return
        if self._chunked:
            data = chunk_of(data) + LAST_CHUNK if data else LAST_CHUNK
        if data:
            self._transport.write(data)
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
        more = not self._said_all or bool(self._queue)
        return keep and more and self._fault is None and not self.app.draining

    def _next(self) -> None:
        """Goes on to the next request, or waits for it."""
        stays = self._stays
        self._active = None
        self.peer = None
        self._chunked = self._begun = False
        if stays and self._queue:
            request = self._queue.popleft()
            if not self._full:
                self._transport.resume_reading()
            self._begin(request)
        elif not stays:
            self._linger()
        else:
            self.deadline = self._loop.time() + self.app.limits.idle_timeout
            if self._asks_leave:
                self._give_leave()

    def _refuse(self, refusal: Refusal) -> None:
        """Answers a fault and ends the connection."""
        self._fault = refusal
        self.app.cut_short(refusal.code, refusal.status, refusal.message)
        body = self.app.error(refusal)
        headers = [(b"content-type", b"application/json"), *refusal.headers]
        headers.append((b"content-length", b"%d" % len(body)))
        self._transport.write(self._head(refusal.status, headers) + body)
        self._linger()

    def _linger(self) -> None:
        # a close with unread bytes resets the connection, and the answer may never be read
        self._ending = True
        self.deadline = self._loop.time() + LINGER_SECONDS
        if self._transport.can_write_eof() and not self._said_all:
            self._transport.write_eof()
        else:  # TLS has an end of its own, and here both have
            self._transport.close()

    def expire(self) -> None:
        """Ends a connection whose time is over: silently, or with 408 within a request."""
        if self._ending:
            self._transport.abort()
        elif self._active is None and self._arriving:
            self._refuse(Refusal(408, "the request did not arrive in time", "request_timeout"))
        elif self._active is None:
            if not self._served:
                self.app.cut_short("client_silent", 0, "it connected and said nothing")
            self.shut()

    @property
    def _arriving(self) -> bool:
        """Whether a part of a request has come."""
        return bool(self._head_size) or not self._in_head

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

    def let_go(self, outcome: str) -> None:
        """Ends the connection at once, and the work on its request, which gets this outcome."""
        peer, self.peer = self.peer, None
        if peer is not None:
            peer.give_up(outcome)
        else:
            self.app.cut_short(outcome, 0, "it left unread what was answered")
        self.abort()

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
        """Takes the end of the client's bytes: it waits for its answers, or it has gone.

        The two look the same until something is written. Before an answer that is a sign of life
        which all clients of HTTP/1.1 skip; one that has gone makes the connection break then.
        """
        self._said_all = True
        waits = self._active is not None and self._active.version == "1.1" and not self._begun
        if not waits or self._ending or not self._transport.can_write_eof():
            return False
        self._probe(*PROBES)
        return True

    def _probe(self, *pauses: float) -> None:
        if self._active is None or self._begun or self._transport.is_closing():
            return
        self._transport.write(heads.CONTINUE)
        for pause in pauses[:1]:
            self._loop.call_later(pause, self._probe, *pauses[1:])

    def connection_lost(self, error: Exception | None) -> None:
        """Tells whoever answers that nobody listens any more."""
        del error
        if self._active is None and self._arriving and not self._ending:
            self.app.cut_short("client_left", 0, "it left before its request was whole")
        self._ending = True
        self.deadline = math.inf
        peer, self.peer = self.peer, None
        self.app.closed(self)
        if peer is not None:
            peer.client_lost()
