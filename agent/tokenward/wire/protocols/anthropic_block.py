"""The content block that a streamed message is at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from tokenward.errors import UpstreamError
from tokenward.stream.guarded import GuardedStream
from tokenward.wire.backlog import Backlog
from tokenward.wire.json_text import OPAQUE, Document, Slot
from tokenward.wire.protocols.alike import Came
from tokenward.wire.protocols.anthropic_request import block_texts
from tokenward.wire.protocols.texts import MOST_HELD, put_call, put_released
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.spelling import close
from tokenward.wire.sse import Frame

CALL = "tool_use"
TEXTS: Mapping[str, tuple[str, str]] = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
}
"""Blocks whose text comes in pieces: the type of their deltas, and where the text is in them."""
PIECES: Mapping[Any, str] = {
    **dict(TEXTS.values()),
    "input_json_delta": "partial_json",
    "signature_delta": "signature",
}
"""By the type of a delta: the field that it is there for."""
MOST_KEPT = 2 * MOST_HELD
"""Bytes of the events of a call that are kept as they came."""
Events = list[tuple[Frame, dict[str, Any]]]


@dataclass(slots=True)
class Block:
    """A block that goes out whole with its first event; ``at`` is its number there."""

    index: int
    at: int
    kind: str


@dataclass(slots=True)
class TextBlock(Block):
    """A block of which text is let out as it comes."""

    stream: GuardedStream
    delta: str
    key: str
    backlog: Backlog[Came] = field(default_factory=Backlog)
    signed: Events = field(default_factory=list)
    """What signs the text, held until it is known whether the text was let out as it came."""
    _size: int = 0
    _fed: tuple[int, int] = (0, 0)
    _said: tuple[int, int] = (0, 0)

    def fed(self, text: str) -> None:
        """Notes a text that came."""
        self._fed = _summed(self._fed, text)

    def said(self, text: str) -> None:
        """Notes a text that was let out."""
        self._said = _summed(self._said, text)

    @property
    def edited(self) -> bool:
        """Whether what was let out is something else than what came."""
        return self._fed != self._said

    def sign(self, piece: Any, frame: Frame, event: dict[str, Any]) -> None:
        """Takes a piece of the signature: it goes on unread, so that it must not be words."""
        is_opaque = isinstance(piece, str) and OPAQUE.fullmatch(piece) is not None
        self._size += len(frame.raw)
        if not is_opaque or self._size > MOST_HELD:
            raise UpstreamError("a signature that is none")
        self.signed.append((frame, event))


@dataclass(slots=True)
class CallBlock(Block):
    """A tool call, held until it is whole: a cut one would reach the application as a whole one."""

    block: dict[str, Any]
    events: Events
    """Those that came, the first of which has the block; not all of them if they are very many."""
    _pieces: list[str] = field(default_factory=list)
    _size: int = 0
    _kept: int = 0

    def add(self, piece: Any, frame: Frame, event: dict[str, Any]) -> None:
        """Takes an event with a piece of its JSON."""
        if not isinstance(piece, str):
            raise UpstreamError("a piece of a tool call that is no text")
        self._size += len(piece)
        if self._size > MOST_HELD:
            raise UpstreamError("a tool call beyond all measure")
        self._pieces.append(piece)
        self._kept += len(frame.raw)
        if self._kept <= MOST_KEPT or len(self._pieces) == 1:
            self.events.append((frame, event))

    def check(self, scanner: Scanner) -> Steps[Events | None]:
        """Guards the call, which is whole now; returns its events, ``None`` where it is blocked."""
        joined = "".join(self._pieces)
        delta = {"partial_json": joined}
        document = Document.of(Slot(delta, "partial_json", joined)) if joined else None
        texts = block_texts(self.block) + (document.texts if document is not None else [])
        if self.kind == CALL:
            stands = yield from put_call(texts, scanner)
        else:  # the server has made it already
            stands = yield from put_released("output", texts, scanner)
        if not stands:
            return None
        if document is not None:
            close(document)
        if delta["partial_json"] != joined or len(self.events) <= len(self._pieces):
            del self.events[2:]
            self.events[-1][1]["delta"]["partial_json"] = delta["partial_json"]
        return self.events


def _summed(known: tuple[int, int], text: str) -> tuple[int, int]:
    size, check = known
    return size + len(text), crc32(text.encode("utf-8", "surrogatepass"), check)
