"""Model servers that fail, and clients that look closely at what comes of it."""

from __future__ import annotations

import fcntl
import http.client
import json
import socket
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tests.agent.sidecar.process import CHAT, ServeProcess, until

from tokenward.decisions.record import Interaction
from tokenward.errors import StoreError, UsageError
from tokenward.store.store import Store

PLANTED = "zanzibar"
"""What the policy takes out of every text."""
POLICY = f"""\
name: short
detectors:
  ours: {{plugin: keywords, words: {{planted: [{PLANTED}]}}}}
rules:
  - id: no-planted
    stage: [input, output]
    detect: {{ours: [planted]}}
    action: {{replace: "[gone]"}}
"""
GOOD = "fine"
"""What a client says to be answered properly."""

Does = Callable[[socket.socket], None]


def resident(pid: int) -> int:
    """The most bytes that a process ever had in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


# -- the model server -----------------------------------------------------------------------


class FaultyUpstream:
    """A model server that does what the user's message names, of ``faults``; all else is good."""

    def __init__(self, faults: dict[str, Does], *, port: int = 0) -> None:
        self.faults = faults
        self._server = socket.create_server(("127.0.0.1", port), backlog=512)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._clients: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                self._clients.add(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError, ValueError), client:  # the other side, or the test, has gone
            while request := read_request(client):
                name = said(request)
                if name in self.faults:
                    self.faults[name](client)
                    return
                client.sendall(good(streamed=bool(request.get("stream"))))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        for client in self._clients:
            client.close()


def read_request(client: socket.socket) -> dict[str, Any]:
    """Reads a request; nothing where the other side has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := client.recv(65_536)):
            return {}
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(65_536)
    request: dict[str, Any] = json.loads(body)
    return request


def said(request: dict[str, Any]) -> Any:
    """What the user says in a request, of whichever protocol."""
    if "messages" in request:
        return request["messages"][-1]["content"]
    return request.get("input") or request.get("inputs") or request.get("prompt")


def answer_of(text: str) -> bytes:
    """A whole answer's body."""
    message = {"role": "assistant", "content": text}
    return json.dumps({"choices": [{"index": 0, "message": message}]}).encode()


def event_of(text: str, finish: str | None = None) -> bytes:
    """An event of a stream."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: %b\n\n" % json.dumps({"choices": [choice]}).encode()


def head(kind: str, *headers: str) -> bytes:
    """The head of an answer."""
    return "\r\n".join(["HTTP/1.1 200 OK", f"content-type: {kind}", *headers, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    """A chunk of a body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


JSON = "application/json"
STREAM = head("text/event-stream", "transfer-encoding: chunked")
END = chunk(event_of("", "stop")) + chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


def good(*, streamed: bool) -> bytes:
    """An answer with something to take out, in pieces where it is streamed."""
    if streamed:
        pieces = (f"say {PLANTED[:4]}", f"{PLANTED[4:]} now")
        return STREAM + b"".join(chunk(event_of(piece)) for piece in pieces) + END
    body = answer_of(f"say {PLANTED} now")
    return head(JSON, f"content-length: {len(body)}") + body


# -- what it does ---------------------------------------------------------------------------


def close(client: socket.socket) -> None:
    """Ends the connection properly."""
    client.shutdown(socket.SHUT_WR)


def reset(client: socket.socket) -> None:
    """Ends the connection with a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def stall(client: socket.socket) -> None:
    """Says nothing more, until the other side has enough of it."""
    client.recv(1)


def says(*pieces: bytes, then: Does = close) -> Does:
    """Says pieces, each in a read of its own, and then does something."""

    def does(client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            client.sendall(piece)
            arrived(client)
        then(client)

    return does


def arrived(client: socket.socket) -> None:
    """Waits until the other side's kernel has taken what was sent, or has gone."""
    unsent, end = struct.Struct("i"), time.monotonic() + 1
    while unsent.unpack(fcntl.ioctl(client, termios.TIOCOUTQ, b"\0" * 4))[0]:
        if time.monotonic() > end:
            raise ConnectionError
        time.sleep(0.002)


def floods(first: bytes, piece: bytes, times: int) -> Does:
    """Says the same again and again."""

    def does(client: socket.socket) -> None:
        client.sendall(first)
        for _ in range(times):
            client.sendall(piece)
        close(client)

    return does


# -- the client -----------------------------------------------------------------------------


@dataclass
class Seen:
    """An answer as it came: ``whole`` if it has its proper end."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool

    @property
    def text(self) -> str:
        """The text of an answer, whole or streamed."""
        if not self.headers["content-type"].startswith("text/event-stream"):
            return json.loads(self.body)["choices"][0]["message"]["content"]
        choices = [one["choices"][0] for one in self.events if "choices" in one]
        return "".join(one["delta"].get("content") or "" for one in choices)

    @property
    def events(self) -> list[Any]:
        """The events of a stream, but for its ``[DONE]``."""
        events = [one.removeprefix("data: ") for one in self.body.decode().split("\n\n") if one]
        return [json.loads(one) for one in events if one != "[DONE]"]

    @property
    def code(self) -> str:
        """The code of an error."""
        return json.loads(self.body)["error"]["code"]

    @property
    def id(self) -> str:
        """The decision's identifier."""
        return self.headers["x-tokenward-decision-id"]


def ask(served: ServeProcess, text: str, *, stream: bool = False, model: str = "m") -> Seen:
    """Asks, and takes what comes."""
    messages = [{"role": "user", "content": text}]
    return post(served, CHAT, {"model": model, "stream": stream, "messages": messages})


def post(served: ServeProcess, path: str, body: dict[str, Any]) -> Seen:
    """Sends a body to a path, and takes what comes."""
    parts = urlsplit(served.url)
    client = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    with closing(client):
        client.request("POST", path, json.dumps(body), {"content-type": "application/json"})
        with client.getresponse() as answer:
            try:
                data, whole = answer.read(), True
            except http.client.IncompleteRead as broken:
                data, whole = broken.partial, False
    return Seen(answer.status, {k.lower(): v for k, v in answer.getheaders()}, data, whole)


def serves_on(served: ServeProcess, model: str = "m") -> None:
    """Asserts that the next requests are answered properly, and guarded."""
    for stream in (False, True):
        seen = ask(served, GOOD, stream=stream, model=model)
        assert (seen.status, seen.whole, seen.text) == (200, True, "say [gone] now")


def record_of(store: Path, decision_id: str) -> Interaction:
    """Waits for the record of a request, and returns it; the store may just be made."""

    def find() -> Interaction | None:
        with (
            suppress(StoreError, UsageError),
            Store.open(f"sqlite:///{store}", read_only=True) as one,
        ):
            return one.get(decision_id)
        return None

    return until(find)


def running(folder: Path, *arguments: str, **environment: str) -> Iterator[ServeProcess]:
    """Runs the process until its user is done."""
    served = ServeProcess(folder, *arguments, **environment)
    try:
        yield served
    finally:
        served.kill()
