"""One guarded request: from its arrival, through the model server, to its record."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tokenward.engine.ids import decision_id
from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.protocols.base import Ask, Usage, Whole, WireProtocol
from tokenward.sidecar.relay import Relayed, ask_upstream
from tokenward.sidecar.request import Headers, Refusal, Request
from tokenward.sidecar.scan import Scanner, drive
from tokenward.sidecar.streaming import StreamRelay

if TYPE_CHECKING:
    from tokenward.sidecar.service import Service

ERRORS = 400
JSON = b"application/json"
EVENTS = b"text/event-stream"


class Exchange(Relayed):
    """A request at work; it is the peer that its client's connection tells of slowness and loss."""

    def __init__(
        self, service: Service, connection: Connection, request: Request, protocol: WireProtocol
    ) -> None:
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
        self._relay: StreamRelay | None = None
        super().__init__(service, connection, request)

    # -- its life ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Answers the request, whatever happens, and records it."""
        try:
            await self._answer()
        except Refusal as refusal:
            self._refuse(refusal)
        except UpstreamError as error:
            self._mirror(error)
        except asyncio.CancelledError:
            pass  # given up: nobody listens
        except Exception as error:  # noqa: BLE001  # whatever fails here, nothing unscanned may pass
            self._fail(error)
        finally:
            self._let_go()
            await self._end()

    async def _answer(self) -> None:
        ask = self.ask = self.protocol.read(self.request)
        loaded = self.service.choose(self.request, ask)
        vault = self.service.sessions.vault(self.request, loaded.policy.name)
        scanner = self.scanner = Scanner(loaded, vault, in_json=ask.in_json)
        self.protocol.limit(ask, loaded.policy)
        if not await drive(scanner, ask.scan(scanner)):
            self._block(scanner)
            return
        incoming, status, headers = await ask_upstream(
            self.service, self.service.upstream_request(self.request, ask.encoded()), self
        )
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
        if whole.status < ERRORS:
            self.first_text = time.perf_counter()
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
        self.begin_stream([])
        self.connection.send(whole.body)
        self.connection.end()

    def begin_stream(self, headers: Headers) -> None:
        """Writes the head of a streamed answer."""
        self.status = 200
        self.connection.start(200, [*STREAM_HEADERS, *headers, *self.headers(whole=False)])

    def _mirror(self, error: UpstreamError) -> None:
        """Ends an answer as its model server did: broken off, or with an error if none began."""
        if self._relay is not None and self._relay.begun:
            self.outcome = "upstream_broke"
            self.connection.break_off()
        else:
            self._refuse(Refusal(502, f"the upstream sent {error}", "bad_upstream"))

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
            refusal = Refusal(500, "the guard failed; nothing was passed on", "guard_failed")
            self._reply(Whole(500, self.protocol.error(refusal)), [(b"x-should-retry", b"false")])

    # -- its end ------------------------------------------------------------------------------

    def _let_go(self) -> None:
        if self.incoming is not None:
            self.incoming.abort()
        if self._relay is not None:
            self._relay.answer.abandon()
            self.usage = self._relay.answer.usage
            self.answer = self._relay.answer.text

    async def _end(self) -> None:
        if self.scanner is not None:
            await self.scanner.complete()
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
