"""Knows the usual event of a stream: byte for byte like the one before, but for one text."""

from __future__ import annotations

from typing import Any

import orjson

from tokenward.wire.json_text import ONCE, is_written

FRUITLESS = 4
"""Events that were learned and had no like, after which no more are: each has something new."""

PROBE = "\x01text\x01"

QUOTE = b'"'

NOWHERE: dict[str, Any] = {}
"""An event that was not parsed, and where its text stands."""


class Usual:
    r"""The bytes before and behind the text of an event that was looked at in full.

    What has the same bytes around one JSON string says the same but for that string: nothing else
    in it need be parsed, looked at or written, and what may leave, leaves as it came.

    >>> usual, event = Usual(), {"i": 1, "t": "a"}
    >>> usual.learn(b'data: {"i": 1, "t": "a"}\n\n', b'{"i": 1, "t": "a"}', event, event, "t")
    True
    >>> usual.text(b'data: {"i": 1, "t": "b\\n"}\n\n'), usual.text(b'data: {"i": 2, "t": "b"}\n\n')
    ('b\n', None)
    >>> usual.put("c")
    b'data: {"i": 1, "t": "c"}\n\n'
    """

    __slots__ = ("_behind", "_end", "_fruitless", "_start", "head", "tail")

    def __init__(self) -> None:
        self._fruitless = 0
        self.head = b""  # with the text's opening quote
        self.tail = b""  # with its closing quote, to the end of the event
        self._start = self._behind = 0
        self._end = b""  # of an event; no JSON holds it

    def text(self, data: bytes) -> str | None:
        """Returns the text of a usual event; ``None`` where the bytes are none, or several."""
        if not (data.startswith(self.head) and data.endswith(self.tail)):
            return None
        try:
            text = data[self._start : self._behind].decode()
            if not text.isprintable() or '"' in text or "\\" in text:  # it is spelt otherwise
                text = orjson.loads(data[self._start - 1 : self._behind + 1])
        except ValueError:  # more than one string, too
            return None
        return text if text.__class__ is str and text else None

    def events(self, data: bytes) -> list[tuple[bytes, str]] | None:
        """Returns the bytes and the text of each event, where all of several are usual."""
        if not data.startswith(self.head) or not data.endswith(self.tail):
            return None
        found = []
        for part in data[: -len(self._end)].split(self._end):
            raw = part + self._end
            text = self.text(raw)
            if text is None:
                return None
            found.append((raw, text))
        return found

    def like(self, frame: object) -> bool:
        """Tells whether an event that was usual once still is: it has the same around its text."""
        if not self.head or not isinstance(frame, bytes):
            return False
        return frame.startswith(self.head) and frame.endswith(self.tail)

    def says(self, frame: object, text: str) -> bool:
        """Tells whether an event is a usual one that says a text, spelt as it is."""
        return isinstance(frame, bytes) and frame == b"".join((self.head, text.encode(), self.tail))

    def put(self, text: str) -> bytes:
        """Returns a usual event with a text."""
        if text.isprintable() and '"' not in text and "\\" not in text:
            return b"".join((self.head, text.encode(), self.tail))
        return b"".join((self.head, orjson.dumps(text)[1:-1], self.tail))

    def learn(
        self, raw: bytes, data: bytes, event: dict[str, Any], place: dict[str, Any], key: str
    ) -> bool:
        """Learns from the bytes of an event, of which ``data`` are its JSON; tells whether it did.

        The one text that changes stands in ``place`` under ``key``; all else in the event was
        looked at, and must be all that its bytes say.
        """
        text = place[key]
        spelt = orjson.dumps(text)
        if self._fruitless >= FRUITLESS or data.count(spelt) != 1 or raw.count(data) != 1:
            return False
        before, _, behind = data.partition(spelt)
        same = is_written(data, event) or _says(before, behind, event, place, key)
        if same:
            head, _, end = raw.partition(data)
            self._fruitless += 1
            self.set(head + before + QUOTE, QUOTE + behind + end, end)
        return same

    def set(self, head: bytes, tail: bytes, end: bytes) -> None:
        """Takes what stands before and behind the text; ``end`` is that of an event."""
        self.head, self.tail, self._end = head, tail, end
        self._start, self._behind = len(head), -len(tail)


def _says(
    before: bytes, behind: bytes, event: dict[str, Any], place: dict[str, Any], key: str
) -> bool:
    """Tells whether an event with another text between these bytes says that, and else the same."""
    text, place[key] = place[key], PROBE
    try:
        probe = before + orjson.dumps(PROBE) + behind
        return bool(ONCE.raw_decode(probe.decode().lstrip())[0] == event)
    except ValueError:
        return False
    finally:
        place[key] = text
