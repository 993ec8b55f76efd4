"""Events of a streamed message: what is in them beside their texts, and how they leave."""

from __future__ import annotations

from typing import Any

from tokenward.errors import UpstreamError
from tokenward.wire.json_text import NAME, Slot, slots
from tokenward.wire.protocols.anthropic_block import PIECES, TEXTS
from tokenward.wire.sse import Frame, written

Event = dict[str, Any]
USUAL = frozenset({"delta", "index", "type"})
"""Keys of the events of a block."""


def check_unknown(event: Event, kind: str) -> None:
    """Refuses an event of a type that is not known, such as a ping, unless it says nothing."""
    if NAME.fullmatch(kind) is None or slots(event):
        raise UpstreamError("an event of a type that is not known, with text in it")


def begun_text(block: Event, kind: str) -> str:
    """Returns what a block says already where it begins, and takes it out."""
    key = TEXTS[kind][1] if kind in TEXTS else ""
    text = block.get(key) or ""
    if not isinstance(text, str):
        raise UpstreamError("a block whose text is none")
    if text:
        block[key] = ""
    return text


def beside(event: Event, delta: Event) -> list[Slot]:
    """Returns the texts of an event of a block, beside what its delta is there for."""
    kind = delta.get("type")
    piece = PIECES.get(kind, "") if isinstance(kind, str) else ""
    if piece in delta and len(delta) == 2 and USUAL.issuperset(event):  # noqa: PLR2004
        return []
    return slots(event, without=("delta",)) + slots(delta, without=(piece,))


def numbered(frame: Frame, event: Event, at: int) -> bytes:
    """Returns an event of a block with the number that its block has here."""
    if "index" in event and event["index"] != at:
        event["index"] = at
    return as_it_is(frame, event)


def as_it_is(frame: Frame, event: Event) -> bytes:
    """Returns an event, or a comment, which has nothing in it."""
    return written(frame, event) if frame.data is not None else frame.raw
