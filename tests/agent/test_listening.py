"""A port is closed while clients come."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading

from tokenward import listening
from tokenward.testing.echo import EchoUpstream


async def test_connections_that_are_just_being_accepted_reach_their_owner():
    owned = []

    class Owner(asyncio.Protocol):
        def connection_made(self, transport):
            owned.append(transport)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Owner, "127.0.0.1", 0)
    clients = [socket.create_connection(server.sockets[0].getsockname()) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # they were accepted in this round, and have no transport yet
    assert not owned
    await listening.close(server)
    assert len(owned) == len(clients)
    for one in owned:
        one.abort()
    for client in clients:
        client.close()
    await asyncio.sleep(0)


def test_an_upstream_that_ends_among_new_clients_leaves_nothing_open(recwarn):
    for _ in range(10):
        ended = threading.Event()
        upstream = EchoUpstream("fine").start()
        address = ("127.0.0.1", int(upstream.url.rpartition(":")[2]))

        def come(ended=ended, address=address):
            while not ended.is_set():
                try:
                    socket.create_connection(address, timeout=1).close()
                except OSError:  # it is closed already: that is what is tried here
                    continue

        client = threading.Thread(target=come)
        client.start()
        upstream.stop()
        ended.set()
        client.join()
    gc.collect()
    assert [str(one.message) for one in recwarn if one.category is ResourceWarning] == []
