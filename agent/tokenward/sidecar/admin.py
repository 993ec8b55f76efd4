"""The operator's port: health, readiness, metrics, and a page that shows what happens now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from importlib.resources import files
from ipaddress import ip_address
from typing import Any

from tokenward.sidecar.connection import Connection
from tokenward.sidecar.service import Service
from tokenward.sidecar.settings import Limits
from tokenward.wire.json_text import write
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.request import Headers, Refusal, Request

PAGE = "index.html"
MAX_CONNECTIONS = 64
CHECK_SECONDS = 2.0
"""How long an answer about the upstream is taken for true."""
GUARDS: Headers = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'",
    ),
]

Answer = tuple[int, bytes, bytes]


class Admin:
    """Answers the operator's requests; it only reads."""

    def __init__(self, service: Service, *, local: bool) -> None:
        self.limits = Limits(body_bytes=65_536, connections=MAX_CONNECTIONS)
        self.draining = False
        self.connections: set[Connection] = set()
        self._service = service
        self._local = local
        self._began = time.time()
        self._checked = (float("-inf"), False)
        self._tasks: set[asyncio.Task[None]] = set()
        self._pages: dict[str, Callable[[], Answer]] = {
            "/healthz": lambda: (200, b"text/plain; charset=utf-8", b"ok\n"),
            "/metrics": self._metrics,
            "/tokenward/": lambda: file_answer(PAGE, b"text/html; charset=utf-8"),
            "/tokenward/now.js": lambda: file_answer("now.js", b"text/javascript; charset=utf-8"),
            "/tokenward/api/now": self._now,
        }

    def opened(self, connection: Connection) -> Refusal | None:
        """Counts a connection in; too many are turned away."""
        self.connections.add(connection)
        if len(self.connections) > self.limits.connections:
            return Refusal(503, "too many open connections; try again", "overloaded")
        return None

    def closed(self, connection: Connection) -> None:
        """Counts a connection out."""
        self.connections.discard(connection)

    def sweep(self, now: float) -> None:
        """Ends connections that have waited too long."""
        for connection in [c for c in self.connections if now > c.deadline]:
            connection.expire()

    def error(self, refusal: Refusal) -> bytes:
        """Returns the body of an error."""
        return error_bytes(refusal)

    def handle(self, connection: Connection, request: Request) -> None:
        """Answers a request."""
        path = "/tokenward/" if request.path in ("/", "/tokenward") else request.path
        if self._local and not is_local(request):
            self._say(connection, 421, b"text/plain", b"this port is for this machine only\n")
        elif request.method not in (b"GET", b"HEAD"):
            self._say(connection, 405, b"text/plain", b"use GET\n")
        elif path == "/readyz":
            task = asyncio.get_running_loop().create_task(self._ready(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif path in self._pages:
            self._say(connection, *self._pages[path]())
        else:
            self._say(connection, 404, b"text/plain", b"nothing here\n")

    def _say(self, connection: Connection, status: int, kind: bytes, body: bytes) -> None:
        connection.reply(status, [(b"content-type", kind), *GUARDS], body)

    async def _ready(self, connection: Connection) -> None:
        """Tells whether requests can be answered; detectors are loaded before a port opens."""
        now = asyncio.get_running_loop().time()
        if now - self._checked[0] > CHECK_SECONDS:
            self._checked = (now, await self._service.pool.reachable())
        draining = self._service.draining
        ready = self._checked[1] and not draining
        words = {"upstream": self._checked[1], "detectors": True, "draining": draining}
        self._say(connection, 200 if ready else 503, b"application/json", write(words))

    def _metrics(self) -> Answer:
        telemetry = self._service.telemetry
        return 200, telemetry.content_type.encode(), telemetry.text()

    def _now(self) -> Answer:
        service = self._service
        telemetry = service.telemetry
        numbers: dict[str, Any] = {
            "uptime_seconds": round(time.time() - self._began),
            "policies": [
                {"name": one.policy.name, "revision": one.policy.revision}
                for one in service.policies.loaded
            ],
            "open": len(service.exchanges),
            "connections": len(service.connections),
            "actions": telemetry.totals(telemetry.requests, "stage", "action"),
            "rules": telemetry.totals(telemetry.rules, "rule", "action", "mode"),
            "degraded": telemetry.totals(telemetry.degraded, "detector"),
        }
        return 200, b"application/json", write(numbers)


def file_answer(name: str, kind: bytes) -> Answer:
    """Returns a file of the dashboard."""
    return 200, kind, (files("tokenward.sidecar") / "dashboard" / name).read_bytes()


def is_local(request: Request) -> bool:
    """Tells whether a request is addressed to this machine by name or number.

    A page from elsewhere could point its own name at 127.0.0.1 and read the answers.
    """
    host = (request.text_header(b"host") or "").rpartition(":")[0] or (
        request.text_header(b"host") or ""
    )
    host = host.strip("[]").lower()
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
