"""One HTTP exchange as Envoy tells of it, from its first message to its last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any

from tokenward.errors import UsageError
from tokenward.sidecar.envoy.connection import EnvoyConnection
from tokenward.sidecar.envoy.exchange import EnvoyExchange
from tokenward.sidecar.envoy.messages import (
    BUFFERED,
    FULL_DUPLEX,
    body_pieces,
    body_replaced,
    headers_changed,
    headers_of,
    kind_of,
    trailers_removed,
)
from tokenward.sidecar.service import not_allowed, unknown
from tokenward.wire.protocols.base import WireProtocol
from tokenward.wire.protocols.known import methods_of, protocol_of
from tokenward.wire.protocols.paths import is_passed
from tokenward.wire.protocols.relayed import check_relayed
from tokenward.wire.request import Headers, Refusal, Request

if TYPE_CHECKING:
    from tokenward.sidecar.service import Service

JSON_HEADERS: Headers = [(b"content-type", b"application/json")]
WANTED = "must be FULL_DUPLEX_STREAMED (with its trailers sent) or BUFFERED"


class Processor:
    """Takes Envoy's messages in their order; the answers wait in its connection."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._modes = (0, 0)
        self._request = Request(b"", b"", [])
        self._protocol: WireProtocol | None = None
        self._body: list[bytes] = []
        self._size = 0
        self._exchange: EnvoyExchange | None = None
        self._opened = asyncio.Event()
        self.connection = EnvoyConnection(0, 0)

    async def next(self) -> Any:
        """Returns the next answer; ``None`` where there will be none."""
        await self._opened.wait()
        return await self.connection.take()

    async def read(self, messages: AsyncIterable[Any]) -> None:
        """Takes all messages; raises ``UsageError`` for an Envoy that is set up so that none fits.

        What was at work when Envoy leaves is given up.
        """
        first = True
        try:
            async for message in messages:
                if first:
                    self._open(message)
                    first = False
                self._take(message)
                if self._exchange is not None:
                    await self._exchange.flow.open.wait()
        finally:
            self.leave()

    def leave(self) -> None:
        """Ends what is still at work: Envoy asks nothing any more."""
        if self._exchange is not None and not self._exchange.task.done():
            self._exchange.client_lost()
        self.connection.finish()
        self._opened.set()

    def _open(self, message: Any) -> None:
        if message.observability_mode:
            raise UsageError("observability_mode is on: Envoy would not wait for any answer")
        if not message.HasField("protocol_config"):
            raise UsageError("the body modes are not said; use Envoy 1.34 or later")
        config = message.protocol_config
        self._modes = (config.request_body_mode, config.response_body_mode)
        self.connection = EnvoyConnection(*self._modes)
        self._opened.set()

    def _take(self, message: Any) -> None:
        kind = kind_of(message)
        if kind is None or self.connection.broken:
            return
        part = getattr(message, kind)
        if kind == "request_headers":
            self._begin(part)
        elif self._protocol is None:
            self._relay(kind, part)
        elif kind.startswith("request"):
            self._asked(kind, part)
        elif self._exchange is None or self._exchange.incoming is None:
            self.connection.break_off()  # an answer to what was not let through
        else:
            self._answered(kind, part, self._exchange)

    # -- the request ------------------------------------------------------------------------

    def _begin(self, part: Any) -> None:
        request = self._request = request_of(headers_of(part.headers))
        path = request.path
        protocol = protocol_of(path)
        relayed = methods_of(path)
        passes = is_passed(path, self._service.settings.pass_through)
        if passes or (request.method in relayed and protocol is None):
            self._pass(request, named=passes)
        elif protocol is None or request.method != b"POST":
            known = (b"POST",) if protocol is not None else relayed
            self._refuse(not_allowed(b", ".join(known)) if known else unknown())
        else:
            self._guard(protocol, ends=part.end_of_stream)

    def _pass(self, request: Request, *, named: bool) -> None:
        """Lets a request go on whose body no rule looks at; it must bring no text elsewhere."""
        try:
            if not named:
                check_relayed(request)
        except Refusal as refusal:
            self._refuse(refusal)
        else:
            self.connection.put(headers_changed("request_headers"))

    def _guard(self, protocol: WireProtocol, *, ends: bool) -> None:
        for name, mode in zip(("request", "response"), self._modes, strict=True):
            if mode not in (BUFFERED, FULL_DUPLEX):
                raise UsageError(f"{name}_body_mode {WANTED}")
        self._protocol = protocol
        self.connection.request = self._request
        self.connection.address = client_of(self._request)
        if ends:
            self._start()
        elif self._modes[0] == BUFFERED:
            self.connection.pass_on_head()

    def _asked(self, kind: str, part: Any) -> None:
        whole = self._modes[0] == BUFFERED
        if kind == "request_trailers":
            self.connection.told_trailers(kind, headers_of(part.trailers))
            if not whole:
                self._start()
            return
        self._size += len(part.body)
        if self._size > self._service.limits.body_bytes:
            self._body.clear()
            if self._exchange is None:
                most = self._service.limits.body_bytes
                message = f"more than {most} bytes in the body"
                self._refuse(Refusal(413, message, "body_too_large"))
            return
        self._body.append(part.body)
        if whole or part.end_of_stream:
            self._start()

    def _start(self) -> None:
        assert self._protocol is not None
        if self.connection.refused:
            return
        self._request.body = b"".join(self._body)
        self._body.clear()
        self._exchange = self._service.guard(
            self.connection, self._request, self._protocol, EnvoyExchange
        )

    def _refuse(self, refusal: Refusal) -> None:
        headers = [*JSON_HEADERS, *refusal.headers]
        self.connection.reply(refusal.status, headers, self._service.error(refusal))

    # -- the answer -------------------------------------------------------------------------

    def _answered(self, kind: str, part: Any, exchange: EnvoyExchange) -> None:
        incoming, connection = exchange.incoming, self.connection
        assert incoming is not None
        ends = kind == "response_trailers" or part.end_of_stream
        if kind == "response_headers":
            headers = headers_of(part.headers)
            status = connection.answered(headers, bodiless=ends)
            incoming.head(status, [one for one in headers if not one[0].startswith(b":")])
        elif kind == "response_body":
            ends = ends or self._modes[1] == BUFFERED
            if exchange.listens:
                incoming.body(part.body)
        else:
            connection.told_trailers(kind, headers_of(part.trailers))
        if ends and not connection.complete:
            connection.completed()
            if exchange.listens:
                incoming.complete()

    # -- what is not looked at --------------------------------------------------------------

    def _relay(self, kind: str, part: Any) -> None:
        mode = self._modes[0 if kind.startswith("request") else 1]
        if self.connection.refused:
            return
        if kind.endswith("headers"):
            self.connection.put(headers_changed(kind))
        elif kind.endswith("trailers"):
            self.connection.put(trailers_removed(kind, ()))
        elif mode == FULL_DUPLEX:
            self.connection.put(*body_pieces(kind, part.body, ends=part.end_of_stream))
        else:
            self.connection.put(body_replaced(kind, None, (), ()))


def client_of(request: Request) -> bytes:
    """Returns the address of Envoy's client: what Envoy itself has put behind all others.

    >>> client_of(Request(b"POST", b"/", [(b"x-forwarded-for", b"1.2.3.4, 10.0.0.7")]))
    b'10.0.0.7'
    """
    told = [value for name, value in request.headers if name == b"x-forwarded-for"]
    return told[-1].rpartition(b",")[2].strip() if told else b"envoy"


def request_of(headers: Headers) -> Request:
    """Returns the request that Envoy tells of, its body still to come."""
    named = dict(headers)
    plain = [one for one in headers if not one[0].startswith(b":")]
    return Request(named.get(b":method", b""), named.get(b":path", b"/"), plain)
