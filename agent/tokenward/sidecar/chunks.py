"""Chunks of a body whose length is not known when it begins: RFC 9112, 7.1."""

from __future__ import annotations

import re

KNOWN = 2048
"""Bytes of a chunk up to which its head is kept ready: nearly all pieces of a stream are."""
HEADS = tuple(b"%x\r\n" % size for size in range(KNOWN))
"""By the bytes of the chunk; to write one again costs more than all else in passing a piece on."""
END = b"\r\n"
LAST_CHUNK = b"0\r\n\r\n"

HEAD = re.compile(rb"([0-9A-Fa-f]{1,6})\r\n")
"""How a chunk begins, without extensions; Python's own int() would take more than HTTP allows."""


def _heads_by_whole() -> tuple[bytes, ...]:
    heads = [bytes(KNOWN)] * KNOWN  # longer than all that is looked at, so that none begins with it
    for head in HEADS[1:]:
        whole = len(head) + int(head, 16) + len(END)
        if whole < KNOWN:
            heads[whole] = head
    return tuple(heads)


HEADS_BY_WHOLE = _heads_by_whole()
"""By the bytes of head, chunk and end: there is one head at most that fits."""


def chunk_of(data: bytes) -> bytes:
    r"""Returns bytes as a chunk.

    >>> chunk_of(b"data: some"), len(chunk_of(b"." * 4096))
    (b'a\r\ndata: some\r\n', 4104)
    """
    size = len(data)
    return b"".join((HEADS[size] if size < KNOWN else b"%x\r\n" % size, data, END))


def whole_chunks(data: bytes) -> tuple[list[bytes], int]:
    r"""Returns what whole chunks at the beginning hold, and where they end; the last one is none.

    >>> whole_chunks(b"2\r\nok\r\n1\r\n.\r\n0\r\n\r\n"), whole_chunks(b"2\r\no")
    (([b'ok', b'.'], 13), ([], 0))
    """
    parts: list[bytes] = []
    at = 0
    while (found := HEAD.match(data, at)) is not None:
        start = found.end()
        end = start + int(found[1], 16)
        if end == start or data[end : end + 2] != END:
            break
        parts.append(data[start:end])
        at = end + 2
    return parts, at
