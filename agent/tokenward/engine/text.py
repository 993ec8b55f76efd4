"""The driver for a text in hand: whole, or in pieces."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import StringIO
from types import TracebackType
from typing import Self

from tokenward.engine.engine import Engine
from tokenward.engine.ids import decision_id
from tokenward.errors import Blocked
from tokenward.redact.styles import Form
from tokenward.redact.vault import Vault
from tokenward.stream.given import Given
from tokenward.types import Decision


class TextStream:
    """Guards one text given in chunks: what ``feed`` and ``finish`` return may leave.

    ``vault`` is that of the session it belongs to, ``form`` what comes back in it, ``given`` what
    the request that it answers held.
    As a context manager it finishes the text at the end of the block. ``ended``, if given, is
    called once with the stream when its text has ended or was blocked for good.
    """

    def __init__(
        self,
        engine: Engine,
        stage: str | None,
        *,
        raise_on_block: bool = False,
        ended: Callable[[TextStream], None] | None = None,
        vault: Vault | None = None,
        form: Form | None = None,
        given: Given | None = None,
    ) -> None:
        self._engine = engine
        self._stream = engine.open(stage, vault=vault, form=form, given=given)
        self._vault = vault
        self._id = decision_id()
        self._released = StringIO()  # a fraction of what a list of small pieces takes
        self._raise = raise_on_block
        self._ended = ended
        self.started = time.time()
        self.seconds = 0.0
        """How long the guard has worked on the text."""

    def feed(self, text: str) -> str:
        """Takes the next characters; returns those that may leave now."""
        began = time.perf_counter()
        self._stream.feed(text)
        self._engine.settle(self._stream)
        released = self._release(began)
        if self._raise and self._stream.blocked:
            self.end()
            raise Blocked(self.decision)
        return released

    def finish(self) -> str:
        """Ends the text; returns the rest that may leave."""
        began = time.perf_counter()
        self._stream.finish()
        self._engine.settle(self._stream)
        released = self._release(began)
        self.end()
        if self._raise and self._stream.blocked:
            raise Blocked(self.decision)
        return released

    async def afeed(self, text: str) -> str:
        """Takes the next characters, as ``feed``, without blocking the event loop."""
        began = time.perf_counter()
        self._stream.feed(text)
        await self._engine.asettle(self._stream)
        released = self._release(began)
        if self._raise and self._stream.blocked:
            await self.aend()
            raise Blocked(self.decision)
        return released

    async def afinish(self) -> str:
        """Ends the text, as ``finish``, without blocking the event loop."""
        began = time.perf_counter()
        self._stream.finish()
        await self._engine.asettle(self._stream)
        released = self._release(began)
        await self.aend()
        if self._raise and self._stream.blocked:
            raise Blocked(self.decision)
        return released

    def _release(self, began: float) -> str:
        released = self._stream.release()
        if released:
            self._released.write(released)
        self.seconds += time.perf_counter() - began
        return released

    def end(self) -> None:
        """Makes the decision final and tells ``ended``; a driver that stops at a block calls it."""
        self._engine.complete(self._stream)
        self._tell()

    async def aend(self) -> None:
        """Makes the decision final, as ``end``, without blocking the event loop."""
        await self._engine.acomplete(self._stream)
        self._tell()

    def _tell(self) -> None:
        ended, self._ended = self._ended, None
        if ended is not None:
            ended(self)

    @property
    def released(self) -> str:
        """All that was released so far."""
        return self._released.getvalue()

    @property
    def is_all(self) -> bool:
        """Whether what was released is the text as it came."""
        plan, decision = self._stream.plan, self.decision
        return (
            decision.action in ("allow", "flag")
            and not plan.restores
            and len(self.released) == self._stream.length
        )

    def hide(self, text: str) -> str:
        """Takes out of a text what the session has put back into it."""
        return text if self._vault is None else self._vault.issued().hide(text)

    @property
    def longest_held(self) -> int:
        """The most characters that waited at once."""
        return self._stream.longest_held

    @property
    def blocked(self) -> bool:
        """Whether nothing more will be released."""
        return self._stream.blocked

    @property
    def held(self) -> int:
        """How many characters wait."""
        return self._stream.held

    @property
    def decision(self) -> Decision:
        """The decision as it stands; final once the text is finished."""
        return self._stream.decide(self.released, self._id)

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
