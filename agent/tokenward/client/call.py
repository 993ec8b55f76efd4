"""One guarded call of an API client: from its request to its record, without any HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tokenward.client.routes import Routes
from tokenward.decisions.record import Interaction, KeptText
from tokenward.engine.ids import decision_id
from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.redact.vault import Vault
from tokenward.wire.head import ERRORS, EVENTS, JSON, STREAM_HEADERS, guard_headers
from tokenward.wire.interaction import interaction_of
from tokenward.wire.kept import kept_texts
from tokenward.wire.loaded import Loaded
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask, StreamAnswer, Usage, Whole, WireProtocol
from tokenward.wire.request import Headers, Refusal, Request
from tokenward.wire.scan import Scanner, Steps

Record = Callable[
    [Interaction, str | None, str | None, Sequence[KeptText], Callable[[str], str]], object
]
"""Takes the record of a call, with the texts that features are taken of, and those to be kept."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What all calls of a wrapped client share; ``vault`` is that of a session, if one goes on."""

    loaded: Loaded
    routes: Routes
    on_block: OnBlock = "filter"
    vault: Vault | None = None
    record: Record | None = None


class Call:
    """A call at work. Its steps are driven by the client, which also does all HTTP."""

    def __init__(self, terms: Terms, protocol: WireProtocol, request: Request) -> None:
        self.protocol = protocol
        self.request = request
        self.id = decision_id()
        self.began = time.time()
        self.started = time.perf_counter()
        self.first_text: float | None = None
        self.ended = 0.0
        self.ask: Ask | None = None
        self.scanner = Scanner(terms.loaded, terms.vault)
        self.usage = Usage()
        self.answer: str | None = None
        self.status = 0
        self.outcome = "answered"
        self.stream: StreamAnswer | None = None
        self._terms = terms
        self._ended = False

    # -- the request ------------------------------------------------------------------------

    def ask_for(self) -> Steps[Whole | None]:
        """Reads and guards the request; returns the answer where it does not go on."""
        try:
            ask = self.ask = self.protocol.read(self.request)
            if ask.in_json:
                self.scanner.main_form = "json"
            if (yield from ask.scan(self.scanner)):
                self.protocol.limit(ask, self._terms.loaded.policy)  # it moves what was read
                return None
        except Refusal as refusal:
            return self.refuse(refusal)
        self.outcome = "blocked"
        message = self.scanner.message or DEFAULT_MESSAGE
        return self._said(self.protocol.blocked(ask, message, self._terms.on_block, self.id))

    @property
    def body(self) -> bytes:
        """The body to send on."""
        assert self.ask is not None
        return self.ask.encoded()

    def refuse(self, refusal: Refusal) -> Whole:
        """Returns an error in the protocol's form."""
        if self.outcome == "answered":
            self.outcome = refusal.code
        return self._said(
            Whole(refusal.status, self.protocol.error(refusal), headers=refusal.headers)
        )

    def mirror(self, error: UpstreamError) -> Whole:
        """Returns the error of a model server whose answer cannot be guarded."""
        return self.refuse(Refusal(502, f"the upstream sent {error}", "bad_upstream"))

    # -- the answer -------------------------------------------------------------------------

    def take(self, status: int, data: bytes) -> Steps[Whole]:
        """Guards a whole answer, or an error of the model server."""
        assert self.ask is not None
        if status >= ERRORS:
            return self._said((yield from self.protocol.failure(self.scanner, status, data)))
        steps = self.protocol.whole(self.ask, self.scanner, self._terms.on_block, data)
        return self._said((yield from steps))

    def open(self) -> StreamAnswer:
        """Opens the guard of a streamed answer."""
        assert self.ask is not None
        self.status = 200
        self.stream = self.protocol.stream(self.ask, self.scanner, self._terms.on_block)
        return self.stream

    @property
    def may_refuse(self) -> bool:
        """Whether a stream may still turn out to be an error, so that its head must wait."""
        return self._terms.on_block == "error"

    def _said(self, whole: Whole) -> Whole:
        self.status = whole.status
        self.usage = whole.usage
        self.answer = whole.text
        if whole.status < ERRORS:
            self.first_text = time.perf_counter()
        return whole

    def headers(self, whole: Whole | None, passed: Headers) -> Headers:
        """Returns the head of an answer, whole or (for ``None``) streamed."""
        mine = guard_headers(self.id, self.scanner, whole=whole is not None)
        if whole is None:
            return [*STREAM_HEADERS, *passed, *mine]
        asks_stream = self.ask is not None and self.ask.stream
        events = self.outcome == "blocked" and asks_stream and whole.status < ERRORS
        kind = EVENTS if events else whole.content_type or JSON
        return [(b"content-type", kind), *passed, *whole.headers, *mine]

    def failed(self, error: BaseException, *, upstream: bool) -> None:
        """Notes what ended the call: the ``upstream``, the guard itself, or nobody's patience."""
        if self.outcome == "answered" and isinstance(error, Exception):
            self.outcome = "upstream_broke" if upstream else "guard_failed"
        elif self.outcome == "answered":
            self.outcome = "client_left"

    # -- its end ----------------------------------------------------------------------------

    def _abandon(self) -> bool:
        """Adds up what was decided, once; returns whether a record is to be left then."""
        if self._ended:
            return False
        self._ended = True
        if self.stream is not None:
            if not self.stream.ended and self.outcome == "answered":
                self.outcome = "client_left"
            self.stream.abandon()
            self.usage = self.stream.usage
            self.answer = self.stream.text
        if self._terms.record is None:
            self.scanner.abandon()
        return self._terms.record is not None

    def end(self) -> None:
        """Ends the call, in a thread that may wait for its last decisions."""
        if self._abandon():
            self.scanner.complete_now()
            self._leave_record()

    async def aend(self) -> None:
        """Ends the call, as ``end``, without blocking the event loop."""
        if self._abandon():
            await self.scanner.complete()
            self._leave_record()

    def _leave_record(self) -> None:
        assert self._terms.record is not None
        decisions = self.scanner.decisions(self.id)
        prompt = self.ask.prompt if self.ask is not None else None
        self.ended = time.perf_counter()
        row = interaction_of(self, decisions, source="hook")
        texts = kept_texts(self.ask, self.scanner, self.answer, decisions)
        self._terms.record(row, prompt, self.answer, texts, self.scanner.hide)
