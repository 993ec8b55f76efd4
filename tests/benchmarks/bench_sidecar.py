"""Measures the sidecar against a plain pass-through proxy on the same stack.

    python tests/benchmarks/bench_sidecar.py --policy pii-secrets --rounds 5

Four processes: a model server that streams prepared chunks of four characters, a proxy that passes
bytes on (uvloop, httptools), the sidecar, and this one, which asks and reads. Each round puts the
same work through both, one after the other. What is compared is CPU time of the proxy's process for
each chunk, by its own clock: on a shared machine wall time says more about the neighbours.
Not part of the checks: it takes a minute, and wants the machine for itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httptools
import uvloop

WORDS = (
    "The quarterly report shows that demand for replacement parts kept growing while deliveries "
    "from the northern plant arrived late again, which the team explains with the new schedule. "
)
VALUES = ("jo.miller@example.org", "4111 1111 1111 1111", "+1 212 555 0187")
CHUNK = 4
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def document(chunks: int, planted: bool) -> str:
    """Returns prose of a length, with some values in it."""
    text = WORDS * (chunks * CHUNK // len(WORDS) + 1)
    if planted:
        for at, value in enumerate(VALUES):
            place = (at + 1) * chunks * CHUNK // 4
            text = f"{text[:place]} {value} {text[place:]}"
    return text[: chunks * CHUNK]


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_700_000_000}
    value = json.dumps({**head, "model": "bench", "choices": [choice]}, separators=(",", ":"))
    return framed(f"data: {value}\n\n".encode())


def framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Model(asyncio.Protocol):
    """Streams one chunk a write: as fast as the socket takes them, or at a rate."""

    rate = 0.0
    chunks = 400
    planted = False

    def connection_made(self, transport: Any) -> None:
        self.transport, self.parser = transport, httptools.HttpRequestParser(self)
        self.open, self.body = True, b""

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        ask = json.loads(self.body)
        self.body = b""
        text = document(ask["chunks"], ask["planted"])
        if not ask["stream"]:
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            body = json.dumps(
                {"id": "c", "object": "chat.completion", "choices": [choice]}
            ).encode()
            head = (
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
            )
            self.transport.write(head % len(body) + body)
            return
        pieces = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]
        writes = [event({"role": "assistant", "content": ""})]
        writes += [event({"content": piece}) for piece in pieces]
        last = event({}, "stop") + framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"
        self.task = asyncio.ensure_future(self.stream([*writes, last], ask["rate"]))

    async def stream(self, writes: list[bytes], rate: float) -> None:
        self.transport.write(HEAD)
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for at, data in enumerate(writes):
            if not self.open:
                return
            self.transport.write(data)
            # once around the loop for each chunk, so that each is a packet of its own
            await asyncio.sleep(max(0.0, begin + at / rate - loop.time()) if rate else 0)


class PlainUp(asyncio.Protocol):
    """The plain proxy's side to the model: bytes as they come."""

    idle: list[PlainUp] = []  # noqa: RUF012

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def begin(self, down: PlainDown, request: bytes) -> None:
        self.down, self.parser, self.parts = down, httptools.HttpResponseParser(self), []
        self.done = False
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)
        if self.parts:
            body = b"".join(self.parts)
            self.parts.clear()
            self.down.transport.write(framed(body))
        if self.done:
            self.down.transport.write(b"0\r\n\r\n")
            self.idle.append(self)

    def on_headers_complete(self) -> None:
        self.down.transport.write(HEAD)

    def on_body(self, data: bytes) -> None:
        self.parts.append(data)

    def on_message_complete(self) -> None:
        self.done = True


class PlainDown(asyncio.Protocol):
    """The plain proxy's side to the client."""

    upstream = 0

    def connection_made(self, transport: Any) -> None:
        self.transport, self.parser, self.body = transport, httptools.HttpRequestParser(self), b""

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        body, self.body = self.body, b""
        self.task = asyncio.ensure_future(self.ask(body))

    async def ask(self, body: bytes) -> None:
        up = PlainUp.idle.pop() if PlainUp.idle else None
        if up is None:
            loop = asyncio.get_running_loop()
            _, up = await loop.create_connection(PlainUp, "127.0.0.1", self.upstream)
        head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body)
        up.begin(self, head + body)


async def listen(protocol: type[asyncio.Protocol]) -> None:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


class Client(asyncio.Protocol):
    """Asks, counts what comes, and notes when."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def ask(self, request: bytes) -> asyncio.Future[None]:
        self.parser = httptools.HttpResponseParser(self)
        self.done = asyncio.get_running_loop().create_future()
        self.size = 0
        self.transport.write(request)
        return self.done

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, data: bytes) -> None:
        self.size += len(data)

    def on_message_complete(self) -> None:
        self.done.set_result(None)


async def load(port: int, cell: dict[str, Any]) -> float:
    """Puts a cell's work through a port; returns wall seconds."""
    ask = {key: cell[key] for key in ("chunks", "planted", "rate", "stream")}
    messages = [{"role": "user", "content": "Tell me about the plant."}]
    body = json.dumps({"model": "bench", "messages": messages, **ask}).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()

    async def worker() -> None:
        _, client = await loop.create_connection(Client, "127.0.0.1", port)
        for _ in range(cell["repeats"]):
            await asyncio.wait_for(client.ask(head + body), 120)
        client.transport.close()

    began = time.monotonic()
    await asyncio.gather(*(worker() for _ in range(cell["clients"])))
    return time.monotonic() - began


def cpu_seconds(pid: int) -> float:
    """Returns the CPU time of a process, threads that ended included, by its own clock."""
    return time.clock_gettime(~pid << 3 | 2)  # as clock_getcpuclockid(3) makes it


def resident(pid: int) -> float:
    """Returns the resident memory of a process in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


CELLS: dict[str, dict[str, Any]] = {
    "long8": {"clients": 8, "repeats": 3, "chunks": 1000, "rate": 0.0, "stream": True},
    "paced64": {"clients": 64, "repeats": 1, "chunks": 160, "rate": 40.0, "stream": True},
    "whole16": {"clients": 16, "repeats": 20, "chunks": 250, "rate": 0.0, "stream": False},
}


def start(*arguments: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def start_sidecar(upstream: int, policy: str) -> tuple[subprocess.Popen[str], int, float]:
    began = time.monotonic()
    command = [sys.executable, "-m", "tokenward", "serve", "--port", "0", "--policy", policy]
    process = subprocess.Popen(
        [*command, "--upstream", f"http://127.0.0.1:{upstream}"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("listening on "):
            return process, int(line.rpartition(":")[2]), time.monotonic() - began
    raise SystemExit("the sidecar did not start")


def commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def measure(options: argparse.Namespace) -> None:
    model, upstream = start("--role", "model")
    plain, plain_port = start("--role", "plain", "--upstream", str(upstream))
    sidecar, sidecar_port, ready = start_sidecar(upstream, options.policy)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python")
    print(f"{platform.python_version()}, commit {commit()}, policy {options.policy}")
    print(f"start to ready {ready:.2f} s, memory {resident(sidecar.pid):.0f} MiB")
    try:
        for name, cell in CELLS.items():
            if name in options.cells.split(","):
                for planted in (False, True):
                    compare(name, {**cell, "planted": planted}, plain, plain_port, sidecar, sidecar_port, options.rounds)  # fmt: skip
        print(f"memory at the end {resident(sidecar.pid):.0f} MiB")
    finally:
        for process in (sidecar, plain, model):
            process.terminate()
            process.wait()


def compare(
    name: str,
    cell: dict[str, Any],
    plain: subprocess.Popen[str],
    plain_port: int,
    sidecar: subprocess.Popen[str],
    sidecar_port: int,
    rounds: int,
) -> None:
    rows: dict[str, list[float]] = {"plain": [], "sidecar": []}
    total = cell["clients"] * cell["repeats"] * (cell["chunks"] if cell["stream"] else 1)
    for _ in range(rounds):
        for who, process, port in (
            ("plain", plain, plain_port),
            ("sidecar", sidecar, sidecar_port),
        ):
            before = cpu_seconds(process.pid)
            uvloop.run(load(port, cell))
            rows[who].append((cpu_seconds(process.pid) - before) / total * 1e6)
    ratios = [b / a for a, b in zip(rows["plain"], rows["sidecar"], strict=True)]
    unit = "chunk" if cell["stream"] else "reply"
    values = "with values" if cell["planted"] else "plain prose"
    told = {who: f"{statistics.median(row):.1f}" for who, row in rows.items()}
    print(
        f"{name}, {values}: CPU us/{unit} plain {told['plain']}, sidecar {told['sidecar']}, "
        f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--policy", default="pii-secrets")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cells", default=",".join(CELLS))
    parser.add_argument("--role", choices=("model", "plain"), help=argparse.SUPPRESS)
    parser.add_argument("--upstream", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role is None:
        measure(options)
    else:
        PlainDown.upstream = options.upstream
        uvloop.run(listen(Model if options.role == "model" else PlainDown))


if __name__ == "__main__":
    main()
