"""Ports on which this process listens."""

from __future__ import annotations

import asyncio

ACCEPT_ROUNDS = 5
"""Rounds of the event loop until an accepted connection has reached its owner (it takes three)."""


async def close(*servers: asyncio.Server) -> None:
    """Ends listening; connections that were just accepted have reached their owners by then.

    CPython 3.11 leaves the socket of a connection open, with no owner, whose server is closed
    while it is being accepted.
    """
    loop = asyncio.get_running_loop()
    for server in servers:
        for listening in server.sockets:
            loop.remove_reader(listening.fileno())
    for _ in range(ACCEPT_ROUNDS):
        await asyncio.sleep(0)
    for server in servers:
        server.close()
