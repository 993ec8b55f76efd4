"""The requests at work, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tokenward.sidecar.sessions import CREDENTIALS

if TYPE_CHECKING:
    from tokenward.sidecar.connection import Connection
    from tokenward.sidecar.relay import Relayed
    from tokenward.wire.request import Request

Client = tuple[bytes, ...]
NOBODY: Client = ()


class OpenRequests:
    """A set that knows how many of its requests each client has, where it is to count them."""

    def __init__(self, *, by_client: bool) -> None:
        self._by_client = by_client
        self._all: dict[Relayed, Client] = {}
        self._counts: dict[Client, int] = {}

    def add(self, one: Relayed) -> None:
        """Adds a request."""
        if not self._by_client:
            self._all[one] = NOBODY
        elif one not in self._all:
            client = self._all[one] = client_of(one.connection, one.request)
            self._counts[client] = self._counts.get(client, 0) + 1

    def discard(self, one: Relayed) -> None:
        """Takes a request out that has ended."""
        client = self._all.pop(one, None)
        if client:
            self._counts[client] -= 1
            if not self._counts[client]:
                del self._counts[client]

    def __iter__(self) -> Iterator[Relayed]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def of(self, client: Client) -> int:
        """Returns how many requests of a client are at work."""
        return self._counts.get(client, 0)


def client_of(connection: Connection, request: Request) -> Client:
    """Returns who asks: the one with these credentials, or else the one at this address."""
    credentials = tuple(value for name, value in request.headers if name in CREDENTIALS)
    return credentials or (connection.address,)
