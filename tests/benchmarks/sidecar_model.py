"""A model server for the benchmark: it streams the answer it is asked for, chunk by chunk, at a pace.

    python -m tests.benchmarks.sidecar_model

prints its port. A request's ``bench`` is a list of numbers: an id of the request, the answer's
number, its chunks, how many a second (0: each as soon as the loop comes round again), and whether
values are in it. ``GET /sent`` gives, and forgets, when each chunk of each id was sent, by the
machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import httptools
import uvloop
from tests.benchmarks.sidecar_texts import answer

STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
COMMON = {"id": "chatcmpl-bench", "created": 1_700_000_000, "model": "bench"}


def packed(value: Any) -> bytes:
    """Returns JSON without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def framed(data: bytes) -> bytes:
    """Returns bytes as one chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """Returns the frame of an event of a chat completion."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return framed(
        b"data: %b\n\n" % packed({**COMMON, "object": "chat.completion.chunk", "choices": [choice]})
    )


@lru_cache(maxsize=4096)
def frames(number: int, chunks: int, planted: bool) -> tuple[bytes, ...]:
    """Returns what is written for each chunk; the role goes with the first, the end with the last."""
    writes = [event({"content": piece}) for piece in answer(number, chunks, planted=planted).chunks]
    writes[0] = event({"role": "assistant", "content": ""}) + writes[0]
    writes[-1] += event({}, "stop") + framed(b"data: [DONE]\n\n") + END
    return tuple(writes)


def whole(number: int, chunks: int, planted: bool) -> bytes:
    """Returns an answer that is not streamed."""
    message = {"role": "assistant", "content": answer(number, chunks, planted=planted).text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 8, "completion_tokens": chunks, "total_tokens": chunks + 8}
    return reply({**COMMON, "object": "chat.completion", "choices": [choice], "usage": usage})


def reply(value: Any) -> bytes:
    """Returns a response of JSON."""
    body = packed(value)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


class Model(asyncio.Protocol):
    """A connection: one request at a time."""

    sent: dict[int, list[float]] = {}  # noqa: RUF012  # of all connections

    def connection_made(self, transport: Any) -> None:
        self.transport, self.parser = transport, httptools.HttpRequestParser(self)
        self.open, self.url, self.body = True, b"", b""
        self.paused, self.waiting = False, None

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False
        step, self.waiting = self.waiting, None
        if step is not None:
            step()

    def on_url(self, url: bytes) -> None:
        self.url = url

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        body, self.body = self.body, b""
        if self.url == b"/sent":
            self.transport.write(reply(self.sent))
            self.sent.clear()
            return
        ask = json.loads(body)
        ident, number, chunks, rate, planted = ask["bench"]
        if ask["stream"]:
            self.stream(ident, frames(number, chunks, bool(planted)), rate)
        else:
            self.transport.write(whole(number, chunks, bool(planted)))

    def stream(self, ident: int, writes: tuple[bytes, ...], rate: float) -> None:
        """Writes each chunk in its turn of the loop; a reader that is behind is waited for."""
        loop = asyncio.get_running_loop()
        times = self.sent[ident] = []
        begin, write, clock = loop.time(), self.transport.write, time.monotonic
        write(STREAM)

        def step() -> None:
            if not self.open:
                return
            if self.paused:
                self.waiting = step
                return
            times.append(clock())
            at = len(times)
            write(writes[at - 1])
            if at < len(writes):
                later(at)

        def later(at: int) -> None:
            if rate:
                loop.call_at(begin + at / rate, step)
            else:
                loop.call_soon(step)

        step()

    waiting: Callable[[], None] | None


async def listen(protocol: Callable[[], asyncio.Protocol]) -> None:
    """Listens for ever, and prints the port."""
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(listen(Model))
