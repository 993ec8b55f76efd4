"""One guarded request: from its arrival, through the model server, to its record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from tokenward.engine.ids import decision_id
from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.incoming import Incoming, Lost
from tokenward.sidecar.protocols.base import Ask, Usage, Whole, WireProtocol
from tokenward.sidecar.request import Headers, Refusal, Request
from tokenward.sidecar.scan import Scanner, drive
from tokenward.sidecar.streaming import StreamRelay
from tokenward.stream.guarded import GuardedStream

if TYPE_CHECKING:
    from tokenward.sidecar.service import Service

ERRORS = 400
JSON = b"application/json"
EVENTS = b"text/event-stream"


class Exchange:
    """A request at work; it is the peer that its client's connection tells of slowness and loss."""

    def __init__(
        self, service: Service, connection: Connection, request: Request, protocol: WireProtocol
    ) -> None:
        self.service = service
        self.connection = connection
        self.request = request
        self.protocol = protocol
        self.id = decision_id()
        self.began = time.time()
        self.started = time.perf_counter()
        self.first_text: float | None = None
        self.ask: Ask | None = None
        self.scanner: Scanner | None = None
        self.usage = Usage()
        self.answer: str | None = None
        self.status = 0
        self.outcome = "answered"
        self.deadline = float("inf")
        """The loop's time by which the model server must say something."""
        self._incoming: Incoming | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._relay: StreamRelay | None = None
        connection.peer = self
        self.task = asyncio.get_running_loop().create_task(self._run())

    # -- its life ---------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await self._answer()
        except Refusal as refusal:
            self._refuse(refusal)
        except UpstreamError as error:
            self.outcome = "bad_upstream"
            self._refuse(Refusal(502, f"the upstream sent {error}", "bad_upstream"))
        except asyncio.CancelledError:
            self.outcome = "client_left"
        except Exception as error:  # noqa: BLE001  # whatever fails here, nothing unscanned may pass
            self._fail(error)
        finally:
            self._let_go()
            await self._end()

    async def _answer(self) -> None:
        ask = self.ask = self.protocol.read(self.request)
        loaded = self.service.choose(self.request, ask)
        scanner = self.scanner = Scanner(loaded, self._watch)
        self.protocol.limit(ask, loaded.policy)
        if not await drive(scanner, ask.scan(scanner)):
            self._block(scanner)
            return
        incoming = await self._send(ask.encoded())
        status, headers = await incoming.head_within(self.service.settings.upstream_timeout)
        kind = check_head(status, headers)
        if status >= ERRORS:
            data = await incoming.read()
            whole = await drive(scanner, self.protocol.failure(scanner, status, data))
            self._reply(whole, passed_on(headers))
        elif kind == EVENTS:
            self._relay = StreamRelay(self, scanner, incoming)
            await self._relay.run(passed_on(headers))
        else:
            data = await incoming.read()
            steps = self.protocol.whole(ask, scanner, self.service.settings.on_block, data)
            self._reply(await drive(scanner, steps), passed_on(headers))

    async def _send(self, body: bytes) -> Incoming:
        """Sends the request on; once more where a connection kept for reuse had died meanwhile."""
        data = self.service.upstream_request(self.request, body)
        fresh = False
        while True:
            try:
                connection = await self.service.pool.acquire(fresh=fresh)
            except OSError as error:
                reason = "does not take connections"
                if isinstance(error, TimeoutError):
                    reason = "did not take the connection in time"
                raise Refusal(502, f"the upstream {reason}", "upstream_unreachable") from None
            incoming = self._incoming = Incoming(self, connection)
            connection.send(data, incoming)
            try:
                await incoming.headed()
            except Lost as lost:
                if not lost.unused or fresh:
                    raise UpstreamError(f"no answer: {lost}") from None
                fresh = True
            else:
                return incoming

    # -- answers ----------------------------------------------------------------------------

    def headers(self, *, whole: bool) -> Headers:
        """Returns the headers that say what the guard did."""
        headers = [(b"x-tokenward-decision-id", self.id.encode())]
        if self.scanner is None:
            return headers
        decisions = self.scanner.decisions(self.id)
        degraded = dict.fromkeys(name for one in decisions for name in one.degraded)
        if degraded:
            headers.append((b"x-tokenward-degraded", ",".join(degraded).encode("ascii", "replace")))
        if whole:
            headers.append((b"x-tokenward-action", self.service.action(decisions).encode()))
        return headers

    def _reply(self, whole: Whole, headers: Headers) -> None:
        self.usage = whole.usage
        self.answer = whole.text
        self.status = whole.status
        self.first_text = self.first_text or time.perf_counter()
        mine = [(b"content-type", JSON), *headers, *whole.headers, *self.headers(whole=True)]
        self.connection.reply(whole.status, mine, whole.body)

    def _block(self, scanner: Scanner) -> None:
        assert self.ask is not None
        self.outcome = "blocked"
        message = scanner.message or DEFAULT_MESSAGE
        whole = self.protocol.blocked(self.ask, message, self.service.settings.on_block, self.id)
        streamed = self.ask.stream and whole.status < ERRORS
        if not streamed:
            self._reply(whole, [])
            return
        self.status = whole.status
        self.connection.start(whole.status, [*STREAM_HEADERS, *self.headers(whole=False)])
        self.connection.send(whole.body)
        self.connection.end()

    def _refuse(self, refusal: Refusal) -> None:
        if self.outcome == "answered":
            self.outcome = refusal.code
        self._reply(Whole(refusal.status, self.protocol.error(refusal), refusal.headers), [])

    def _fail(self, error: Exception) -> None:
        """Ends an answer whose guard failed: with an error if nothing was said, else broken off."""
        self.outcome = "guard_failed"
        self.service.log_failure(self.id, error)
        if self._relay is not None and self._relay.begun:
            self.connection.break_off()
        else:
            self.scanner = None
            refusal = Refusal(500, "the guard failed; nothing was passed on", "guard_failed")
            self._reply(Whole(500, self.protocol.error(refusal)), [(b"x-should-retry", b"false")])

    # -- what goes on beside it --------------------------------------------------------------

    def _watch(self, stream: GuardedStream) -> None:
        assert self.scanner is not None
        self.spawn(self.scanner.loaded.engine.asettle(stream))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work whose end the record waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def client_lost(self) -> None:
        """Lets the model server go at once: nobody listens."""
        self.outcome = "client_left"
        self.task.cancel()

    def client_slow(self, slow: bool) -> None:
        """Reads from the model server no faster than the client reads."""
        if self._incoming is not None:
            self._incoming.hold("client", held=slow)

    def heard(self, now: float) -> None:
        """Notes that the model server said something."""
        self.deadline = now + self.service.settings.upstream_timeout

    def expire(self) -> None:
        """Ends a model server's silence."""
        if self._incoming is not None:
            self._incoming.lost("nothing for too long", unused=False)

    def _let_go(self) -> None:
        if self._incoming is not None:
            self._incoming.abort()
        if self._relay is not None:
            self._relay.answer.abandon()
            self.usage = self._relay.answer.usage
            self.answer = self._relay.answer.text

    async def _end(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)
        self.service.ended(self)


STREAM_HEADERS: Headers = [
    (b"content-type", EVENTS + b"; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]

PASSED_ON = (
    b"openai-organization",
    b"openai-processing-ms",
    b"openai-version",
    b"retry-after",
    b"retry-after-ms",
    b"www-authenticate",
    b"x-request-id",
    b"x-should-retry",
)


def passed_on(headers: Headers) -> Headers:
    """Returns the headers of the model server that a client may need: names it knows, no text."""
    return [
        (name, value)
        for name, value in headers
        if name in PASSED_ON or name.startswith(b"x-ratelimit-")
    ]


def check_head(status: int, headers: Headers) -> bytes:
    """Returns the media type of an answer; refuses one that cannot be guarded."""
    named = dict(headers)
    encoding = named.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in (b"identity", b""):
        raise UpstreamError("a compressed answer, though none was asked for")
    kind = named.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if status < ERRORS and (status != 200 or kind not in (JSON, EVENTS)):  # noqa: PLR2004
        raise UpstreamError(f"status {status} with something that is neither JSON nor events")
    return kind
