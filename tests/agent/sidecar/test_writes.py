"""What is written at once leaves in one write: each costs more than all else of a piece."""

from __future__ import annotations

import asyncio

import pytest

from tokenward.sidecar.connection import Connection
from tokenward.sidecar.settings import Limits


class Transport:
    def __init__(self):
        self.written = []
        self.write = self.written.append

    def get_extra_info(self, name):
        return ("127.0.0.1", 1)

    def can_write_eof(self):
        return False

    def close(self):
        self.written.append("closed")


class App:
    limits = Limits()
    draining = False

    def opened(self, connection):
        return None

    def handle(self, connection, request):
        self.request = request


async def answered(version, *steps):
    connection, transport = Connection(App()), Transport()
    connection.connection_made(transport)
    connection.data_received(b"GET /v1/models HTTP/%b\r\nhost: a\r\n\r\n" % version)
    for name, *given in steps:
        getattr(connection, name)(*given)
    return transport.written


@pytest.mark.parametrize("first", [b"", b"one"])
@pytest.mark.parametrize("last", [b"", b"three"])
def test_an_answer_in_pieces_takes_a_write_each(first, last):
    steps = [("start", 200, [], first), ("send", b"two"), ("end", last)]
    head, middle, end = asyncio.run(answered(b"1.1", *steps))

    assert head.endswith(b"\r\n\r\n3\r\none\r\n" if first else b"chunked\r\n\r\n")
    assert middle == b"3\r\ntwo\r\n"
    assert end == (b"5\r\nthree\r\n" if last else b"") + b"0\r\n\r\n"


def test_an_older_client_gets_the_pieces_bare():
    steps = [("start", 200, [], b"one"), ("send", b"two"), ("end", b"three")]
    head, *rest = asyncio.run(answered(b"1.0", *steps))

    assert head.endswith(b"\r\n\r\none")
    assert rest == [b"two", b"three", "closed"]
