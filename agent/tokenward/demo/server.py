"""A small OpenAI-compatible model server for the demo: the demo model behind real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

from tokenward.demo.answers import Answers

PATH = "/v1/chat/completions"


class ModelServer:
    """Serves variants of the demo model by name, one answer at a time; a context manager."""

    def __init__(self, models: Mapping[str, Answers]) -> None:
        handler = type("Handler", (_Handler,), {"models": dict(models), "lock": threading.Lock()})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Prints nothing: a client that goes away is nothing to tell of."""


class _Handler(BaseHTTPRequestHandler):
    models: ClassVar[Mapping[str, Answers]] = {}
    lock: ClassVar[threading.Lock]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Prints nothing: the demo's own output is what counts."""

    def do_GET(self) -> None:  # the base class's name
        """Lists the models."""
        rows = [{"id": name, "object": "model", "owned_by": "tokenward"} for name in self.models]
        self._send(HTTPStatus.OK, {"object": "list", "data": rows})

    def do_POST(self) -> None:  # the base class's name
        """Answers a chat."""
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answers = self.models.get(request.get("model", ""))
        if self.path != PATH or answers is None:
            error = {"message": "no such model or path", "type": "invalid_request_error"}
            self._send(HTTPStatus.NOT_FOUND, {"error": error})
        elif request.get("stream"):
            self._stream(answers, request)
        else:
            self._whole(answers, request)

    def _whole(self, answers: Answers, request: dict[str, Any]) -> None:
        text, usage = self._answer(answers, request, lambda _: None)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = {"id": "chatcmpl-demo", "object": "chat.completion", "created": 0}
        self._send(
            HTTPStatus.OK, {**body, "model": request["model"], "choices": [choice], "usage": usage}
        )

    def _stream(self, answers: Answers, request: dict[str, Any]) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._event(request, {"role": "assistant", "content": ""}, None)
        _, usage = self._answer(
            answers, request, lambda text: self._event(request, {"content": text}, None)
        )
        self._event(request, {}, "stop")
        if (request.get("stream_options") or {}).get("include_usage"):
            self._event(request, None, None, usage)
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _answer(
        self, answers: Answers, request: dict[str, Any], on_text: Callable[[str], None]
    ) -> tuple[str, dict[str, int]]:
        with self.lock:
            return answers.answer(
                request["messages"],
                on_text=on_text,
                max_new_tokens=request.get("max_tokens") or 64,
                temperature=request.get("temperature") or 0.0,
                seed=request.get("seed"),
                goes_on=request.get("continue_final_message") is True,
                bad_words=request.get("bad_words") or (),
            )

    def _event(
        self,
        request: dict[str, Any],
        delta: dict[str, str] | None,
        finish: str | None,
        usage: dict[str, int] | None = None,
    ) -> None:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        body: dict[str, Any] = {
            "id": "chatcmpl-demo",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": request["model"],
            "choices": choices,
        }
        if usage:
            body["usage"] = usage
        self._chunk(b"data: " + json.dumps(body).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _send(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
