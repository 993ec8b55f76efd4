"""A model server in a thread that says, byte for byte, what it is told to say."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Said:
    """An answer: a body in one piece, or ``pieces`` of a stream, the last of them cut off."""

    body: Any = None
    pieces: Sequence[bytes] | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: bool = False


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


class Upstream:
    """The server; ``answers`` are used one a request, the last one for ever."""

    def __init__(self, *answers: Said | Callable[[Asked], Said]) -> None:
        self.asked: list[Asked] = []
        self.left = threading.Event()
        """Set when a client went before its answer ended."""
        self._answers = list(answers)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def say(self, asked: Asked) -> Said:
        with self._lock:
            self.asked.append(asked)
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer(asked) if callable(answer) else answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        methods = dict.fromkeys(("do_GET", "do_POST", "do_DELETE"), Handler.answer)
        return type("Handler", (Handler,), {"upstream": self, **methods})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstream: Upstream

    def log_message(self, *_):
        pass

    def answer(self):
        raw = self.body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = self.upstream.say(Asked(self.command, self.path, headers, raw))
        self.send_response(said.status)
        if said.pieces is not None:
            self.head({"content-type": "text/event-stream", "transfer-encoding": "chunked"}, said)
            self.stream(said)
            return
        body = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
        self.head({"content-type": "application/json", "content-length": len(body)}, said)
        self.wfile.write(body)

    def body(self):
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def head(self, usual, said):
        for name, value in {**usual, **said.headers}.items():
            self.send_header(name, str(value))
        self.end_headers()

    def stream(self, said):
        try:
            for piece in said.pieces:
                time.sleep(said.delay)
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.flush()
            if not said.cut:
                self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.upstream.left.set()
            self.close_connection = True
        self.close_connection = self.close_connection or said.cut
