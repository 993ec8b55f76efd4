"""The edges of HTTP: what a connection takes, refuses and survives."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from tokenward.sidecar.settings import Limits
from tokenward.testing.echo import Answer, EchoUpstream

BODY = json.dumps({"messages": [{"role": "user", "content": "hi"}]}).encode()
PATH = b"/v1/chat/completions"


def request(
    *headers: bytes, body: bytes = BODY, path: bytes = PATH, version: bytes = b"1.1"
) -> bytes:
    lines = [
        b"POST %b HTTP/%b" % (path, version),
        b"host: x",
        b"content-type: application/json",
        *headers,
    ]
    if not any(h.lower().startswith((b"content-length", b"transfer-encoding")) for h in headers):
        lines.append(b"content-length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


@pytest.fixture
def upstream():
    with EchoUpstream() as server:
        yield server


@pytest.fixture
def sidecar(serve, upstream):
    return serve(upstream.url)


CLOSE = b"connection: close"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "data",
    [
        request(b"content-length: %d" % len(BODY), b"transfer-encoding: chunked"),
        request(b"content-length: 5", b"content-length: 6"),
        request(b"content-length: -1"),
        request(b"content-length: 1e3"),
        request(b"transfer-encoding: gzip"),
        request(b"transfer-encoding: chunked", body=b"zz\r\n"),
        request(b"host: y"),
        request(b"bad header: x"),
        request(b"upgrade: websocket", b"connection: upgrade"),
        b"GET / HTTP/1.1\r\n\r\n",
        b"CONNECT other:443 HTTP/1.1\r\nhost: other:443\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\nhost: x\n\n",
    ],
)
def test_requests_that_can_be_read_in_two_ways_are_refused(sidecar, upstream, data):
    answer = sidecar.raw(data)
    assert status(answer) == 400
    assert b'"error":{"message"' in answer
    assert b"connection: close" in answer
    assert upstream.requests == []


def test_the_target_may_be_absolute_if_it_is_here(sidecar):
    assert status(sidecar.raw(request(CLOSE, path=b"http://x" + PATH))) == 200


def test_this_is_no_proxy_for_other_hosts(sidecar, upstream):
    assert status(sidecar.raw(request(path=b"http://other" + PATH))) == 421
    assert upstream.requests == []


def test_expect_is_answered(sidecar):
    answer = sidecar.raw(request(b"expect: 100-continue", CLOSE))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_expect_is_not_answered_where_the_body_is_too_long(serve, upstream):
    sidecar = serve(upstream.url, limits=Limits(body_bytes=10))
    assert status(sidecar.raw(request(b"expect: 100-continue"))) == 413


def test_other_expectations_are_refused(sidecar):
    assert status(sidecar.raw(request(b"expect: miracles"))) == 417


def test_an_offer_of_http2_is_not_taken_up_and_the_request_stands(sidecar):
    answer = sidecar.raw(request(b"upgrade: h2c", b"connection: upgrade, close"))
    assert status(answer) == 200


def test_chunked_bodies_are_read(sidecar):
    chunks = b"".join(b"%x\r\n%b\r\n" % (1, bytes([byte])) for byte in BODY) + b"0\r\n\r\n"
    answer = sidecar.raw(request(b"transfer-encoding: chunked", CLOSE, body=chunks))
    assert status(answer) == 200
    assert b'"hi"}' in answer


def test_a_chunked_body_beyond_the_limit_is_refused(serve, upstream):
    sidecar = serve(upstream.url, limits=Limits(body_bytes=100))
    chunks = b"40\r\n" + b"x" * 64 + b"\r\n40\r\n" + b"x" * 64 + b"\r\n0\r\n\r\n"
    assert status(sidecar.raw(request(b"transfer-encoding: chunked", body=chunks))) == 413


def test_long_headers_are_refused(serve, upstream):
    sidecar = serve(upstream.url, limits=Limits(head_bytes=1000))
    assert status(sidecar.raw(request(b"a: " + b"x" * 1000))) == 431
    assert status(sidecar.raw(b"GET / HTTP/1.1\r\na: " + b"x" * 1000)) == 431
    assert status(sidecar.raw(b"GET /" + b"x" * 2000)) == 431


def test_requests_on_one_connection_are_answered_in_order(sidecar, upstream):
    bodies = [BODY.replace(b"hi", b"no %d" % at) for at in range(5)]
    data = b"".join(request(body=body) for body in bodies[:-1]) + request(CLOSE, body=bodies[-1])
    answer = sidecar.raw(data)
    assert answer.count(b"HTTP/1.1 200 OK") == 5
    places = [answer.index(b'"no %d"}' % at) for at in range(5)]
    assert places == sorted(places)


def test_connections_are_kept_alive(sidecar, upstream):
    parts = urlsplit(sidecar.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as client:
        for _ in range(3):
            client.sendall(request())
            assert b"HTTP/1.1 200 OK" in client.recv(65536)
    assert upstream.connections == 1


def test_http_1_0_gets_an_answer_without_chunks(serve):
    with EchoUpstream(Answer(text="words")) as upstream:
        body = json.dumps({"messages": [{"role": "user", "content": "x"}], "stream": True}).encode()
        answer = serve(upstream.url).raw(request(body=body, version=b"1.0"))
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert rest.startswith(b"data: {")
    assert rest.endswith(b"data: [DONE]\n\n")


def test_bytes_that_come_one_by_one_are_read(sidecar):
    parts = urlsplit(sidecar.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as client:
        for byte in request(CLOSE):
            client.sendall(bytes([byte]))
        assert b'"hi"}' in client.recv(65536)


@pytest.mark.parametrize(
    ("limits", "data", "expected"),
    [
        (Limits(header_timeout=0.1), b"POST / HTTP/1.1\r\n", b"HTTP/1.1 408"),
        (Limits(body_timeout=0.1), request(b"content-length: 9999"), b"HTTP/1.1 408"),
        (Limits(header_timeout=0.1), b"", b""),
        (Limits(idle_timeout=0.1), request(), b"HTTP/1.1 200"),
    ],
)
def test_clients_that_dawdle_are_let_go(serve, upstream, limits, data, expected):
    began = time.monotonic()
    answer = serve(upstream.url, limits=limits).raw(data)
    assert answer.startswith(expected)
    assert time.monotonic() - began < 4


def test_too_many_connections_are_turned_away(serve, upstream):
    sidecar = serve(upstream.url, limits=Limits(connections=2))
    parts = urlsplit(sidecar.url)
    held = [socket.create_connection((parts.hostname, parts.port)) for _ in range(2)]
    for client in held:
        client.sendall(request())
        client.recv(65536)
    answer = sidecar.raw(request())
    assert status(answer) == 503
    assert b"retry-after: 1" in answer
    for client in held:
        client.close()
    time.sleep(0.2)
    assert status(sidecar.raw(request(CLOSE))) == 200


def test_a_client_that_leaves_ends_the_work(serve):
    with EchoUpstream(Answer(text="x" * 4000, delay=0.005)) as upstream:
        parts = urlsplit(serve(upstream.url).url)
        body = json.dumps({"messages": [{"role": "user", "content": "x"}], "stream": True}).encode()
        with socket.create_connection((parts.hostname, parts.port)) as client:
            client.sendall(request(body=body))
            client.recv(1000)
        until = time.monotonic() + 3
        while not upstream.left and time.monotonic() < until:
            time.sleep(0.02)
        assert upstream.left == 1


def test_a_client_that_never_reads_is_let_go(serve, monkeypatch):
    monkeypatch.setattr("tokenward.sidecar.service.LONGEST_STALL", 0.1)
    with EchoUpstream(Answer(text="word " * 4_000_000)) as upstream:
        sidecar = serve(upstream.url, limits=Limits(header_timeout=2))
        parts = urlsplit(sidecar.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as client:
            client.sendall(request())
            received = client.recv(100)
            until = time.monotonic() + 8
            while sidecar.sidecar.service.connections and time.monotonic() < until:
                time.sleep(0.02)
            with contextlib.suppress(ConnectionResetError):
                while piece := client.recv(1 << 20):
                    received += piece
    assert not received.endswith(b"}")
    telemetry = sidecar.sidecar.service.telemetry
    assert telemetry.totals(telemetry.outcomes, "outcome") == {"answered": 1, "client_stalled": 1}


def test_what_was_answered_still_leaves_at_the_end(serve):
    with EchoUpstream(Answer(text="word " * 400_000)) as upstream:
        sidecar = serve(upstream.url)
        parts = urlsplit(sidecar.url)
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((parts.hostname, parts.port))
        client.sendall(request())
        client.recv(1000)
        sidecar.settle()
        threading.Thread(target=sidecar.end).start()
        received = b""
        while piece := client.recv(1 << 16):
            received += piece
        client.close()
    assert received.count(b"word") > 399_000
    assert received.endswith(b"}")


def test_a_slow_reader_slows_the_upstream_down(serve):
    text = "word " * 400_000
    with EchoUpstream(Answer(text=text, chunk=1000)) as upstream:
        sidecar = serve(upstream.url)
        parts = urlsplit(sidecar.url)
        body = json.dumps({"messages": [{"role": "user", "content": "x"}], "stream": True}).encode()
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((parts.hostname, parts.port))
        client.sendall(request(CLOSE, body=body))
        time.sleep(0.5)
        connection = next(iter(sidecar.sidecar.service.connections))
        assert connection._transport.get_write_buffer_size() < 600_000
        received = b""
        while piece := client.recv(1 << 20):
            received += piece
        client.close()
    assert received.count(b"word") == 400_000
    assert received.endswith(b"0\r\n\r\n")


def test_a_failure_in_our_own_code_ends_the_connection(sidecar, upstream, monkeypatch, caplog):
    def failing(*_):
        raise RuntimeError("secret text that must not be logged")

    monkeypatch.setattr(sidecar.sidecar.service, "handle", failing)
    assert sidecar.raw(request()) == b""
    assert upstream.requests == []
    assert "RuntimeError at" in caplog.text
    assert "secret" not in caplog.text
