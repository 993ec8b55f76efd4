"""The guarded body of an answer that is streamed, as an HTTP client's response reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter
from typing import Any

from tokenward.client.call import Call
from tokenward.errors import UpstreamError
from tokenward.wire.head import ERRORS, EVENTS, check_head
from tokenward.wire.protocols.base import StreamAnswer, Whole
from tokenward.wire.request import Headers
from tokenward.wire.scan import drive, drive_blocking

DECODED = b"content-encoding"
"""What the HTTP client undoes by itself."""
IN_THE_MIDDLE = "an answer that ended in the middle"


class Body:
    """What the sync and the async one share: an answer of the model server, on its way.

    ``response`` is set where it is streamed on; whole answers are read before there is one.
    """

    def __init__(self, http: Any, call: Call, incoming: Any) -> None:
        self.call = call
        self.incoming = incoming
        self.head: Headers = [
            (name.lower(), value) for name, value in incoming.headers.raw if name.lower() != DECODED
        ]
        self.response: Any = None
        self._http = http
        self._early: list[bytes] = []

    def _opened(self) -> StreamAnswer | None:
        """Looks at the head; returns the guard of a stream, ``None`` for a whole answer."""
        status = self.incoming.status_code
        if check_head(status, self.head) == EVENTS and status < ERRORS:
            return self.call.open()
        return None

    def _said(self, answer: StreamAnswer, out: bytes) -> bytes:
        if answer.released and self.call.first_text is None:
            self.call.first_text = perf_counter()
        return out

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Notes what breaks a stream off, and has it told as API clients expect it."""
        try:
            yield
        except UpstreamError as error:
            self.call.failed(error, upstream=True)
            raise self._http.RemoteProtocolError(f"the upstream sent {error}") from error
        except Exception as error:
            self.call.failed(error, upstream=isinstance(error, self._http.TransportError))
            raise

    def _read(self) -> None:
        if self.response is not None:
            self.response.elapsed = timedelta(seconds=perf_counter() - self.call.started)


class Pieces(Body):
    """The sync one."""

    def begin(self) -> Whole | None:
        """Reads as far as must be known before there is a head: a whole answer to its end."""
        call = self.call
        try:
            answer = self._opened()
            if answer is None:
                data = self.incoming.read()
                return drive_blocking(call.scanner, call.take(self.incoming.status_code, data))
        except UpstreamError as error:
            return call.mirror(error)
        self._pieces = self._guarded(answer)
        if call.may_refuse:
            for piece in self._pieces:
                self._early.append(piece)
                if answer.released:
                    break
        return call.refuse(answer.refused) if answer.refused is not None else None

    def _guarded(self, answer: StreamAnswer) -> Iterator[bytes]:
        scanner = self.call.scanner
        with self._noted():
            for data in self.incoming.iter_bytes():
                if answer.ended:
                    continue  # read to its end, so that the connection can be used again
                for frame in answer.frames(data):
                    yield self._said(answer, drive_blocking(scanner, answer.frame(frame)))
                    if answer.ended:
                        break
                if answer.cut:
                    return
            if not answer.ended:
                out = drive_blocking(scanner, answer.close())
                if out is None:
                    raise UpstreamError(IN_THE_MIDDLE)
                yield self._said(answer, out)

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._early
            yield from self._pieces
        finally:
            self.close()

    def close(self) -> None:
        """Lets the model server go, and ends the call."""
        self.incoming.close()
        self._read()
        self.call.end()


class AsyncPieces(Body):
    """The async one."""

    _pieces: Any = None

    async def begin(self) -> Whole | None:
        """Reads as far as must be known before there is a head: a whole answer to its end."""
        call = self.call
        try:
            answer = self._opened()
            if answer is None:
                data = await self.incoming.aread()
                return await drive(call.scanner, call.take(self.incoming.status_code, data))
        except UpstreamError as error:
            return call.mirror(error)
        self._pieces = self._guarded(answer)
        if call.may_refuse:
            async for piece in self._pieces:
                self._early.append(piece)
                if answer.released:
                    break
        return call.refuse(answer.refused) if answer.refused is not None else None

    async def _guarded(self, answer: StreamAnswer) -> AsyncIterator[bytes]:
        scanner = self.call.scanner
        with self._noted():
            async for data in self.incoming.aiter_bytes():
                if answer.ended:
                    continue  # as above
                for frame in answer.frames(data):
                    yield self._said(answer, await drive(scanner, answer.frame(frame)))
                    if answer.ended:
                        break
                if answer.cut:
                    return
            if not answer.ended:
                out = await drive(scanner, answer.close())
                if out is None:
                    raise UpstreamError(IN_THE_MIDDLE)
                yield self._said(answer, out)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            for early in self._early:
                yield early
            async for piece in self._pieces:
                yield piece
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Lets the model server go, and ends the call."""
        await self.incoming.aclose()
        if self._pieces is not None and not self._pieces.ag_running:
            await self._pieces.aclose()  # or the event loop would have to, at some later time
        self._read()
        await self.call.aend()
