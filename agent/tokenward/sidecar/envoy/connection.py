"""The side of an exchange that is turned to Envoy: answers become messages of its protocol."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from tokenward.sidecar.app import Peer
from tokenward.sidecar.envoy.messages import (
    BUFFERED,
    body_pieces,
    body_replaced,
    headers_changed,
    immediate,
    trailers_removed,
)
from tokenward.sidecar.outgoing import steers
from tokenward.wire.request import Headers, Request

MOST_WAITING = 64
"""Messages that wait for Envoy before the model server is read no further."""
KEPT = frozenset((b"connection", b"date", b"server", b"transfer-encoding", b"vary", b"via"))
"""Headers of the model server that Envoy sees to; others go only where the guard lets them."""


class EnvoyConnection:
    """Stands where a client's connection stands in other exchanges.

    What is written before the model server has answered is an immediate response; later it changes
    the answer that Envoy holds. ``upstream`` are the answer's own headers, once they have come.
    """

    def __init__(self, request_mode: int, mode: int) -> None:
        self.request: Request | None = None
        """The request that is guarded."""
        self.peer: Peer | None = None
        self.address = b"envoy"
        self.broken = False
        self.upstream: Headers | None = None
        self.bodiless = False
        self.complete = False
        """Whether the model server's answer has come to its end."""
        self._request_mode, self._mode = request_mode, mode
        self._headed = False
        self._trailers: dict[str, list[bytes]] = {}
        self._waiting: deque[Any] = deque()
        self._ready = asyncio.Event()
        self._head: tuple[int, Headers] | None = None
        self._parts: list[bytes] = []
        self._streams = self._begun = False
        self._ended = False
        self._closed = False
        self._over = False
        self._slow = False

    # -- messages ---------------------------------------------------------------------------

    def put(self, *messages: Any) -> None:
        """Takes messages for Envoy."""
        self._waiting.extend(messages)
        self._ready.set()
        self._tell_pace(len(self._waiting) > MOST_WAITING)

    async def take(self) -> Any:
        """Returns the next message for Envoy; ``None`` where there will be none."""
        while not self._waiting:
            if self._over or self.broken:
                return None
            self._ready.clear()
            await self._ready.wait()
        message = self._waiting.popleft()
        if not self._waiting:
            self._tell_pace(False)
        return message

    def finish(self) -> None:
        """Notes that Envoy asks nothing any more."""
        self._over = True
        self._ready.set()

    def _tell_pace(self, slow: bool) -> None:
        if slow != self._slow and self.peer is not None:
            self._slow = slow
            self.peer.client_slow(slow)

    # -- from Envoy -------------------------------------------------------------------------

    def answered(self, headers: Headers, *, bodiless: bool) -> int:
        """Takes the head of the model server's answer; returns its status."""
        self.upstream = headers
        self.bodiless = bodiless
        if self._mode == BUFFERED and not bodiless:
            self.put(headers_changed("response_headers"))  # Envoy sends the body behind it
        return self._status

    def told_trailers(self, kind: str, trailers: Headers) -> None:
        """Takes the trailers of the request or the answer: they end a body that streams."""
        names = [name for name, _ in trailers]
        mode = self._request_mode if kind == "request_trailers" else self._mode
        if mode == BUFFERED:
            self.put(trailers_removed(kind, names))
        else:
            self._trailers[kind] = names

    def completed(self) -> None:
        """Notes the end of the model server's answer: only behind it may ours come."""
        self.complete = True
        if self._ended:
            self._close()

    # -- to the model server ------------------------------------------------------------------

    def pass_on_head(self) -> None:
        """Lets the head of the request go on, without what is only for the guard."""
        assert self.request is not None
        mine = [name for name, _ in self.request.headers if steers(name)]
        if self._request_mode != BUFFERED:
            mine.append(b"content-length")  # Envoy sends a body that streams in chunks
        self.put(headers_changed("request_headers", [(b"accept-encoding", b"identity")], mine))
        self._headed = True

    def pass_on(self, body: bytes, *, edited: bool) -> None:
        """Lets the request go on."""
        if not self._headed:
            self.pass_on_head()
        if self._request_mode == BUFFERED:
            length = [(b"content-length", b"%d" % len(body))]
            self.put(body_replaced("request_body", body if edited else None, length, ()))
            return
        trailers = self._trailers.get("request_trailers")
        self.put(*body_pieces("request_body", body, ends=trailers is None))
        if trailers is not None:
            self.put(trailers_removed("request_trailers", trailers))

    # -- for the exchange -------------------------------------------------------------------

    def reply(self, status: int, headers: Headers, body: bytes) -> None:
        """Writes a whole answer."""
        if self._ended:
            return
        self._ended = True
        if self.upstream is None or self.bodiless or status != self._status:
            self.put(immediate(status, headers, body))
        elif self._mode == BUFFERED:
            length = (b"content-length", b"%d" % len(body))
            put = [*headers, length]
            self.put(body_replaced("response_body", body, put, self._dropped(put)))
        else:
            self._begin(headers)
            self.put(*body_pieces("response_body", body, ends=False))
            self._close()

    def start(self, status: int, headers: Headers, data: bytes = b"") -> None:
        """Begins an answer in pieces, with its first one if that is there."""
        self._head = (status, headers)
        self._streams = self.upstream is not None and self._mode != BUFFERED
        if self._streams:
            self._begin(headers)
        self.send(data)

    def _begin(self, headers: Headers) -> None:
        self._begun = True
        dropped = self._dropped(headers)
        self.put(headers_changed("response_headers", headers, dropped))

    def send(self, data: bytes) -> None:
        """Writes a piece of the answer."""
        if not data or self._ended:
            return
        if self._streams:
            self.put(*body_pieces("response_body", data, ends=False))
        else:
            self._parts.append(data)

    def end(self, data: bytes = b"") -> None:
        """Ends an answer in pieces, with its last one if that is there."""
        self.send(data)
        if not self._streams:
            assert self._head is not None
            self.reply(*self._head, b"".join(self._parts))
        elif not self._ended:
            self._ended = True
            self._close()

    def break_off(self) -> None:
        """Ends the answer so that Envoy, and its client, see that it is not complete."""
        self.broken = True
        self._ready.set()

    def _close(self) -> None:
        if self._mode == BUFFERED or not self.complete or self._closed or not self._begun:
            return
        self._closed = True
        trailers = self._trailers.get("response_trailers")
        if trailers is not None:
            self.put(trailers_removed("response_trailers", trailers))
        else:
            self.put(*body_pieces("response_body", b"", ends=True))

    @property
    def refused(self) -> bool:
        """Whether an answer was given, or has ended."""
        return self._ended

    @property
    def _status(self) -> int:
        return int(dict(self.upstream or []).get(b":status", b"0"))

    def _dropped(self, put: Headers) -> list[bytes]:
        """Returns the model server's headers that do not go on."""
        names = {name for name, _ in put}
        return [
            name
            for name in dict.fromkeys(name for name, _ in self.upstream or ())
            if name not in KEPT
            and name not in names
            and not name.startswith((b":", b"x-envoy-", b"access-control-"))
        ]
