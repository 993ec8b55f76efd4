"""Reads server-sent events from bytes cut anywhere."""

from __future__ import annotations

from tokenward.errors import UpstreamError

MAX_EVENT = 16 * 2**20
KEEP_ALIVE = b": keep-alive\n\n"
BOM = b"\xef\xbb\xbf"


class EventReader:
    r"""Finds the data of events; line ends may be LF, CRLF or CR, mixed.

    A comment comes out as ``None``: it keeps a connection alive, and its words are nobody's.

    >>> reader = EventReader()
    >>> reader.feed(b"data: a\n\ndata:b\rdata: c\r\n"), reader.feed(b"\r\n: x\n\n")
    ([b'a'], [b'b\nc', None])
    """

    __slots__ = ("_begun", "_buffer", "_cr", "_searched")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._cr = False
        self._begun = False

    @property
    def open(self) -> bool:
        """Whether an event has begun and not ended."""
        return bool(self._buffer.strip(b"\n"))

    def feed(self, data: bytes) -> list[bytes | None]:
        """Returns the events that are complete now."""
        if self._cr or b"\r" in data:
            data = self._normal(data)
        if not self._buffer and self._begun and data.endswith(b"\n\n"):
            return self._events(data.split(b"\n\n"))  # the common case: whole events
        buffer = self._buffer
        buffer += data
        if not self._begun and not self._begin():
            return []
        end = buffer.rfind(b"\n\n", self._searched)
        if end < 0:
            self._searched = max(0, len(buffer) - 1)
            if len(buffer) > MAX_EVENT:
                raise UpstreamError(f"an event of more than {MAX_EVENT} bytes")
            return []
        whole = bytes(buffer[:end])
        del buffer[: end + 2]
        self._searched = max(0, len(buffer) - 1)
        return self._events(whole.split(b"\n\n"))

    def _begin(self) -> bool:
        buffer = self._buffer
        if len(buffer) < len(BOM) and BOM.startswith(buffer):
            return False
        if buffer.startswith(BOM):
            del buffer[: len(BOM)]
        self._begun = True
        return True

    def _normal(self, data: bytes) -> bytes:
        if not data:
            return data
        if self._cr and data.startswith(b"\n"):
            data = data[1:]
        self._cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _events(self, blocks: list[bytes]) -> list[bytes | None]:
        events: list[bytes | None] = []
        for block in blocks:
            if block.startswith(b"data: ") and b"\n" not in block:
                events.append(block[6:])
            elif block:
                events += _lines(block)
        return events


def _lines(block: bytes) -> list[bytes | None]:
    data: list[bytes] = []
    comment = False
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif line.startswith(b":"):
            comment = True
    if data:
        return [b"\n".join(data)]
    return [None] if comment else []
