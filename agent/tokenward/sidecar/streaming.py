"""Relays a streamed answer: bytes of the model server in, guarded bytes to the client out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tokenward.errors import UpstreamError
from tokenward.sidecar.again import ask_again
from tokenward.sidecar.incoming import TOO_LATE, Incoming, too_late
from tokenward.wire.protocols.base import StreamAnswer
from tokenward.wire.request import Headers
from tokenward.wire.retold import RetoldAnswer
from tokenward.wire.scan import Scanner, drive, drive_now

if TYPE_CHECKING:
    from tokenward.sidecar.exchange import Exchange


class StreamRelay:
    """One streamed answer.

    Where no rule waits for a worker thread, all work is done in the call that brings the bytes: one
    parse and one write a read, no task and no queue. Otherwise a loop takes the pieces in order.
    """

    def __init__(self, exchange: Exchange, scanner: Scanner, incoming: Incoming) -> None:
        assert exchange.ask is not None
        on_block = exchange.service.settings.on_block
        self.answer: StreamAnswer = exchange.protocol.stream(exchange.ask, scanner, on_block)
        self.begun = False
        self._exchange = exchange
        self._connection = exchange.connection
        self._scanner = scanner
        self._incoming = incoming
        self._retold = self.answer if isinstance(self.answer, RetoldAnswer) else None
        self._waits = scanner.loaded.answer_waits
        # an answer that may still turn out to be an error has no head yet
        self._may_refuse = on_block == "error"
        self._closed = False
        self._flows = False
        """Whether text has left, so that there is nothing more to note."""
        self._early: list[bytes] = []
        self._error: Exception | None = None
        self._headers: Headers = []

    async def run(self, headers: Headers) -> None:
        """Relays the answer to its end."""
        self._headers = headers
        if not self._waits:
            self._incoming.pour(self._take)
        if not (self._may_refuse or self.begun):  # at once, whether or not text came with the head
            self._begin()
        await self._listen()
        while self._error is None and self._retold is not None and self._retold.again is not None:
            await self._listen_again(self._retold, self._retold.again)
        if self._error is not None:
            raise self._error

    async def _listen(self) -> None:
        """Takes all that comes, and then its end."""
        if self._waits:
            async for data in self._incoming.pieces():
                await self._take_slowly(data)
            reason = self._incoming.reason
        else:
            reason = await self._incoming.pipe(self._take)
        if not self.over:
            await self._close(reason)

    async def _listen_again(self, retold: RetoldAnswer, body: bytes) -> None:
        """Takes another ending, or does without one."""
        incoming = await ask_again(self._exchange, body, streamed=True)
        if incoming is None:
            self._exchange.outcome = "not_continued"
            self._write(await drive(self._scanner, retold.decline()))
            self._finish()
            return
        self._incoming = incoming
        self._closed = False
        retold.go_on()
        await self._listen()

    @property
    def over(self) -> bool:
        """Whether nothing more will be taken of what comes."""
        if self.answer.ended or self._error is not None:
            return True
        return self._retold is not None and self._retold.again is not None

    # -- pieces -----------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        answer = self.answer
        if self._closed:
            return
        try:
            out = answer.usual(data)
        except Exception as error:  # noqa: BLE001  # raised again by run(); nothing more goes out
            self._error, out = error, b""
        if out is None:
            out = self._take_frames(data)
        if answer.ended and self._flows and self._error is None:
            self._closed = True
            self._finish(out)
            return
        if out:
            if self._flows:
                self._connection.send(out)
            else:
                self._write(out)
        if answer.ended or self._error is not None or self._retold is not None:
            self._look_for_end()

    def _look_for_end(self) -> None:
        if self.over:
            self._closed = True
            self._finish()

    def _take_frames(self, data: bytes) -> bytes:
        answer, out = self.answer, list[bytes]()
        try:
            for frame in answer.frames(data):
                said = answer.usual(frame, framed=True) if isinstance(frame, bytes) else None
                out.append(drive_now(answer.frame(frame)) if said is None else said)
                if self.over:
                    break
        except Exception as error:  # noqa: BLE001  # as above
            self._error = error
        return b"".join(out)

    async def _take_slowly(self, data: bytes) -> None:
        answer = self.answer
        if self.over:
            return
        try:
            for frame in answer.frames(data):
                self._write(await drive(self._scanner, answer.frame(frame)))
                if self.over:
                    break
        except Exception as error:  # noqa: BLE001  # as above
            self._error = error
        if self.over:
            self._finish()

    def _write(self, out: bytes) -> None:
        if not out:
            return
        if self.answer.released and self._exchange.first_text is None:
            self._exchange.first_text = time.perf_counter()
        if self.begun:
            self._flows = self._exchange.first_text is not None
            self._connection.send(out)
            return
        self._early.append(out)
        if self.answer.released:
            self._begin()

    def _begin(self) -> None:
        self.begun = True
        early = b"".join(self._early)
        self._early.clear()
        self._exchange.begin_stream(self._headers, self.answer.content_type, early)

    # -- the end ----------------------------------------------------------------------------

    def _finish(self, out: bytes = b"") -> None:
        """Ends the answer, with what is left; the model server is let go where it would go on."""
        if self._error is not None or self.answer.cut or not self.answer.ended:
            self._incoming.abort()
        if self._error is not None or not self.answer.ended:
            return
        if self.answer.refused is not None:
            self._error = self.answer.refused
            return
        if not self.begun:
            self._begin()
        self._connection.end(out)
        self._incoming.end_soon()

    async def _close(self, reason: str | None) -> None:
        """Ends the answer where the model server did: properly, or broken off as it was."""
        out = None
        if reason is None:
            out = await drive(self._scanner, self.answer.close())
        if out is not None:
            self._write(out)
            self._finish()
        elif reason == TOO_LATE and not self.begun:
            raise too_late()
        else:
            told = f": {reason}" if reason is not None else ""
            raise UpstreamError(f"an answer that ended in the middle{told}")
