"""A sidecar in a thread, with the detectors of marks."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.agent.marks import POLICY, RUDE, RULES, Plugin, rule

from tokenward.engine.compile import compile_policy
from tokenward.registry import Registry
from tokenward.sidecar.policies import Policies
from tokenward.sidecar.server import Sidecar
from tokenward.sidecar.settings import Bounds, Settings


@pytest.fixture(scope="session")
def registry():
    return Registry([("test", Plugin())])


@pytest.fixture(scope="session")
def make_rule():
    return rule


@pytest.fixture(scope="session")
def policy():
    return POLICY


@pytest.fixture(scope="session")
def slow_policy():
    """The same rules, and one that waits for a classifier in a thread."""
    return {"name": "slow", "rules": [*RULES, *RUDE]}


@pytest.fixture
def load(registry):
    """Loads a policy as the sidecar does."""
    loaded = []

    def one(policy=POLICY):
        loaded.append(Policies.load([policy], registry))
        return loaded[-1].loaded[0]

    yield one
    for policies in loaded:
        policies.close()


class Running:
    """A sidecar in a thread of its own."""

    def __init__(self, sidecar: Sidecar) -> None:
        self.sidecar = sidecar
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(20)
        self.url = sidecar.url
        self.base = f"{sidecar.url}/v1"
        self.admin = sidecar.admin_url

    async def _run(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        await self.sidecar.start()
        self._ready.set()
        await self._ended.wait()
        self.drained = await self.sidecar.stop()

    def end(self) -> bool:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(20)
        return self.drained

    def settle(self) -> None:
        """Waits until no request is at work: one is counted a moment after its answer."""
        until = time.monotonic() + 5
        while self.sidecar.service.exchanges and time.monotonic() < until:
            time.sleep(0.005)

    # -- plain clients ----------------------------------------------------------------------

    def raw(self, data: bytes, *, url: str | None = None, timeout: float = 5.0) -> bytes:
        """Sends bytes, and returns all that comes until the other side ends."""
        parts = urlsplit(url or self.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=timeout) as client:
            client.sendall(data)
            received = b""
            while piece := client.recv(65536):
                received += piece
            return received

    def post(self, body: Any, path: str = "/v1/chat/completions", **headers: str) -> Reply:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, data, headers)

    def get(self, path: str, *, admin: bool = False, **headers: str) -> Reply:
        return self.request("GET", path, None, headers, admin=admin)

    def request(self, method, path, body, headers, *, admin=False) -> Reply:
        parts = urlsplit(self.admin if admin else self.url)
        client = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        named = {"content-type": "application/json"} if body is not None else {}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(client):
            client.request(method, path, body, named)
            answer = client.getresponse()
            try:
                data, whole = answer.read(), True
            except http.client.IncompleteRead as broken:
                data, whole = broken.partial, False
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, data, whole)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool = True

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        """The events of a stream, whatever its line ends; ``[DONE]`` as it is."""
        body = self.body.decode().replace("\r\n", "\n").replace("\r", "\n")
        data = [e.removeprefix("data: ") for e in body.split("\n\n") if e]
        return [one if one == "[DONE]" or one.startswith(":") else json.loads(one) for one in data]

    @property
    def chunks(self) -> list[Any]:
        return [event for event in self.events if isinstance(event, dict)]

    def text(self, index: int = 0, key: str = "content") -> str:
        """The text of a choice, joined from a stream or taken from an answer."""
        if not self.headers["content-type"].startswith("text/event-stream"):
            return self.json["choices"][index]["message"][key]
        return "".join(
            choice["delta"].get(key) or ""
            for event in self.chunks
            for choice in event.get("choices", ())
            if choice["index"] == index
        )

    def finish(self, index: int = 0) -> list[str]:
        """The finish reasons of a choice."""
        return [
            choice["finish_reason"]
            for event in (self.chunks if self.body.startswith((b"data", b":")) else [self.json])
            for choice in event.get("choices", ())
            if choice["index"] == index and choice["finish_reason"]
        ]

    @property
    def error(self) -> Any:
        return self.json["error"]


@pytest.fixture
def serve(registry) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def start(upstream: str, *policies: Any, **settings: Any) -> Running:
        plugins = settings.pop("plugins", registry)
        # its event loop shares the interpreter with the test, which may hold it for long
        values = {"port": 0, "drain_timeout": 5.0, "bounds": Bounds(loop_lag=60.0), **settings}
        sidecar = Sidecar(
            Settings(upstream=upstream, **values), registry=plugins, policies=policies or (POLICY,)
        )
        running.append(Running(sidecar))
        return running[-1]

    yield start
    for one in running:
        one.end()


@pytest.fixture
def ask():
    """Builds the body of a chat request."""

    def build(text: Any = "hello", **more: Any) -> dict[str, Any]:
        return {"model": "m", "messages": [{"role": "user", "content": text}], **more}

    return build


@pytest.fixture
def broken_plan(registry, monkeypatch):
    """Makes opening a stream fail inside of the guard's own code."""

    def break_it() -> None:
        def failing(self, *_args: Any, **_more: Any) -> Any:
            raise RuntimeError("secret text that must not be logged")

        monkeypatch.setattr("tokenward.wire.scan.Scanner.feed", failing)

    return break_it


@pytest.fixture
def compiled(registry):
    return lambda policy: compile_policy(policy, registry)
