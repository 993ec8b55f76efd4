"""What a client's connection asks of those who answer on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tokenward.sidecar.settings import Limits
from tokenward.wire.request import Refusal, Request

if TYPE_CHECKING:
    from tokenward.sidecar.connection import Connection


class Peer(Protocol):
    """Who answers the current request, and must know what becomes of the client."""

    def client_lost(self) -> None:
        """Tells that the client has gone."""

    def give_up(self, outcome: str) -> None:
        """Ends the work on the request, and tells what became of it."""

    def client_slow(self, slow: bool) -> None:
        """Tells that the client reads too slowly, or reads again."""


class App(Protocol):
    """What a connection belongs to: it answers requests and keeps count of connections."""

    limits: Limits
    draining: bool

    def opened(self, connection: Connection) -> Refusal | None:
        """Counts a connection in; returns why it cannot be served."""

    def closed(self, connection: Connection) -> None:
        """Counts a connection out."""

    def handle(self, connection: Connection, request: Request) -> None:
        """Answers a request, now or later."""

    def error(self, refusal: Refusal) -> bytes:
        """Returns the body of an error."""

    def no_room(self) -> Refusal | None:
        """Returns why a long body is not taken now."""

    def failed(self, error: Exception) -> None:
        """Is told that ``handle`` raised; the connection is ended."""

    def cut_short(self, outcome: str, status: int, reason: str) -> None:
        """Is told of a request that never was a whole one, and what became of it."""
