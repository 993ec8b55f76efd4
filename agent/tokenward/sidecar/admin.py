"""The operator's port: health, readiness, metrics, and a page that shows what happens now."""

from __future__ import annotations

import asyncio
import binascii
import hmac
import logging
from base64 import b64decode
from collections.abc import Awaitable, Callable
from importlib.resources import files
from ipaddress import ip_address
from typing import Any, Protocol

from tokenward.sidecar.connection import Connection
from tokenward.sidecar.settings import Limits
from tokenward.telemetry import CONTENT_TYPE
from tokenward.wire.json_text import write
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.request import Headers, Refusal, Request

logger = logging.getLogger(__name__)

PAGE = "index.html"
MAX_CONNECTIONS = 64
OPEN_PATHS = ("/healthz", "/readyz")
"""What probes ask, which have no token: they are told yes or no, and nothing of requests."""
ASK_FOR_TOKEN: Headers = [
    (b"www-authenticate", b'Bearer realm="tokenward"'),
    (b"www-authenticate", b'Basic realm="tokenward"'),  # for browsers: the token is the password
]
GUARDS: Headers = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'",
    ),
]

Header = tuple[bytes, bytes]
Answer = tuple[int, bytes, bytes]


class Source(Protocol):
    """Who knows the figures: of one process, or of several together."""

    def alive(self) -> bool:
        """Tells whether this need not be started again."""

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Tells whether requests can be answered, and why not."""

    async def metrics(self) -> bytes:
        """Returns all metrics in Prometheus' text format."""

    async def now(self) -> dict[str, Any]:
        """Returns what happens now."""


class Admin:
    """Answers the operator's requests; it only reads.

    ``local`` says that only this machine is to be answered. Where there is a ``token``, it must
    come with every request but those of probes.
    """

    def __init__(self, source: Source, *, local: bool, token: str | None = None) -> None:
        self.limits = Limits(body_bytes=65_536, connections=MAX_CONNECTIONS)
        self.draining = False
        self.connections: set[Connection] = set()
        self._source = source
        self._local = local
        self._token = token.encode() if token is not None else None
        self._tasks: set[asyncio.Task[None]] = set()
        self._pages: dict[str, Callable[[], Awaitable[Answer]]] = {
            "/healthz": self._alive,
            "/readyz": self._ready,
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

    def no_room(self) -> Refusal | None:
        """Returns why a long body is not taken: never here, none is."""
        return None

    def failed(self, error: Exception) -> None:
        """Logs where our own code failed."""
        logger.error("admin failed: %s", type(error).__name__)

    def cut_short(self, outcome: str, status: int, reason: str) -> None:
        """Is told of a request that never was a whole one: nobody counts these here."""

    def handle(self, connection: Connection, request: Request) -> None:
        """Answers a request."""
        path = "/tokenward/" if request.path in ("/", "/tokenward") else request.path
        if self._local and not is_local(request):
            self._say(connection, 421, b"text/plain", b"this port is for this machine only\n")
        elif path not in OPEN_PATHS and not self._may_ask(request):
            words = b"give the token: 'authorization: Bearer TOKEN'\n"
            self._say(connection, 401, b"text/plain", words, *ASK_FOR_TOKEN)
        elif request.method not in (b"GET", b"HEAD"):
            self._say(connection, 405, b"text/plain", b"use GET\n")
        elif path in self._pages:
            task = asyncio.get_running_loop().create_task(
                self._answer(connection, self._pages[path])
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._say(connection, 404, b"text/plain", b"nothing here\n")

    def _may_ask(self, request: Request) -> bool:
        given = request.header(b"authorization") or b""
        return self._token is None or hmac.compare_digest(token_of(given), self._token)

    async def _answer(self, connection: Connection, page: Callable[[], Awaitable[Answer]]) -> None:
        try:
            self._say(connection, *(await page()))
        except Exception as error:  # noqa: BLE001  # logged; the operator sees a broken answer
            self.failed(error)
            connection.abort()

    def _say(
        self, connection: Connection, status: int, kind: bytes, body: bytes, *more: Header
    ) -> None:
        connection.reply(status, [(b"content-type", kind), *GUARDS, *more], body)

    # -- pages ------------------------------------------------------------------------------

    async def _alive(self) -> Answer:
        alive = self._source.alive()
        words = b"ok\n" if alive else b"a detector hangs; start this again\n"
        return 200 if alive else 503, b"text/plain; charset=utf-8", words

    async def _ready(self) -> Answer:
        ready, words = await self._source.ready()
        return 200 if ready else 503, b"application/json", write(words)

    async def _metrics(self) -> Answer:
        return 200, CONTENT_TYPE, await self._source.metrics()

    async def _now(self) -> Answer:
        return 200, b"application/json", write(await self._source.now())


async def file_answer(name: str, kind: bytes) -> Answer:
    """Returns a file of the dashboard."""
    return 200, kind, (files("tokenward.sidecar") / "dashboard" / name).read_bytes()


def token_of(header: bytes) -> bytes:
    """Returns the token in an ``authorization`` header: as such, or as a password.

    >>> token_of(b"Bearer abc"), token_of(b"Basic YTphYmM="), token_of(b"Basic ?")
    (b'abc', b'abc', b'')
    """
    scheme, _, value = header.partition(b" ")
    if scheme.lower() == b"bearer":
        return value.strip()
    try:
        pair = b64decode(value, validate=True) if scheme.lower() == b"basic" else b""
    except binascii.Error:
        return b""
    return pair.partition(b":")[2]


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
