"""Relays a streamed answer: bytes of the model server in, guarded bytes to the client out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tokenward.errors import UpstreamError
from tokenward.sidecar.incoming import TOO_LATE, Incoming, too_late
from tokenward.wire.protocols.base import StreamAnswer
from tokenward.wire.request import Headers
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
        self._waits = any(scanner.loaded.stages[s].waits for s in ("output", "tool_call"))
        # an answer that may still turn out to be an error has no head yet
        self._may_refuse = on_block == "error"
        self._early: list[bytes] = []
        self._error: Exception | None = None
        self._headers: Headers = []

    async def run(self, headers: Headers) -> None:
        """Relays the answer to its end."""
        self._headers = headers
        if not self._may_refuse:
            self._begin()
        if self._waits:
            async for data in self._incoming.pieces():
                await self._take_slowly(data)
            reason = self._incoming.reason
        else:
            reason = await self._incoming.pipe(self._take)
        if self._error is not None:
            raise self._error
        if not self.answer.ended:
            await self._close(reason)

    @property
    def over(self) -> bool:
        """Whether nothing more will be taken."""
        return self.answer.ended or self._error is not None

    # -- pieces -----------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        answer = self.answer
        if self.over:
            return
        out = []
        try:
            for frame in answer.frames(data):
                out.append(drive_now(answer.frame(frame)))
                if answer.ended:
                    break
        except Exception as error:  # noqa: BLE001  # raised again by run(); nothing more goes out
            self._error = error
        self._write(out[0] if len(out) == 1 else b"".join(out))
        if self.over:
            self._finish()

    async def _take_slowly(self, data: bytes) -> None:
        answer = self.answer
        if self.over:
            return
        try:
            for frame in answer.frames(data):
                self._write(await drive(self._scanner, answer.frame(frame)))
                if answer.ended:
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
            self._connection.send(out)
            return
        self._early.append(out)
        if self.answer.released:
            self._begin()

    def _begin(self) -> None:
        self.begun = True
        self._exchange.begin_stream(self._headers, self.answer.content_type)
        self._connection.send(b"".join(self._early))
        self._early.clear()

    # -- the end ----------------------------------------------------------------------------

    def _finish(self) -> None:
        """Ends the answer; the model server is let go at once where it would go on."""
        if self._error is not None or self.answer.cut:
            self._incoming.abort()
        if self._error is not None:
            return
        if self.answer.refused is not None:
            self._error = self.answer.refused
            return
        if not self.begun:
            self._begin()
        self._connection.end()
        self._incoming.end_soon()

    async def _close(self, reason: str | None) -> None:
        """Ends the answer where the model server did: properly, or broken off as it was."""
        out = None
        if reason is None:
            out = await drive(self._scanner, self.answer.close())
        if out is not None:
            self._write(out)
            self._finish()
            if self._error is not None:
                raise self._error
        elif reason == TOO_LATE and not self.begun:
            raise too_late()
        else:
            raise UpstreamError("an answer that ended in the middle")
