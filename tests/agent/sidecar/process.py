"""``tokenward serve`` as a process of its own, as an operator runs it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 20.0
CHAT = "/v1/chat/completions"
POLICY = """\
name: short
rules:
  - id: no-words
    stage: [input, output]
    detect: {secrets: all}
    action: {redact: tag}
"""
"""A policy that is loaded in no time."""


def until(holds: Any, patience: float = PATIENCE) -> Any:
    """Waits until something holds, and returns it; it is an error if it never does."""
    end = time.monotonic() + patience
    while not (value := holds()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
    return value


class ServeProcess:
    """The process, its two addresses, and the lines that it has said so far."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tokenward", "serve", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, **environment},
        )
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.strip())

    def ready(self) -> ServeProcess:
        until(lambda: len(self._addresses()) == 2 or self.process.poll() is not None)
        self.url, self.admin = self._addresses()
        return self

    def _addresses(self) -> list[str]:
        words = ("listening on http", "admin on http")
        return [line.rpartition(" ")[2] for line in tuple(self.said) if line.startswith(words)]

    def heard(self, words: str) -> str:
        """Waits for a line with these words."""
        return until(lambda: next((line for line in tuple(self.said) if words in line), None))

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ends it with a signal; returns its exit status."""
        self.send(number)
        return self.ended()

    def ended(self) -> int:
        """Waits for its own end; returns its exit status."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()

    # -- its clients ------------------------------------------------------------------------

    def ask(self, text: str = "hi", *, headers: dict[str, str] | None = None, **more: Any) -> Got:
        body = {"model": "m", "messages": [{"role": "user", "content": text}], **more}
        return self.request("POST", self.url + CHAT, json.dumps(body).encode(), headers)

    def get(self, path: str, **headers: str) -> Got:
        return self.request("GET", self.admin + path, None, headers)

    def request(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str] | None = None
    ) -> Got:
        parts = urlsplit(url)
        named = {"content-type": "application/json", **(headers or {})}
        with closing(connect(url)) as client:
            client.request(method, parts.path, body, named)
            with client.getresponse() as answer:
                told = {k.lower(): v for k, v in answer.getheaders()}
                return Got(answer.status, told, answer.read())

    def metrics(self, **headers: str) -> dict[str, float]:
        """Its metrics, by name with labels."""
        lines = self.get("/metrics", **headers).body.decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}


class Got:
    """An answer."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.json["choices"][0]["message"]["content"]


def connect(url: str) -> http.client.HTTPConnection:
    """Connects a client; certificates are not looked at."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    if parts.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=10, context=context)
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)


@contextmanager
def streaming(url: str, **headers: str) -> Iterator[socket.socket]:
    """A client in the middle of a streamed answer."""
    parts = urlsplit(url)
    body = b'{"stream":true,"messages":[{"role":"user","content":"x"}]}'
    lines = [f"POST {CHAT} HTTP/1.1", "host: x", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
        yield client
