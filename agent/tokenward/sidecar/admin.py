"""The operator's port: health, readiness, metrics, and the dashboard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tokenward.dashboard.access import REALMS, WORDS, Access
from tokenward.dashboard.messages import LONGEST_BODY, Answer, data, text
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.desk import Desk, Source
from tokenward.sidecar.settings import Limits
from tokenward.telemetry import CONTENT_TYPE
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.request import Refusal, Request

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 64
PAGES = "/tokenward/"
ASKS = 401
"""The status that asks for a token."""
OPEN_PATHS = ("/healthz", "/readyz")
"""What probes ask, which have no token: they are told yes or no, and nothing of requests."""


class Admin:
    """Answers the operator's requests.

    ``access`` says who may ask. Without a ``desk`` there are figures, but no pages.
    """

    def __init__(self, source: Source, access: Access, desk: Desk | None = None) -> None:
        self.limits = Limits(body_bytes=LONGEST_BODY, connections=MAX_CONNECTIONS)
        self.draining = False
        self.connections: set[Connection] = set()
        self.desk = desk
        self._source = source
        self._access = access
        self._tasks: set[asyncio.Task[None]] = set()
        self._pages: dict[str, Callable[[], Awaitable[Answer]]] = {
            "/healthz": self._alive,
            "/readyz": self._ready,
            "/metrics": self._metrics,
        }
        if desk is None:
            self._pages["/tokenward/api/now"] = self._now

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
        path = PAGES if request.path in ("/", "/tokenward") else request.path
        host, given = (request.text_header(name) or "" for name in (b"host", b"authorization"))
        status = self._access.fault(host, given, free=path in OPEN_PATHS)
        if status is not None:
            realms = tuple(("www-authenticate", one) for one in REALMS if status == ASKS)
            self._say(connection, replace(text(status, WORDS[status]), more=realms))
        elif path.startswith(PAGES) and self.desk is not None:
            self._later(connection, self.desk.answer(replace(request, target=target(request))))
        elif request.method not in (b"GET", b"HEAD"):
            self._say(connection, text(405, "use GET\n"))
        elif path in self._pages:
            self._later(connection, self._pages[path]())
        else:
            self._say(connection, text(404, "nothing here\n"))

    def _later(self, connection: Connection, answer: Awaitable[Answer]) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(connection, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, connection: Connection, answer: Awaitable[Answer]) -> None:
        try:
            self._say(connection, await answer)
        except Exception as error:  # noqa: BLE001  # logged; the operator sees a broken answer
            self.failed(error)
            connection.abort()

    def _say(self, connection: Connection, answer: Answer) -> None:
        headers = [(name.encode(), value.encode()) for name, value in answer.headers]
        connection.reply(answer.status, headers, answer.body)

    # -- pages ------------------------------------------------------------------------------

    async def _alive(self) -> Answer:
        alive = self._source.alive()
        words = "ok\n" if alive else "a detector hangs; start this again\n"
        return text(200 if alive else 503, words)

    async def _ready(self) -> Answer:
        ready, words = await self._source.ready()
        return data(words, 200 if ready else 503)

    async def _metrics(self) -> Answer:
        return Answer(200, CONTENT_TYPE.decode(), await self._source.metrics())

    async def _now(self) -> Answer:
        return data(await self._source.now())


def target(request: Request) -> bytes:
    """Returns what a request asks for; the dashboard has one name at its root."""
    short = request.path in ("/", "/tokenward")
    return PAGES.encode() if short else request.target
