"""Puts work through a port, and tells when each character of each answer came.

While answers come, times are noted and nothing else is done: events are read afterwards.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import httptools
from tests.benchmarks.sidecar_texts import Answer, answer

HEAD = (
    "POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
    "content-length: {}\r\n\r\n"
)
MESSAGES = [{"role": "user", "content": "Tell me about the harbour."}]
ANSWERS = 128
"""How many different answers a cell asks for; then they come again."""
IDS = itertools.count(1)


@dataclass(frozen=True)
class Work:
    """What a cell asks for: clients, each with so many requests one after another.

    ``rate`` is of chunks a second, ``ramp`` the seconds over which the clients begin; ``leave_after``
    is the number of reads after which a client goes away.
    """

    clients: int
    chunks: int
    repeats: int = 1
    rate: float = 0.0
    ramp: float = 0.0
    stream: bool = True
    planted: bool = False
    leave_after: int = 0

    def answer(self, number: int) -> Answer:
        return answer(number, self.chunks, planted=self.planted)

    @property
    def requests(self) -> int:
        return self.clients * self.repeats


@dataclass
class Taken:
    """What came of one request; ``parts`` are bytes of the body and when they were read."""

    ident: int
    number: int
    parts: list[tuple[float, bytes]] = field(default_factory=list)
    error: str = ""
    status: int = 0


class Connection(asyncio.Protocol):
    """A client's connection: one request at a time."""

    def __init__(self) -> None:
        self.lost = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if not self.done.done():
            self.done.set_exception(error or ConnectionResetError("closed"))

    def ask(self, request: bytes, taken: Taken, leave_after: int) -> asyncio.Future[None]:
        """Sends a request; what comes is noted in ``taken``."""
        self.parser = httptools.HttpResponseParser(self)
        self.taken, self.left = taken, leave_after
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.done

    def data_received(self, data: bytes) -> None:
        self.now = time.monotonic()
        self.parser.feed_data(data)
        if self.left:
            self.left -= 1
            if not self.left:
                self.transport.abort()
                self.on_message_complete()

    def on_headers_complete(self) -> None:
        self.taken.status = self.parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        self.taken.parts.append((self.now, data))

    def on_message_complete(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


def request(work: Work, taken: Taken) -> bytes:
    """Returns the bytes of a request."""
    bench = [taken.ident, taken.number, work.chunks, work.rate, int(work.planted)]
    ask = {"model": "bench", "stream": work.stream, "messages": MESSAGES, "bench": bench}
    body = json.dumps(ask)
    return (HEAD.format(len(body)) + body).encode()


async def put_through(port: int, work: Work) -> list[Taken]:
    """Puts a cell's work through a port."""
    all_: list[Taken] = []
    loop = asyncio.get_running_loop()

    async def client(place: int) -> None:
        connection = None
        await asyncio.sleep(work.ramp * place / work.clients)
        for at in range(work.repeats):
            taken = Taken(next(IDS), (place * work.repeats + at) % ANSWERS)
            all_.append(taken)
            try:
                if connection is None or connection.lost:
                    _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
                whole = connection.ask(request(work, taken), taken, work.leave_after)
                await asyncio.wait_for(whole, 60)
            except (OSError, TimeoutError, httptools.HttpParserError) as error:
                taken.error = type(error).__name__
                if connection is not None:
                    connection.transport.abort()
                    connection.lost = True
        if connection is not None:
            connection.transport.close()

    await asyncio.gather(*map(client, range(work.clients)))
    return all_


async def sent(port: int) -> dict[int, list[float]]:
    """Asks the model when it sent each chunk."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**28)
    writer.write(b"GET /sent HTTP/1.1\r\nhost: bench\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(head.rpartition(b":")[2]))
    writer.close()
    return {int(ident): times for ident, times in json.loads(body).items()}


def texts(taken: Taken, work: Work) -> list[tuple[float, str]]:
    """Returns the text of an answer in the pieces that came, each with when it came."""
    if not work.stream:
        body = b"".join(data for _, data in taken.parts)
        return [(taken.parts[-1][0], json.loads(body)["choices"][0]["message"]["content"])]
    return [
        (when, piece)
        for when, value in events(taken.parts)
        for choice in value["choices"]
        if (piece := choice["delta"].get("content"))
    ]


def events(parts: Sequence[tuple[float, bytes]]) -> Iterator[tuple[float, Any]]:
    """Yields the events of a stream, each with when its last byte came; the end mark is none."""
    rest = b""
    for when, data in parts:
        *whole, rest = (rest + data).split(b"\n\n")
        for lines in whole:
            text = lines.partition(b"data: ")[2]
            if text and text != b"[DONE]":
                yield when, json.loads(text)


def ended(taken: Taken, work: Work) -> bool:
    """Tells whether an answer came to its end."""
    tail = b"".join(data for _, data in taken.parts[-3:])
    right = b"data: [DONE]" in tail if work.stream else bool(tail)
    return right and taken.status == 200 and not taken.error


def delays(
    pieces: Sequence[tuple[float, str]], ends: Sequence[int], times: Sequence[float]
) -> list[float]:
    """Returns the seconds from when each chunk was sent to when so many characters had come.

    ``ends`` says how many characters belong to each chunk and those before it. A chunk that adds
    none waits for another, and has no delay.

    >>> delays([(1.5, "ab"), (2.25, "cde")], [2, 2, 5], [1.0, 1.5, 2.0])
    [0.5, 0.25]
    """
    came = list(zip(accumulate(len(text) for _, text in pieces), pieces, strict=True))
    taken, at, before = [], 0, 0
    for end, when in zip(ends, times, strict=False):
        while at < len(came) and came[at][0] < end:
            at += 1
        if at == len(came):
            break
        if end > before:
            taken.append(came[at][1][0] - when)
        before = end
    return taken
