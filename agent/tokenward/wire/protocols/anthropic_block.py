"""The content block that a streamed message is at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from tokenward.errors import UpstreamError
from tokenward.stream.guarded import GuardedStream
from tokenward.wire.json_text import OPAQUE, Document, Slot
from tokenward.wire.protocols.anthropic_request import block_texts
from tokenward.wire.protocols.texts import MOST_HELD, put_call, put_released
from tokenward.wire.scan import Scanner, Steps

CALL = "tool_use"
TEXTS: Mapping[str, tuple[str, str]] = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
}
"""Blocks whose text comes in pieces: the type of their deltas, and where the text is in them."""


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
    signature: str = ""
    """What signs the text, held until it is known whether the text was let out as it came."""
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

    def sign(self, piece: Any) -> None:
        """Takes a piece of the signature: it goes on unread, so that it must not be words."""
        is_opaque = isinstance(piece, str) and OPAQUE.fullmatch(piece) is not None
        if not is_opaque or len(self.signature) > MOST_HELD:
            raise UpstreamError("a signature that is none")
        self.signature += piece


@dataclass(slots=True)
class CallBlock(Block):
    """A tool call, held until it is whole: a cut one would reach the application as a whole one."""

    block: dict[str, Any]
    _pieces: list[str] = field(default_factory=list)
    _size: int = 0

    def add(self, piece: Any) -> None:
        """Takes a piece of its JSON."""
        if not isinstance(piece, str):
            raise UpstreamError("a piece of a tool call that is no text")
        self._size += len(piece)
        if self._size > MOST_HELD:
            raise UpstreamError("a tool call beyond all measure")
        self._pieces.append(piece)

    def check(self, scanner: Scanner) -> Steps[dict[str, Any] | None]:
        """Guards the call, which is whole now; returns its delta, ``None`` where it is blocked."""
        written = "".join(self._pieces)
        delta = {"type": "input_json_delta", "partial_json": written}
        document = Document.of(Slot(delta, "partial_json", written)) if written else None
        texts = block_texts(self.block) + (document.texts if document is not None else [])
        if self.kind == CALL:
            stands = yield from put_call(texts, scanner)
        else:  # the server has made it already
            stands = yield from put_released("output", texts, scanner)
        if document is not None:
            document.close()
        return delta if stands else None


def _summed(known: tuple[int, int], text: str) -> tuple[int, int]:
    size, check = known
    return size + len(text), crc32(text.encode("utf-8", "surrogatepass"), check)
