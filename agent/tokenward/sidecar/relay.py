"""Relays a request that is not looked at: the operator named its path, or it holds no text."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

from tokenward.errors import UpstreamError
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.heads import OURS, hop_names
from tokenward.sidecar.incoming import Incoming, LostError
from tokenward.sidecar.outgoing import OF_CONNECTIONS
from tokenward.sidecar.overload import RETRY_AFTER
from tokenward.sidecar.redirects import REDIRECTS
from tokenward.wire.request import Headers, Refusal, Request

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from tokenward.sidecar.service import Service

LEFT_OUT = OF_CONNECTIONS | {
    b"alt-svc",
    b"content-length",
    b"proxy-authenticate",
    b"refresh",
    b"x-lighttpd-send-file",
    b"x-sendfile",
}
"""Headers of answers that are for one connection, or would send a client or a proxy elsewhere."""
LEADING = (OURS, b"x-accel-")

OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)


async def ask_upstream(
    service: Service, data: bytes, peer: Relayed
) -> tuple[Incoming, int, Headers]:
    """Sends a request; once more where a connection kept for reuse had died meanwhile."""
    fresh = False
    while True:
        try:
            connection = await service.pool.acquire(fresh=fresh)
        except OSError as error:
            if error.errno in OUT_OF_FILES:
                words = "no more connections can be opened here; try again"
                raise Refusal(503, words, "overloaded", None, RETRY_AFTER) from None
            reason = "does not take connections"
            if isinstance(error, TimeoutError):
                reason = "did not take the connection in time"
            raise Refusal(502, f"the upstream {reason}", "upstream_unreachable") from None
        incoming = peer.incoming = Incoming(connection, service.settings.upstream_timeout)
        connection.send(data, incoming)
        if peer.slow:
            incoming.hold("client", held=True)
        try:
            return incoming, *(await incoming.headed())
        except LostError as lost:
            if not lost.unused or fresh:
                raise UpstreamError(f"no answer: {lost}") from None
            fresh = True


class Relayed:
    """A request whose answer comes from the model server; its client may be slow, or leave."""

    def __init__(self, service: Service, connection: Connection, request: Request) -> None:
        self.service = service
        self.connection = connection
        self.request = request
        self.incoming: Incoming | None = None
        self.span: Span | None = None
        """What is told of the request to OpenTelemetry, if anything."""
        self.outcome = "answered"
        self.reason = ""
        """Why it was not, in our own words: never text of anybody."""
        self.given_up = False
        self.slow = False
        """Whether the client reads more slowly than is written to it."""
        connection.peer = self
        self.task = asyncio.get_running_loop().create_task(self.run())

    async def run(self) -> None:
        """Answers the request."""
        raise NotImplementedError

    def client_lost(self) -> None:
        """Lets the model server go at once: nobody listens."""
        self.give_up("client_left")

    def give_up(self, outcome: str) -> None:
        """Ends the work on the request."""
        self.outcome = outcome
        self.given_up = True
        if self.incoming is not None:
            self.incoming.abort()
        self.task.cancel()

    def shut_down(self) -> None:
        """Ends the work because the process ends: an answer that was begun is broken off."""
        self.connection.break_off()
        self.give_up("shut_down")

    def client_slow(self, slow: bool) -> None:
        """Reads from the model server no faster than the client reads."""
        self.slow = slow
        if self.incoming is not None:
            self.incoming.hold("client", held=slow)

    def expire(self, now: float) -> None:
        """Ends a model server's silence."""
        if self.incoming is not None:
            self.incoming.expire(now)


class Relay(Relayed):
    """A request relayed as it is."""

    async def run(self) -> None:
        """Relays the request and its answer."""
        begun = False
        try:
            data = self.service.relayed_request(self.request)
            incoming, status, headers = await ask_upstream(self.service, data, self)
            redirects = status in REDIRECTS
            kept = kept_of(headers)
            if redirects:
                kept = [pair for pair in kept if pair[0] != b"location"]
                kept.append((b"location", self.service.location(headers)))
            if redirects or self.request.method == b"HEAD" or status in (204, 304):
                self.connection.reply(status, kept, b"")
                return
            self.connection.start(status, kept)
            begun = True
            if await incoming.pipe(self.connection.send) is None:
                self.connection.end()
            else:
                self.connection.break_off()
        except Refusal as refusal:
            self._refuse(refusal)
        except UpstreamError as error:
            self._refuse(Refusal(502, f"the upstream sent {error}", "bad_upstream"))
        except asyncio.CancelledError:
            pass  # given up: nobody listens
        except Exception as error:  # noqa: BLE001  # logged; the client sees a broken answer
            self.service.log_failure("-", error)
            if begun:
                self.connection.break_off()
            else:
                self._refuse(Refusal(500, "relaying failed", "relay_failed"))
        finally:
            if self.incoming is not None:
                self.incoming.abort()
            self.service.exchanges.discard(self)

    def _refuse(self, refusal: Refusal) -> None:
        self.service.turn_away(self.connection, self.request, refusal)


def kept_of(headers: Headers) -> Headers:
    """Returns the headers of an answer that go on to the client."""
    hop = hop_names(headers)
    return [
        (name, value)
        for name, value in headers
        if name not in LEFT_OUT and name not in hop and not name.startswith(LEADING)
    ]
