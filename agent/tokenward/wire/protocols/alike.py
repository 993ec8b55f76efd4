"""Takes events that are byte for byte like the one before, but for a running text."""

from __future__ import annotations

from typing import Any

from tokenward.wire.lines import LineReader
from tokenward.wire.protocols.texts import read_event
from tokenward.wire.protocols.usual import Usual
from tokenward.wire.sse import EventReader, Frame, written

Came = tuple[Frame | bytes, dict[str, Any], Any, Any]
"""An event of a text as it came: its bytes, itself if it was parsed, and where its text stands."""


class Alike:
    """The part of a ``StreamAnswer`` that does not even parse them."""

    _reader: EventReader | LineReader

    def __init__(self) -> None:
        self._template = Usual()
        self._learned: Any = None
        """Of which text they are, if any were learned since the last event of another kind."""

    def usual(self, data: bytes, framed: bool = False) -> bytes | None:
        """Guards an event like the one before; ``None`` for any other bytes."""
        if self._learned is None or not (framed or self._reader.idle):
            return None
        return self._like(data)

    def _like(self, raw: bytes) -> bytes | None:
        text = self._template.text(raw) if self._learned is not None else None
        return None if text is None else self._pass_on(raw, text)

    def _pass_on(self, raw: bytes, text: str) -> bytes:
        """Guards the text of such an event; returns what may leave now."""
        raise NotImplementedError

    def _learn_like(
        self, frame: Frame, value: dict[str, Any], place: Any, key: str, of: Any
    ) -> None:
        """Learns from an event that brings one running text, and was looked at in full."""
        if self._template.learn(frame.raw, frame.data or b"", value, place, key):
            self._learned = of

    def _put_in(self, came: Came, said: str | None) -> bytes:
        """Returns an event as it came, or with what it says now."""
        frame, value, place, key = came
        if isinstance(frame, bytes):
            if said is None:
                return frame
            if self._template.like(frame):
                return self._template.put(said)
            frame = Frame.of(type(self._reader)().feed(frame)[0])
            value = read_event(frame.data or b"")
            place = self._place(value)
        if said is not None:
            place[key] = said
            self._touched(value)
        return written(frame, value) if frame.data is not None else frame.raw

    def _place(self, value: dict[str, Any]) -> Any:
        """Returns where the text of such an event stands."""
        raise NotImplementedError

    def _touched(self, value: dict[str, Any]) -> None:
        """Takes out of an event what says again what its text was."""
