"""Reads JSON lines from bytes cut anywhere."""

from __future__ import annotations

from tokenward.errors import UpstreamError
from tokenward.wire.sse import MAX_EVENT, Frame


class LineReader:
    r"""Finds lines; they end with LF or CRLF, and empty ones say nothing.

    >>> reader = LineReader()
    >>> [one.data for one in reader.feed(b'{"a": 1}\r\n\n{"b"')], reader.open
    ([b'{"a": 1}', None], True)
    >>> [(one.data, one.tail) for one in reader.feed(b': 2}\n')], reader.open
    ([(b'{"b": 2}', b'\n')], False)
    """

    __slots__ = ("_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def open(self) -> bool:
        """Whether a line has begun and not ended."""
        return self._size > 0

    @property
    def idle(self) -> bool:
        """Whether nothing of what came has still to come out."""
        return not self._size

    def feed(self, data: bytes) -> list[Frame]:
        """Returns the lines that are complete now."""
        *ended, rest = data.split(b"\n")
        if ended:
            ended[0] = b"".join((*self._parts, ended[0]))
            self._parts, self._size = [], 0
        if rest:
            self._parts.append(rest)
            self._size += len(rest)
        if self._size > MAX_EVENT:
            raise UpstreamError(f"a line of more than {MAX_EVENT} bytes")
        return [_line(line) for line in ended]


def _line(line: bytes) -> Frame:
    raw = line + b"\n"
    data = line.strip(b"\r")
    at = line.find(data)
    return Frame(data or None, line[:at], raw[at + len(data) :], raw)
