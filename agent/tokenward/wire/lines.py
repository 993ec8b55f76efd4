"""Reads JSON lines from bytes cut anywhere."""

from __future__ import annotations

from tokenward.errors import UpstreamError
from tokenward.wire.sse import MAX_EVENT


class LineReader:
    r"""Finds lines; they end with LF or CRLF, and empty ones are left out.

    >>> reader = LineReader()
    >>> reader.feed(b'{"a": 1}\r\n{"b"'), reader.open, reader.feed(b': 2}\n'), reader.open
    ([b'{"a": 1}'], True, [b'{"b": 2}'], False)
    """

    __slots__ = ("_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def open(self) -> bool:
        """Whether a line has begun and not ended."""
        return self._size > 0

    def feed(self, data: bytes) -> list[bytes]:
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
        return [line for line in (one.strip(b"\r") for one in ended) if line]
