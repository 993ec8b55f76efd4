"""A model server that says, path by path, what it is told to say, in any protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

JSON, EVENTS, LINES = "application/json", "text/event-stream", "application/x-ndjson"


class ScriptedUpstream:
    """``answers`` are a media type and the pieces of a body for each path; ``requests`` what came.

    What has several pieces is written in chunks.
    """

    def __init__(self, answers: Mapping[str, tuple[str, Sequence[bytes]]]) -> None:
        self.answers = dict(answers)
        self.requests: list[tuple[str, str, Any]] = []
        self.content_types: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                self.answer()

            def do_HEAD(self) -> None:
                self.answer()

            def do_POST(self) -> None:
                self.answer()

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                outer.requests.append((self.command, self.path, body))
                outer.content_types.append(self.headers.get("content-type"))
                kind, pieces = outer.answers.get(self.path, (JSON, [b'{"error":"no such path"}']))
                self.send_response(200 if self.path in outer.answers else 404)
                self.send_header("content-type", kind)
                if kind == JSON:
                    self.send_header("content-length", str(sum(map(len, pieces))))
                else:
                    self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                for piece in pieces if self.command != "HEAD" else ():
                    framed = piece if kind == JSON else b"%x\r\n%b\r\n" % (len(piece), piece)
                    self.wfile.write(framed)
                if kind != JSON:
                    self.wfile.write(b"0\r\n\r\n")

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def bodies(self) -> list[Any]:
        """The JSON that came."""
        return [json.loads(body) for _, _, body in self.requests if body]
