"""Reads server-sent events from bytes cut anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.wire.spelling import respelled

MAX_EVENT = 16 * 2**20
KEEP_ALIVE = b": keep-alive\n\n"
BOM = b"\xef\xbb\xbf"
DATA, END = b"data: ", b"\n\n"
FIELDS = (b"", b"event", b"id", b"retry")
SILENT = re.compile(
    rb": ?(?:ping|heartbeat|keep-?alive)?|event: ?[a-z_.]{1,64}|(?:id|retry): ?[0-9]{0,6}"
)
"""Lines beside the data that are no text."""
NAMED = re.compile(rb"event: [a-z_.]{1,64}\ndata: ")
LINE_END = rb"(?>\r\n|\n|\r)"
ENDS = re.compile(LINE_END + LINE_END)
LINES = re.compile(rb"([^\r\n]*)(" + LINE_END + rb"|\Z)")


@dataclass(slots=True)
class Frame:
    """An event as it came: ``raw`` is all of it, ``head`` and ``tail`` what is around its data.

    ``data`` is ``None`` where there is none: it keeps a connection alive. ``said`` are the values
    of its other lines that may be texts, each with its line.
    """

    data: bytes | None
    head: bytes = DATA
    tail: bytes = END
    raw: bytes = field(default=b"", repr=False)
    said: Sequence[tuple[str, bytes]] = field(default=(), repr=False)

    @classmethod
    def of(cls, frame: bytes | Frame) -> Frame:
        """Returns a usual event in this form."""
        return cls(frame[6:-2], raw=frame) if isinstance(frame, bytes) else frame

    def put(self, data: bytes) -> bytes:
        """Returns the event with other data, which may be that it came with."""
        return self.raw if data is self.data else self._around(data)

    def _around(self, data: bytes) -> bytes:
        if b"\n" in data:  # white space between several lines of data
            data = data.replace(b"\n", b"\ndata: ")
        return b"%b%b%b" % (self.head, data, self.tail)

    def drop(self, line: bytes) -> None:
        """Takes out a line that may not leave."""
        self.head = self.head.replace(line, b"", 1)
        self.tail = self.tail.replace(line, b"", 1)
        self.raw = KEEP_ALIVE if self.data is None else self._around(self.data)


class EventReader:
    r"""Finds events; line ends may be LF, CRLF or CR, mixed.

    The usual event, one line of data, comes out as its bytes; all others as a ``Frame``. Together
    they are what came, but for a byte order mark, which clients stumble over.

    >>> reader = EventReader()
    >>> reader.feed(b"data: a\n\ndata:b\rdata: c\r\n")
    [b'data: a\n\n']
    >>> [(one.data, one.raw) for one in reader.feed(b"\r\n: x\n\n")]
    [(b'b\nc', b'data:b\rdata: c\r\n\r\n'), (None, b': x\n\n')]
    """

    __slots__ = ("_begun", "_buffer", "_searched")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._begun = False

    @property
    def open(self) -> bool:
        """Whether an event has begun and not ended."""
        return bool(self._buffer.strip(b"\r\n"))

    @property
    def idle(self) -> bool:
        """Whether nothing of what came has still to come out."""
        return not self._buffer

    def feed(self, data: bytes) -> list[bytes | Frame]:
        """Returns the events that are complete now."""
        self._begun = self._begun or data.startswith(DATA)
        if not self._buffer and self._begun and data.endswith(END) and b"\r" not in data:
            if data.find(b"\n") == len(data) - 2 and data.startswith(DATA):
                return [data]  # the common case: one usual event
            return [_frame(block + END) for block in data[:-2].split(END)]
        buffer = self._buffer
        buffer += data
        if not self._begun and not self._begin():
            return []
        events: list[bytes | Frame] = []
        begin, at = 0, self._searched
        while (end := ENDS.search(buffer, at)) is not None:
            at = end.end()
            if at == len(buffer) and buffer.endswith(b"\r\n\r"):
                break  # the other half of the line's end is on its way
            events.append(_frame(bytes(buffer[begin:at])))
            begin = at
        if begin:
            del buffer[:begin]
        self._searched = max(0, len(buffer) - 3)
        if len(buffer) > MAX_EVENT:
            raise UpstreamError(f"an event of more than {MAX_EVENT} bytes")
        return events

    def _begin(self) -> bool:
        buffer = self._buffer
        if len(buffer) < len(BOM) and BOM.startswith(buffer):
            return False
        if buffer.startswith(BOM):
            del buffer[: len(BOM)]
        self._begun = True
        return True


def data_of(frame: bytes | Frame) -> bytes:
    """Returns the data of an event that has some."""
    return frame[6:-2] if isinstance(frame, bytes) else frame.data or b""


def written(frame: bytes | Frame, value: Any) -> bytes:
    """Returns an event with what became of its data: as it came, where nothing was changed."""
    data = data_of(frame)
    new = respelled(data, value)
    if isinstance(frame, bytes):
        return frame if new is data else b"data: %b\n\n" % new
    return frame.put(new)


def _frame(raw: bytes) -> bytes | Frame:
    """Reads an event."""
    if raw.startswith(DATA) and raw.find(b"\n") == len(raw) - 2 and b"\r" not in raw:
        return raw
    named = NAMED.match(raw)
    if named is not None and raw.find(b"\n", named.end()) == len(raw) - 2 and b"\r" not in raw:
        return Frame(raw[named.end() : -2], named[0], raw=raw)
    return _odd(raw)


def _odd(raw: bytes) -> Frame:
    """Reads an event of any lines."""
    head, tail, data, said = b"", b"", list[bytes](), list[tuple[str, bytes]]()
    for found in LINES.finditer(raw):
        line, (content, end) = found[0], found.groups()
        name, _, value = content.partition(b":")
        if name == b"data":
            value = value.removeprefix(b" ")
            if not data:
                head += content[: len(content) - len(value)] if value else DATA
                tail = end
            data.append(value)
            continue
        if content and SILENT.fullmatch(content) is None:
            text = value if name in FIELDS else content
            said.append((text.decode("utf-8", "replace"), line))
        if data:
            tail += line
        else:
            head += line
    return Frame(b"\n".join(data) if data else None, head, tail, raw, said)
