"""Clients that do not behave: each is answered or let go, and what became of it is on record."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.agent.sidecar.around import Guarded, body_of, guarded, request, status, usual
from tests.agent.sidecar.process import until
from tests.agent.wire.speeches import OPENAI

CHAT = OPENAI.path
BODY = json.dumps({"messages": [{"role": "user", "content": "x"}]}).encode()
MIB = 2**20
SHORT = {"header_timeout": 0.6, "body_timeout": 0.6, "idle_timeout": 5, "max_body_bytes": MIB}


class Slow:
    """A model server that answers some paths only when it is told to."""

    def __init__(self):
        self.go = threading.Event()

    def __call__(self, path):
        if path == CHAT:
            self.go.wait(20)
        return usual(path)


@pytest.fixture
def slow():
    one = Slow()
    yield one
    one.go.set()


@pytest.fixture
def sidecar(tmp_path, slow):
    with guarded(tmp_path / "clients", slow, log_format="json", **SHORT) as one:
        yield one


def resident(sidecar: Guarded, name: str = "VmRSS") -> int:
    lines = Path(f"/proc/{sidecar.served.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def outcomes(sidecar: Guarded) -> dict[tuple[str, str], float]:
    """What is on record, by path and outcome."""
    found: dict[tuple[str, str], float] = {}
    for one in sidecar.records():
        key = one.route or "", one.labels["outcome"]
        found[key] = found.get(key, 0) + one.sample_weight
    return found


def reset(client: socket.socket) -> None:
    """Leaves without a word."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def rest(client: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionResetError):
        while piece := client.recv(65_536):
            received += piece
    return received


# -- clients that close their side ----------------------------------------------------------


def test_a_client_that_has_no_more_to_say_is_answered(sidecar, slow):
    with sidecar.client() as client:
        client.sendall(request(CHAT, BODY, close=False))
        client.shutdown(socket.SHUT_WR)
        until(lambda: sidecar.upstream.came)
        time.sleep(0.4)  # longer than it takes to find out that a client has gone
        slow.go.set()
        answer = rest(client)
    assert status(answer) == 200
    assert b"connection: close" in answer
    assert b'"content":"fine"' in answer
    assert outcomes(sidecar) == {(CHAT, "answered"): 1}


def test_all_that_it_has_asked_is_answered(sidecar, slow):
    slow.go.set()
    with sidecar.client() as client:
        client.sendall(request(CHAT, BODY, close=False) * 3)
        client.shutdown(socket.SHUT_WR)
        answer = rest(client)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert outcomes(sidecar) == {(CHAT, "answered"): 3}


def test_a_stream_goes_on_for_it(tmp_path):
    def answer(path):
        pieces = OPENAI.streams["content"](["so", " ", "fine"])
        body = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        time.sleep(0.3)
        return head + b"transfer-encoding: chunked\r\n\r\n" + body

    with guarded(tmp_path / "stream", answer) as sidecar, sidecar.client() as client:
        client.sendall(request(CHAT, {**body_of(OPENAI), "stream": True}, close=False))
        client.shutdown(socket.SHUT_WR)
        got = rest(client)
    assert status(got) == 200
    assert got.endswith(b"0\r\n\r\n")
    assert b'"content":"fine"' in got


@pytest.mark.parametrize("leave", [socket.socket.close, reset])
def test_a_client_that_goes_before_the_answer_ends_the_work(sidecar, leave):
    with sidecar.client() as client:
        client.sendall(request(CHAT, BODY, close=False))
        until(lambda: sidecar.upstream.came)
        leave(client)
    until(lambda: sidecar.counted("client_left", CHAT) == 1)
    assert outcomes(sidecar) == {(CHAT, "client_left"): 1}


# -- clients that leave in the middle -------------------------------------------------------

WHOLE = request(CHAT, BODY, close=False)


@pytest.mark.parametrize("leave", [socket.socket.close, reset, None])
def test_a_client_that_leaves_within_a_request_is_on_record(sidecar, leave):
    cuts = (1, 20, WHOLE.index(b"\r\n\r\n") + 2, len(WHOLE) - 5)
    for count, cut in enumerate(cuts, 1):
        with sidecar.client() as client:
            client.sendall(WHOLE[:cut])
            if leave is None:
                client.shutdown(socket.SHUT_WR)
                assert rest(client) == b""
            else:
                time.sleep(0.05)
                leave(client)
            until(lambda count=count: sidecar.counted("client_left") == count)
    assert sidecar.upstream.came == []
    assert outcomes(sidecar) == {("other", "client_left"): len(cuts)}


def test_a_client_that_only_knocks_is_nothing_to_tell(sidecar):
    for _ in range(5):
        with sidecar.client():
            pass
    assert sidecar.ask("/health", b"", method=b"GET")
    assert outcomes(sidecar) == {}


# -- clients that say little ----------------------------------------------------------------


def test_a_client_that_says_nothing_is_let_go(sidecar):
    with sidecar.client() as client:
        assert rest(client) == b""
    assert sidecar.counted("client_silent") == 1
    assert outcomes(sidecar) == {("other", "client_silent"): 1}


@pytest.mark.parametrize("cut", [0, WHOLE.index(b"\r\n\r\n") + 4], ids=["head", "body"])
def test_a_client_that_trickles_has_its_time(sidecar, cut):
    """A byte now and then does not hold a connection for ever."""
    with sidecar.client() as client:
        client.sendall(WHOLE[:cut])
        began = time.monotonic()
        with suppress(ConnectionError):
            for byte in WHOLE[cut:]:
                client.sendall(bytes([byte]))
                time.sleep(0.1)
                if time.monotonic() - began > 2.5:
                    break
        answer = rest(client)
    assert status(answer) == 408
    assert sidecar.upstream.came == []
    assert sidecar.counted("request_timeout") == 1
    assert outcomes(sidecar) == {("other", "request_timeout"): 1}


def test_an_idle_connection_between_requests_is_nothing_to_tell(tmp_path):
    with guarded(tmp_path / "idle", idle_timeout=0.3) as sidecar, sidecar.client() as client:
        client.sendall(WHOLE)
        assert status(rest(client)) == 200
        assert outcomes(sidecar) == {(CHAT, "answered"): 1}


def test_tls_on_a_plain_port_is_told_so(sidecar):
    hello = b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(155)
    answer = sidecar.raw(hello)
    assert status(answer) == 400
    assert b"use http://" in answer
    assert sidecar.counted("tls_on_plain_port") == 1
    line = json.loads(sidecar.served.heard("tls_on_plain_port"))
    assert (line["status"], line["path"], line["requests"]) == ("400", "other", 1)
    assert outcomes(sidecar) == {("other", "tls_on_plain_port"): 1}


# -- clients that say too much --------------------------------------------------------------


@pytest.fixture(scope="module")
def steady(tmp_path_factory):
    with guarded(tmp_path_factory.mktemp("steady"), **SHORT) as one:
        yield one
        found = outcomes(one)
        assert set(found) == {("other", "body_too_large"), ("other", "headers_too_large")}


def pours(sidecar, head, piece, most):
    """Sends without end; returns the answer, and what memory it cost."""
    before, sent = resident(sidecar), 0
    with sidecar.client() as client:
        client.sendall(head)
        client.settimeout(4)
        with suppress(OSError):
            while sent < most:
                client.sendall(piece)
                sent += len(piece)
        answer = b""
        with suppress(OSError):
            answer = rest(client)
    return answer, resident(sidecar, "VmHWM") - before


GIB = 2**30
POSTED = b"POST %b HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n" % CHAT.encode()
CODED = POSTED + b"transfer-encoding: chunked\r\n\r\n"
OPENED = CODED + b"2\r\n{}\r\n"


@pytest.mark.parametrize(
    ("head", "piece", "expected"),
    [
        pytest.param(POSTED + b"content-length: %d\r\n\r\n" % GIB, b"x" * MIB, (413, "body_too_large"), id="length"),
        pytest.param(POSTED + b"content-length: %d \r\n\r\n" % GIB, b"x" * MIB, (413, "body_too_large"), id="length and space"),
        pytest.param(CODED, b"10000\r\n" + b"x" * 65_536 + b"\r\n", (413, "body_too_large"), id="chunks"),
        pytest.param(CODED, b"1\r\nx\r\n" * 50_000, (413, "body_too_large"), id="chunks of a byte"),
        pytest.param(CODED, b"2\r\nxy\r\n" * 50_000, (413, "body_too_large"), id="chunks of two"),
        pytest.param(OPENED + b"0\r\na: ", b"x" * MIB, (431, "headers_too_large"), id="trailer"),
        pytest.param(OPENED + b"0\r\n", b"a: b\r\n" * 50_000, (431, "headers_too_large"), id="trailers"),
        pytest.param(OPENED + b"1;", b"x" * MIB, (431, "headers_too_large"), id="extension"),
        pytest.param(POSTED + b"a: ", b"x" * MIB, (431, "headers_too_large"), id="header"),
        pytest.param(POSTED, b"a: b\r\n" * 50_000, (431, "headers_too_large"), id="headers"),
        pytest.param(b"POST /", b"x" * MIB, (431, "headers_too_large"), id="target"),
        pytest.param(b"", b"\r\n" * 50_000, (431, "headers_too_large"), id="line ends"),
    ],
)  # fmt: skip
def test_what_never_ends_is_refused_and_costs_no_memory(steady, head, piece, expected):
    code, outcome = expected
    before = steady.counted(outcome)
    answer, cost = pours(steady, head, piece, 64 * MIB)
    assert cost < 24 * MIB
    assert answer == b"" or status(answer) == code
    assert steady.counted(outcome) == before + 1
    assert steady.upstream.came == []


def test_the_usual_body_costs_what_it_is_long(tmp_path):
    """Many small pieces do not cost many times their bytes."""
    with guarded(tmp_path / "pieces", body_timeout=60) as sidecar:
        pieces = b"2\r\n  \r\n" * MIB
        before = resident(sidecar)
        with sidecar.client(30) as client:
            client.sendall(CODED)
            client.sendall(pieces)
            until(lambda: client.send(b"2\r\n  \r\n"))
            time.sleep(0.3)
            cost = resident(sidecar, "VmHWM") - before
    assert cost < 24 * MIB


# -- floods ---------------------------------------------------------------------------------


def test_a_flood_of_bad_requests_is_told_in_a_few_rows(sidecar):
    kinds = {
        ("other", "unknown_path"): request("/v1/none", b"", method=b"GET", close=False),
        (CHAT, "method_not_allowed"): request(CHAT, b"", method=b"GET", close=False),
        (CHAT, "invalid_json"): request(CHAT, b"{", close=False),
        ("/v1/models/{model*}", "not_allowed"): request(
            "/v1/models/a?x=1", b"", method=b"GET", close=False
        ),
    }
    for data in kinds.values():
        for _ in range(10):
            sidecar.raw(data * 29 + data.replace(b"host: here", b"host: here\r\nconnection: close"))
    for route, outcome in kinds:
        assert sidecar.counted(outcome, route) == 300
    records = sidecar.records()
    told = {}
    for one in records:
        key = one.route, one.labels["outcome"]
        told[key] = told.get(key, 0) + one.sample_weight
        assert one.decisions == ()
    assert told == dict.fromkeys(kinds, 300)
    assert len(records) <= 3 * 11 * len(kinds)  # a few windows at most
    lines = [line for line in sidecar.served.said if '"outcome"' in line]
    assert len(lines) == len(records)


def test_no_text_of_a_bad_request_is_on_record(sidecar, tmp_path):
    secret = "zanzibar"
    for data in (
        request(f"/v1/{secret}", b"", b"x-tokenward-route: " + secret.encode(), method=b"GET"),
        request(f"/{secret}?{secret}", BODY), request(CHAT, f"{{{secret}".encode()),
        f"{secret} / HTTP/1.1\r\n\r\n".encode(), request(CHAT, b"", method=b"PUT"),
        request(CHAT, BODY, f"content-length: {secret}".encode()),
    ):  # fmt: skip
        assert status(sidecar.raw(data)) >= 400
    with sidecar.client() as client:
        client.sendall(f"GET /{secret} HTTP".encode())
    until(lambda: sidecar.counted("client_left") >= 1)
    metrics = sidecar.served.get("/metrics").body
    sidecar.records()
    files = b"".join(path.read_bytes() for path in (tmp_path / "clients").glob("records.db*"))
    said = "\n".join(sidecar.served.said)
    assert secret.encode() not in metrics + files
    assert secret not in said
    assert '"outcome": "unknown_path"' in said


def test_too_many_connections_and_requests_are_on_record(tmp_path, slow):
    with guarded(tmp_path / "many", slow, max_connections=3, max_streams=1) as sidecar:
        with sidecar.client() as client:
            client.sendall(WHOLE)
            until(lambda: sidecar.upstream.came)
            assert status(sidecar.ask(CHAT, BODY)) == 503
            assert status(sidecar.ask("/v1/models", b"", method=b"GET")) == 503
            with sidecar.client(), sidecar.client():
                assert status(until(lambda: sidecar.raw(WHOLE))) == 503
            slow.go.set()
            until(lambda: b"fine" in client.recv(65_536))
        found = outcomes(sidecar)
    assert found[CHAT, "answered"] == 1
    assert found[CHAT, "overloaded"] == found["/v1/models", "overloaded"] == 1
    assert found["other", "overloaded"] >= 1


def test_the_next_client_is_served_whatever_the_last_one_did(sidecar, slow):
    slow.go.set()
    for data in (b"\x00" * 1000, WHOLE[:50], b"GET", CODED, CODED + b"zz\r\n", POSTED + b"\x00"):
        with sidecar.client() as client:
            client.sendall(data)
        assert status(sidecar.ask(CHAT, BODY)) == 200
