"""The port of a monitor: the dashboard over its store, for this machine or for who has the token.

Few people ask, and none of them holds anything up: a thread answers, one request at a time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6, SHUT_WR
from typing import Self

from tokenward.dashboard.access import REALMS, WORDS, Access
from tokenward.dashboard.messages import LONGEST_BODY, Answer, Ask, text
from tokenward.dashboard.site import Dashboard
from tokenward.errors import UsageError

logger = logging.getLogger(__name__)

ASKS = 401
"""The status that asks for a token."""
SILENCE_SECONDS = 20.0
"""How long a client may say nothing."""
LINGER_SECONDS = 2.0
MOST_LOOKS = 64
"""What is read of a body that is not taken: as many pieces, each of at most 64 KiB."""

More = Mapping[str, Callable[[], Answer]]
"""Further pages by path, such as metrics; those that probes ask for are free."""
FREE = ("/healthz", "/readyz")


class Port(ThreadingHTTPServer):
    """Listens until it is closed; use it as a context manager."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, dashboard: Dashboard, access: Access, host: str, port: int, more: More | None = None
    ) -> None:
        if ":" in host:
            self.address_family = AF_INET6
        try:
            super().__init__((host, port), Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise UsageError(
                f"port: cannot listen on {host}:{port}: {reason}; choose another"
            ) from None
        self._dashboard = dashboard
        self._access = access
        self._more = more or {}
        self._one = threading.Lock()

    @property
    def url(self) -> str:
        """The address of the dashboard."""
        host, port = self.server_address[:2]
        name = host.decode() if isinstance(host, bytes | bytearray) else str(host)
        return f"http://{f'[{name}]' if ':' in name else name}:{port}/tokenward/"

    def answer(self, ask: Ask) -> Answer:
        """Answers a request, if its sender may ask."""
        free = ask.path in FREE
        host, given = ask.headers.get("host", ""), ask.headers.get("authorization", "")
        status = self._access.fault(host, given, free=free)
        if status is not None:
            realms = tuple(("www-authenticate", one) for one in REALMS if status == ASKS)
            return replace(text(status, WORDS[status]), more=realms)
        if ask.path in self._more and ask.method in ("GET", "HEAD"):
            return self._more[ask.path]()
        with self._one:
            return self._dashboard.answer(ask)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, name="tokenward-port", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Reads a request of HTTP, and writes its answer."""

    server: Port
    server_version = "tokenward"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = SILENCE_SECONDS

    def do_GET(self) -> None:
        """Is called for a request."""
        length = self.headers.get("content-length", "0")
        fine = length.isascii() and length.isdecimal() and int(length) <= LONGEST_BODY
        if not fine or self.headers.get("transfer-encoding"):
            self._say(text(413, "give a body of known length, and not a long one\n"))
            self._linger()
            return
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        ask = Ask(self.command, path, query, headers, self.rfile.read(int(length)))
        try:
            answer = self.server.answer(ask)
        except Exception as error:  # noqa: BLE001  # told by its kind alone: it may hold a text
            logger.error("the dashboard failed: %s", type(error).__name__)  # noqa: TRY400  # likewise
            answer = text(500, "this failed; the log says what kind of error it was\n")
        self._say(answer)

    do_HEAD = do_GET  # noqa: N815  # names that the base class looks for
    do_POST = do_GET  # noqa: N815  # likewise

    def _linger(self) -> None:
        """Reads on for a moment: else the connection breaks, and the answer may never be read."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(SHUT_WR)
        self.connection.settimeout(LINGER_SECONDS)
        with suppress(OSError):
            for _ in range(MOST_LOOKS):
                if not self.connection.recv(65_536):
                    return

    def _say(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name it has there
        """Is told of each request, and forgets it: addresses of pages hold what was looked for."""
