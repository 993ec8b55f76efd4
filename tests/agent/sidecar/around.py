"""A sidecar as a process, a model server that keeps the bytes it gets, and clients of raw bytes."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tests.agent.sidecar.process import ServeProcess
from tests.agent.wire.speeches import Speech, dumps
from tests.agent.wire.test_protocols import SPEECHES

from tokenward.decisions.record import Interaction
from tokenward.store.store import Store

PLANTED = "zanzibar"
"""What the policy takes out of every text."""
CARD = "4111111111111111"
POLICY = f"""\
name: round
detectors:
  ours: {{plugin: keywords, words: {{planted: [{PLANTED}]}}}}
rules:
  - id: no-planted
    stage: [input, output, tool_call, tool_result]
    detect: {{ours: [planted], pii: [CREDIT_CARD]}}
    action: {{replace: "[gone]"}}
"""
LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+: [\x21-\x7e\x80-\xff]?[\t\x20-\x7e\x80-\xff]*")
FIRST = re.compile(rb"([A-Z]+) (/\S*) HTTP/1\.1")
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@dataclass(frozen=True)
class Came:
    """A request as the model server got it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def requests_in(raw: bytes) -> Iterator[Came]:
    """Reads requests as strictly as can be: all readers must agree on where each one ends."""
    while raw:
        head, mark, rest = raw.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        found = FIRST.fullmatch(first)
        assert mark and found, first
        assert all(LINE.fullmatch(line) for line in lines), lines
        pairs = [line.split(b": ", 1) for line in lines]
        names = [name for name, _ in pairs]
        assert len(set(names)) == len(names), names
        headers = {name.decode(): value.decode("latin-1") for name, value in pairs}
        assert "transfer-encoding" not in headers
        length = int(headers.get("content-length", "0"))
        assert len(rest) >= length
        yield Came(found[1].decode(), found[2].decode(), headers, rest[:length])
        raw = rest[length:]


def json_answer(value: Any) -> bytes:
    """A whole answer."""
    body = value if isinstance(value, bytes) else dumps(value)
    return OK + b"content-length: %d\r\n\r\n%b" % (len(body), body)


def usual(path: str) -> bytes:
    """What a path is answered with: what its protocol would say, or an object."""
    path = path.partition("?")[0]
    speech = next((one for one in SPEECHES if one.path == path), None)
    return json_answer(speech.whole("fine") if speech is not None else {"said": "fine"})


class Recording:
    """A model server; ``answer`` gives the bytes of an answer by the path that is asked for."""

    def __init__(self, answer: Callable[[str], bytes] = usual) -> None:
        self.answer = answer
        self.raw: list[bytearray] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        raw, done = bytearray(), 0
        self.raw.append(raw)
        with client, suppress(OSError):
            while piece := client.recv(65_536):
                raw += piece
                head, mark, body = bytes(raw[done:]).partition(b"\r\n\r\n")
                length = re.search(rb"\r\ncontent-length: (\d+)", head)
                size = int(length[1]) if length else 0
                if mark and len(body) >= size:
                    done += len(head) + 4 + size
                    client.sendall(self.answer(head.split(b" ")[1].decode()))

    @property
    def came(self) -> list[Came]:
        """The requests so far."""
        return [one for raw in self.raw if raw for one in requests_in(bytes(raw))]

    @property
    def text(self) -> bytes:
        """All bytes so far."""
        return b"".join(map(bytes, self.raw))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()


@dataclass
class Guarded:
    """The sidecar before the model server."""

    served: ServeProcess
    upstream: Recording
    store: str

    def raw(self, data: bytes, timeout: float = 10.0) -> bytes:
        """Sends bytes; returns all that comes until the other side ends."""
        received = b""
        with self.client(timeout) as client, suppress(ConnectionResetError):
            client.sendall(data)
            while piece := client.recv(65_536):
                received += piece
        return received

    @contextmanager
    def client(self, timeout: float = 10.0) -> Iterator[socket.socket]:
        parts = urlsplit(self.served.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=timeout) as client:
            yield client

    def ask(self, path: str, body: Any, *headers: bytes, method: bytes = b"POST") -> bytes:
        """Sends a request, and returns its answer."""
        return self.raw(request(path, body, *headers, method=method))

    def passes(self, data: bytes) -> tuple[bytes, list[Came]]:
        """Sends bytes; returns what came back, and the requests that came through."""
        before = len(self.upstream.came)
        return self.raw(data), self.upstream.came[before:]

    def counted(self, outcome: str, route: str = "other") -> float:
        """How many requests ended so."""
        name = f'tokenward_outcomes_total{{outcome="{outcome}",route="{route}"}}'
        return self.served.metrics().get(name, 0.0)

    def records(self) -> list[Interaction]:
        """Ends the process; returns what it has recorded."""
        assert self.served.end() == 0
        with Store.open(self.store, read_only=True) as store:
            return list(store.interactions())


@contextmanager
def guarded(
    folder: Path, answer: Callable[[str], bytes] = usual, **settings: Any
) -> Iterator[Guarded]:
    """Runs both."""
    folder.mkdir(exist_ok=True)
    (folder / "round.yaml").write_text(POLICY)
    store = f"sqlite:///{folder}/records.db"
    with Recording(answer) as upstream:
        values = {"upstream": upstream.url, "port": 0, "policy": "round.yaml", "store": store}
        (folder / "serve.yaml").write_text(json.dumps({**values, **settings}))
        served = ServeProcess(folder, "--config", "serve.yaml")
        try:
            yield Guarded(served.ready(), upstream, store)
        finally:
            served.kill()


# -- requests -------------------------------------------------------------------------------


def body_of(speech: Speech, text: str = "x") -> Any:
    """The usual request of a protocol."""
    return next(iter(speech.asks.values()))(text)


def request(
    path: str,
    body: Any = b"",
    *headers: bytes,
    method: bytes = b"POST",
    version: bytes = b"1.1",
    close: bool = True,
) -> bytes:
    """A request, with a length unless its headers say otherwise."""
    data = body if isinstance(body, bytes) else dumps(body)
    names = [one.partition(b":")[0].strip().lower() for one in headers]
    lines = [b"%b %b HTTP/%b" % (method, path.encode("latin-1"), version)]
    if b"host" not in names:
        lines.append(b"host: here")
    if data and b"content-type" not in names:
        lines.append(b"content-type: application/json")
    if close and b"connection" not in names:
        lines.append(b"connection: close")
    if data and not {b"content-length", b"transfer-encoding"}.intersection(names):
        lines.append(b"content-length: %d" % len(data))
    return b"\r\n".join([*lines, *headers, b"", data])


def chunked(*chunks: bytes) -> bytes:
    """A body in chunks."""
    return b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in chunks) + b"0\r\n\r\n"


def status(answer: bytes) -> int:
    """The status of the first answer that is no interim one."""
    while answer.startswith(b"HTTP/1.1 100 "):
        answer = answer.partition(b"\r\n\r\n")[2]
    return int(answer.split(b" ", 2)[1]) if answer else 0
