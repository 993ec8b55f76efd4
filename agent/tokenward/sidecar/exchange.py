"""One guarded request: from its arrival, through the model server, to its record."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tokenward.decisions.record import Source
from tokenward.engine.ids import decision_id
from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.sidecar.again import read_again
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.incoming import Incoming
from tokenward.sidecar.overload import RETRY_AFTER
from tokenward.sidecar.redirects import REDIRECTS, refused
from tokenward.sidecar.relay import Relayed, ask_upstream
from tokenward.sidecar.streaming import StreamRelay
from tokenward.wire.head import (
    ERRORS,
    JSON,
    check_head,
    guard_headers,
    is_encoded,
    is_stream,
    passed_on,
    stream_headers,
)
from tokenward.wire.protocols.base import Ask, Usage, Whole, WireProtocol
from tokenward.wire.protocols.known import retold_of
from tokenward.wire.request import Headers, Refusal, Request
from tokenward.wire.scan import Scanner, drive

if TYPE_CHECKING:
    from tokenward.sidecar.service import Service


HTML = b"text/html"
OURS = 500
"""The status from which an error is the agent's own, or the model server's."""


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
        self.ended = 0.0
        self.ask: Ask | None = None
        self.scanner: Scanner | None = None
        self.usage = Usage()
        self.answer: str | None = None
        self.status = 0
        self.source: Source = "sidecar"
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
        except asyncio.CancelledError as error:
            if not self.given_up:  # nobody cancelled this: somebody waits for an answer
                self._fail(error)
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
        if not await drive(scanner, ask.scan(scanner)):
            self._block(scanner)
            return
        self.protocol.limit(ask, loaded.policy)  # behind the scan: it moves what was read
        incoming, status, headers = await self._ask(ask)
        if status in REDIRECTS:
            await self._redirect(scanner, status, headers)
            return
        kind = check_head(status, headers, ask.accepts)
        if status >= ERRORS:
            data = b"" if is_encoded(headers) else await incoming.read()
            whole = await drive(scanner, self.protocol.failure(scanner, status, data))
            if whole.content_type is not None and kind == HTML:
                whole.content_type = HTML + b"; charset=utf-8"
            self._reply(whole, passed_on(headers))
        elif is_stream(kind, headers):
            self._relay = StreamRelay(self, scanner, incoming)
            await self._relay.run(passed_on(headers))
        else:
            whole = await self._whole(ask, scanner, await incoming.read())
            self._reply(whole, passed_on(headers))

    async def _ask(self, ask: Ask) -> tuple[Incoming, int, Headers]:
        """Sends the request on; returns the answer with its status and headers."""
        assert self.scanner is not None
        if self.scanner.loaded.stages["output"].plan.attempts:
            ask.continues = await self.service.ways.of(self)
        data = self.service.upstream_request(self.request, ask.encoded(), ask.content_type)
        return await ask_upstream(self.service, data, self)

    async def _whole(self, ask: Ask, scanner: Scanner, data: bytes) -> Whole:
        """Guards a whole answer, of which another ending may be asked for."""
        on_block = self.service.settings.on_block
        retold = retold_of(self.protocol, ask, scanner, on_block)
        if retold is None:
            return await drive(scanner, self.protocol.whole(ask, scanner, on_block, data))
        while (body := await drive(scanner, retold.hear(data))) is not None:
            more = await read_again(self, body)
            if more is None:
                self.outcome = "not_continued"
                await drive(scanner, retold.decline())
                break
            data = more
        return await drive(scanner, retold.whole())

    async def _redirect(self, scanner: Scanner, status: int, headers: Headers) -> None:
        """Sends the client elsewhere, if that is not round the guard; there is no text with it."""
        place = self.service.location(headers)
        told = unquote(place.decode())
        if await drive(scanner, scanner.whole("output", told)) != told:
            raise refused("holds what a rule takes out")
        self.outcome = "redirected"
        whole = Whole(status, b"", [(b"location", place)])
        self._reply(whole, passed_on(headers))

    # -- answers ----------------------------------------------------------------------------

    def _reply(self, whole: Whole, headers: Headers) -> None:
        self.usage = whole.usage
        self.answer = whole.text
        self.status = whole.status
        if whole.body and whole.status < ERRORS:
            self.first_text = time.perf_counter()
        mine = [
            (b"content-type", whole.content_type or JSON),
            *headers,
            *whole.headers,
            *guard_headers(self.id, self.scanner, whole=True),
        ]
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
        self.begin_stream([], whole.content_type, whole.body)
        self.connection.end()

    def begin_stream(
        self, headers: Headers, content_type: bytes | None = None, data: bytes = b""
    ) -> None:
        """Writes the head of a streamed answer, and what there is of its body."""
        self.status = 200
        mine = stream_headers(content_type)
        self.connection.start(
            200, [*mine, *headers, *guard_headers(self.id, self.scanner, whole=False)], data
        )

    def _mirror(self, error: UpstreamError) -> None:
        """Ends an answer as its model server did: with an error, and broken off if it had begun."""
        if self._relay is not None and self._relay.begun:
            self.outcome, self.reason = "upstream_broke", f"the upstream sent {error}"
            refusal = Refusal(502, f"the upstream sent {error}", "bad_upstream")
            self.connection.send(self._relay.answer.broken(refusal))
            self.connection.break_off()
        else:
            self._refuse(Refusal(502, f"the upstream sent {error}", "bad_upstream"))

    def _refuse(self, refusal: Refusal) -> None:
        if self.outcome == "answered":
            self.outcome = refusal.code
        if refusal.status >= OURS:  # no words about what the client sent
            self.reason = refusal.message
        self._reply(Whole(refusal.status, self.protocol.error(refusal), refusal.headers), [])

    def _fail(self, error: BaseException) -> None:
        """Ends an answer whose guard failed: with an error if nothing was said, else broken off."""
        self.outcome, self.reason = "guard_failed", type(error).__name__
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

    def shut_down(self) -> None:
        """Ends the work because the process ends: with an error, where nothing was said yet."""
        if self.status:
            super().shut_down()
            return
        self.outcome = "shut_down"
        words = "this ends, and the answer was not there in time; try again"
        self._refuse(Refusal(503, words, "shut_down", None, RETRY_AFTER))
        self.give_up("shut_down")

    @property
    def size(self) -> int:
        """How many bytes and characters wait with its record."""
        return len(self.request.body) + len(self.answer or "")

    async def _end(self) -> None:
        if self.scanner is not None:
            await self.scanner.complete()
        self.ended = time.perf_counter()
        self.service.ended(self)
