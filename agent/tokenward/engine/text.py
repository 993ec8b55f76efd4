"""The driver for a text in hand: whole, or in pieces."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from tokenward.engine.engine import Engine
from tokenward.engine.ids import decision_id
from tokenward.errors import Blocked
from tokenward.types import Decision


class TextStream:
    """Guards one text given in chunks: what ``feed`` and ``finish`` return may leave.

    As a context manager it finishes the text at the end of the block.
    """

    def __init__(self, engine: Engine, stage: str | None, *, raise_on_block: bool = False) -> None:
        self._engine = engine
        self._stream = engine.open(stage)
        self._id = decision_id()
        self._released: list[str] = []
        self._raise = raise_on_block

    def feed(self, text: str) -> str:
        """Takes the next characters; returns those that may leave now."""
        self._stream.feed(text)
        self._engine.settle(self._stream)
        return self._release()

    def finish(self) -> str:
        """Ends the text; returns the rest that may leave."""
        self._stream.finish()
        self._engine.settle(self._stream)
        return self._release()

    async def afeed(self, text: str) -> str:
        """Takes the next characters, as ``feed``, without blocking the event loop."""
        self._stream.feed(text)
        await self._engine.asettle(self._stream)
        return self._release()

    async def afinish(self) -> str:
        """Ends the text, as ``finish``, without blocking the event loop."""
        self._stream.finish()
        await self._engine.asettle(self._stream)
        return self._release()

    def _release(self) -> str:
        released = self._stream.release()
        if released:
            self._released.append(released)
        if self._stream.blocked and self._raise:
            raise Blocked(self.decision)
        return released

    @property
    def blocked(self) -> bool:
        """Whether nothing more will be released."""
        return self._stream.blocked

    @property
    def held(self) -> int:
        """How many characters wait."""
        return self._stream.length - self._stream.settled

    @property
    def decision(self) -> Decision:
        """The decision as it stands; final once the text is finished."""
        return self._stream.decide("".join(self._released), self._id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.finish()
