"""What is written at once leaves in one write: each costs more than all else of a piece."""

from __future__ import annotations

import asyncio

import pytest
from tests.agent.sidecar.test_upstream import Scripted

from tokenward.sidecar.connection import Connection
from tokenward.sidecar.settings import Limits
from tokenward.testing.echo import Answer, EchoUpstream


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


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENT = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"hello, "}}]}\n\n'
REST = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


@pytest.fixture
def begun(monkeypatch):
    """What streams began with, beside their heads."""
    found, start = [], Connection.start

    def noted(connection, status, headers, data=b""):
        found.append(data)
        start(connection, status, headers, data)

    monkeypatch.setattr(Connection, "start", noted)
    return found


@pytest.mark.parametrize("on_block", ["filter", "error"])
def test_the_head_of_a_stream_leaves_with_its_first_event_where_both_are_there(
    serve, ask, begun, on_block
):
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in (EVENT, REST))
    with Scripted(HEAD + chunks + b"0\r\n\r\n") as upstream:
        reply = serve(upstream.url, on_block=on_block).post(ask(stream=True))
    assert (reply.text(), reply.whole) == ("hello, ", True)
    (first,) = begun
    assert first.startswith(EVENT)


def test_a_head_that_comes_alone_leaves_alone(serve, ask, begun):
    with EchoUpstream(Answer(text="hello", delay=0.1)) as upstream:
        reply = serve(upstream.url).post(ask(stream=True))
    assert (reply.text(), reply.whole) == ("hello", True)
    assert begun == [b""]


def test_what_is_no_event_behind_a_head_breaks_the_stream_off_as_ever(serve, ask, begun):
    with Scripted(HEAD + b"c\r\ndata: {odd\n\n\r\n0\r\n\r\n") as upstream:
        reply = serve(upstream.url).post(ask(stream=True))
    assert (reply.status, reply.text(), reply.whole) == (200, "", False)
    assert begun == [b""]
