"""One conversation: what is taken out of its prompts comes back in its answers."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Self

from tokenward.engine.driving import adecide, areleased, decide, released
from tokenward.engine.engine import Engine
from tokenward.engine.text import TextStream
from tokenward.errors import UsageError
from tokenward.redact.digest import SHORTEST_KEY
from tokenward.redact.restorer import Restorer
from tokenward.redact.styles import Form
from tokenward.redact.vault import Clock, Vault
from tokenward.stream.given import ContextLike, given_of
from tokenward.types import Decision


class Session:
    """Knows the values that rules with ``restore: true`` took out of texts, and puts them back.

    Values live in the session only, never in decisions, records or logs: each for ``ttl`` seconds
    after it was last met, and at most ``limit`` of them. A value that finds no room gets a plain
    tag, which does not come back; ``refused`` counts those. Make one for each conversation, and
    share it with nobody. Safe to use from several threads; ``close()`` forgets everything.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        ttl: float = 3600.0,
        limit: int = 1000,
        clock: Clock = time.monotonic,
        key: bytes | None = None,
        ended: Callable[[TextStream], None] | None = None,
    ) -> None:
        if ttl <= 0:
            raise UsageError(f"ttl is {ttl:g} seconds; it must be above 0")
        if limit < 1:
            raise UsageError(f"limit is {limit} values; it must be at least 1")
        if key is not None and len(key) < SHORTEST_KEY:
            raise UsageError(f"key has {len(key)} bytes; it must have at least {SHORTEST_KEY}")
        self.vault = Vault(ttl=ttl, limit=limit, clock=clock, key=key)
        self._engine = engine
        self._ended = ended

    def stream(
        self,
        *,
        stage: str | None = "output",
        json: bool | None = None,
        raise_on_block: bool = False,
        context: ContextLike = None,
    ) -> TextStream:
        """Opens the guard of one text of the conversation that comes in chunks.

        ``json`` says that the text is JSON, so that what comes back in it is escaped; without it
        that is so at stage ``tool_call``. What was issued when the stream is opened comes back.
        ``context`` is what the request held that the text answers, as for ``Guard.check``.
        """
        form: Form | None = None if json is None else "json" if json else "text"
        return TextStream(
            self._engine,
            stage,
            raise_on_block=raise_on_block,
            ended=self._ended,
            vault=self.vault,
            form=form,
            given=given_of(context),
        )

    def check(
        self,
        text: str,
        *,
        stage: str | None = "output",
        json: bool | None = None,
        raise_on_block: bool = False,
        context: ContextLike = None,
    ) -> Decision:
        """Decides about a whole text of the conversation."""
        stream = self.stream(stage=stage, json=json, raise_on_block=raise_on_block, context=context)
        return decide(stream, text)

    async def acheck(
        self,
        text: str,
        *,
        stage: str | None = "output",
        json: bool | None = None,
        raise_on_block: bool = False,
        context: ContextLike = None,
    ) -> Decision:
        """Decides about a whole text of the conversation without blocking the event loop."""
        stream = self.stream(stage=stage, json=json, raise_on_block=raise_on_block, context=context)
        return await adecide(stream, text)

    def iter(
        self,
        pieces: Iterable[str],
        *,
        stage: str = "output",
        json: bool | None = None,
        raise_on_block: bool = False,
        context: ContextLike = None,
    ) -> Iterator[str]:
        """Yields what may leave of an iterator of text; stops reading it after a block."""
        stream = self.stream(stage=stage, json=json, raise_on_block=raise_on_block, context=context)
        return released(stream, pieces)

    def aiter(
        self,
        pieces: AsyncIterable[str],
        *,
        stage: str = "output",
        json: bool | None = None,
        raise_on_block: bool = False,
        context: ContextLike = None,
    ) -> AsyncIterator[str]:
        """Yields what may leave of an async iterator of text; stops reading it after a block."""
        stream = self.stream(stage=stage, json=json, raise_on_block=raise_on_block, context=context)
        return areleased(stream, pieces)

    def restore(self, text: str, *, json: bool = False) -> str:
        """Puts the values back into a text without looking at anything else in it.

        Only what was issued comes back, and only as it was issued: not in another case, with
        other spaces, or as part of something longer. ``json`` escapes the values.
        """
        restorer = Restorer(self.vault.issued().returned("json" if json else "text"))
        certain = restorer.feed(text) + restorer.finish()
        out: list[str] = []
        at = 0
        for found in restorer.take():
            value = found.token.value if found.token is not None else ""
            out += (certain[at : found.start], value)
            at = found.end
        return "".join([*out, certain[at:]])

    @property
    def refused(self) -> int:
        """How often a value found no room."""
        return self.vault.refused

    def close(self) -> None:
        """Forgets all values; what they stood in for does not come back any more."""
        self.vault.clear()

    def __len__(self) -> int:
        return len(self.vault)

    def __bool__(self) -> bool:
        return True  # an empty session is one, too

    def __repr__(self) -> str:
        return f"<Session of {self._engine.compiled.policy.name!r}: {self.vault!r}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
