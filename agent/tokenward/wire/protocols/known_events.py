"""Remembers events that were looked at in full: of other answers, those like them say the same."""

from __future__ import annotations

import re
from typing import Any, Literal

import orjson

from tokenward.wire.json_text import NAME, is_written
from tokenward.wire.protocols.openai_events import LEAKS
from tokenward.wire.protocols.texts import PADDING

Kind = Literal["role", "text", "end"]
"""What an event does: it begins an answer, says a piece of its text, or ends it."""
MOST = 4
"""Events of each kind that are remembered: a server writes all of its answers alike."""
FRUITLESS = 64
"""Events that were learned and had no like, after which no more are: each has something new."""
NAME_HOLE = NAME.pattern.encode()
TIME_HOLE = rb"[0-9]{1,12}"
TEXT_HOLE = rb'"([^"\\\x00-\x1f]+)"'


class KnownEvents:
    r"""Events that differ from one that was looked at by no more than their id, time and text.

    >>> known, event = KnownEvents(), {"id": "a", "created": 7, "choices": [{"delta": {}}]}
    >>> known.learn("role", b'data: {"id":"a","created":7,"choices":[{"delta":{}}]}\n\n', event)
    >>> known.find("role", b'data: {"id":"b","created":8,"choices":[{"delta":{}}]}\n\n') is None
    False
    >>> known.find("role", b'data: {"id":"b","created":8,"choices":[{"delta":[]}]}\n\n') is None
    True
    """

    def __init__(self) -> None:
        self._known: dict[Kind, tuple[re.Pattern[bytes], ...]] = {}  # read by other threads, too
        self._fruitless = 0

    def find(self, kind: Kind, frame: bytes) -> re.Match[bytes] | None:
        """Returns how an event is like one that was looked at; a text is in group 1."""
        for pattern in self._known.get(kind, ()):
            found = pattern.fullmatch(frame)
            if found is not None:
                self._fruitless = 0
                return found
        return None

    def learn(
        self, kind: Kind, frame: bytes, event: dict[str, Any], text: str | None = None
    ) -> None:
        """Remembers an event that left as it came, with nothing in it to look at but a text."""
        if self._fruitless >= FRUITLESS or self.find(kind, frame) is not None:
            return
        pattern = pattern_of(frame, event, text)
        if pattern is not None:
            self._fruitless += 1
            self._known[kind] = (pattern, *self._known.get(kind, ())[: MOST - 1])


def pattern_of(
    frame: bytes, event: dict[str, Any], text: str | None = None
) -> re.Pattern[bytes] | None:
    """Returns what events look like that say the same as one in other answers.

    ``None`` where its bytes say more than the event, or where it holds what each answer has anew.
    """
    ident, created = event.get("id"), event.get("created", 0)
    if not isinstance(ident, str) or NAME.fullmatch(ident) is None or type(created) is not int:
        return None
    if event.get("usage") or event.get("error") or PADDING in event or not LEAKS.isdisjoint(event):
        return None
    if not (frame.startswith(b"data: ") and is_written(frame[6:-2], event)):
        return None
    pattern: bytes | None = re.escape(frame)
    pattern = _with_hole(pattern, b'"id":', orjson.dumps(ident), b'"' + NAME_HOLE + b'"')
    if "created" in event:
        pattern = _with_hole(pattern, b'"created":', orjson.dumps(created), TIME_HOLE)
    if text is not None:
        pattern = _with_hole(pattern, b"", orjson.dumps(text), TEXT_HOLE)
    return re.compile(pattern) if pattern is not None else None


def _with_hole(pattern: bytes | None, key: bytes, value: bytes, hole: bytes) -> bytes | None:
    """Returns a pattern with room for another value; ``None`` where it stands elsewhere, too."""
    before, found = re.escape(key), re.escape(key + value)
    if pattern is None or pattern.count(found) != 1:
        return None
    return pattern.replace(found, before + hole)
