"""Requests that two readers could take for different ones: no such request goes on."""

from __future__ import annotations

import json

import pytest
from tests.agent.sidecar.around import PLANTED, chunked, guarded, request, status

CHAT = "/v1/chat/completions"
BODY = json.dumps({"messages": [{"role": "user", "content": f"a {PLANTED} b"}]}).encode()
INNER = b"GET /v1/models HTTP/1.1\r\nhost: here\r\nx-inner: 1\r\n\r\n"
LENGTH = b"content-length: %d" % len(BODY)
CODED = b"transfer-encoding: chunked"
SIZE = b"%x" % len(BODY)


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory):
    with guarded(tmp_path_factory.mktemp("framing")) as one:
        yield one
        assert one.upstream.came
        assert PLANTED.encode() not in one.upstream.text


@pytest.mark.parametrize(
    "headers",
    [
        (LENGTH, CODED), (CODED, LENGTH), (b"transfer-encoding: xchunked",),
        (b"transfer-encoding: chunked, identity",), (b"transfer-encoding: identity, chunked",),
        (b"transfer-encoding: gzip, chunked",), (CODED, CODED), (b"transfer-encoding: x", CODED),
        (CODED, b"transfer-encoding: x"), (b"transfer-encoding : chunked",),
        (b"transfer-encoding:\x0bchunked",), (b"transfer-encoding: \x00chunked",),
        (b"transfer-encoding:\r\n chunked",), (b"a: b\r\n transfer-encoding: chunked",),
        (b'transfer-encoding: "chunked"',), (b"transfer-encoding: chunked;q=1",),
        (b"transfer-encoding: ",), (b"transfer-encoding: identity",), (b"transfer-encoding: deflate",),
        (b"transfer-encoding: chunked\x0c",), (b"Transfer-Encoding: chunKed,",),
    ],
)  # fmt: skip
def test_a_coding_that_readers_may_differ_on_is_refused(sidecar, headers):
    data = request(CHAT, chunked(BODY), *headers) + INNER
    answer, came = sidecar.passes(data)
    assert (status(answer), came) == (400, [])
    assert b"connection: close" in answer


@pytest.mark.parametrize("length", [
    b"5, 5", b"5, 6", b"+5", b"-1", b"0x5", b"5_0", b"1e1", b"", b"5;", b"5 5", b"five",
    b"99999999999999999999999", b"\xb2", b"5\r\ncontent-length: 5", b"5\r\nContent-Length: 6",
    b"5\x00", b"\x0b5", b"0\r\n content-length: 5",
])  # fmt: skip
def test_a_length_that_readers_may_differ_on_is_refused(sidecar, length):
    answer, came = sidecar.passes(request(CHAT, BODY, b"content-length: " + length) + INNER)
    assert (status(answer), came) == (400, [])


@pytest.mark.parametrize("body", [
    b"%b \r\n%b\r\n0\r\n\r\n", b" %b\r\n%b\r\n0\r\n\r\n", b"0x%b\r\n%b\r\n0\r\n\r\n",
    b"+%b\r\n%b\r\n0\r\n\r\n", b"%b_\r\n%b\r\n0\r\n\r\n", b"fffffffffffffffff%b\r\n%b\r\n0\r\n\r\n",
    b"%b\n%b\n0\n\n", b"%b\r\n%bX0\r\n\r\n", b"%b\r%b\r\n0\r\n\r\n", b"%b;\n%b\r\n0\r\n\r\n",
    b"%b;a\x00b\r\n%b\r\n0\r\n\r\n", b'%b;a="\r\n"\r\n%b\r\n0\r\n\r\n', b"\r\n%b\r\n%b\r\n0\r\n\r\n",
    b"%b;a\rb\r\n%b\r\n0\r\n\r\n", b"%b\r\n%b\r\n0\r\nno trailer\r\n\r\n", b"-%b\r\n%b\r\n0\r\n\r\n",
    b"%b\r\n%b\r\n0\r\ncontent-length: 3\r\n\r\n", b"%b\r\n%b\r\n0\r\ntransfer-encoding: x\r\n\r\n",
    b"%b\r\n%b\r\n0\r\n : x\r\n\r\n",
])  # fmt: skip
def test_chunks_that_readers_may_differ_on_are_refused(sidecar, body):
    answer, came = sidecar.passes(request(CHAT, body % (SIZE, BODY), CODED) + INNER)
    assert (status(answer), came) == (400, [])


@pytest.mark.parametrize("body", [
    chunked(BODY), chunked(BODY[:1], BODY[1:]), b"00%b\r\n%b\r\n000\r\n\r\n" % (SIZE, BODY),
    b"%b;a=b;c\r\n%b\r\n0;d\r\n\r\n" % (SIZE.upper(), BODY),
    b"%b\r\n%b\r\n0\r\nhost: evil\r\nx-tokenward-policy: x\r\nauthorization: x\r\n\r\n" % (SIZE, BODY),
])  # fmt: skip
def test_chunks_go_on_as_one_body_of_a_length(sidecar, body):
    answer, came = sidecar.passes(request(CHAT, body, b"Transfer-Encoding:\tchunked  "))
    assert status(answer) == 200
    [one] = came
    assert one.json["messages"][0]["content"] == "a [gone] b"
    assert not {"authorization", "x-tokenward-policy"} & one.headers.keys()


@pytest.mark.parametrize("header", [
    b"a b: c", b"a: b\x00c", b"a: b\rc", b"a: b\nc: d", b"a\x00: b", b": b", b"a", b"a: \x01",
    b"a: \x7f", b"a: b\r\n c", b"a: b\r\n\tc", b"\xe9: x", b"a(: x", b"a: b\r\r\nc: d", b"a\t: b",
    b" a: b", b"host : there", b"\r\ncontent-length: 3",
])  # fmt: skip
def test_headers_that_readers_may_differ_on_are_refused(sidecar, header):
    before = len(sidecar.upstream.came)
    answer = sidecar.raw(request(CHAT, BODY, header, close=False) + INNER)
    assert status(answer) == 400
    assert not any("x-inner" in one.headers for one in sidecar.upstream.came[before:])


@pytest.mark.parametrize("line", [
    b"POST /%00\x00 HTTP/1.1", b"POST /a b HTTP/1.1", b"POST /v1/chat/completions HTTP/1.1 ",
    b"POST /v1/chat/completions HTTP/1.10", b"POST /v1/chat/completions HTTP/1.2",
    b"POST /v1/chat/completions HTTP/0.9", b"POST /v1/chat/completions", b"POST /\xff HTTP/1.1",
    b"POST /\t HTTP/1.1", b"POST /v1/chat/completions http/1.1", b"POST v1/chat HTTP/1.1",
    b"POST /v1/chat/completions HTTP/2.0", b"POST\t/v1/chat/completions HTTP/1.1",
    b"POST /v1/chat/completions\x0bHTTP/1.1", b" POST /v1/chat/completions HTTP/1.1",
])  # fmt: skip
def test_first_lines_that_readers_may_differ_on_are_refused(sidecar, line):
    data = b"%b\r\nhost: here\r\n%b\r\n\r\n%b" % (line, LENGTH, BODY)
    answer, came = sidecar.passes(data)
    assert (status(answer), came) == (400, [])


@pytest.mark.parametrize("data", [
    request(CHAT, BODY).replace(b"\r\n", b"\n"), request(CHAT, BODY).replace(b"\r\n", b"\r"),
    request(CHAT, BODY).replace(b"host: here\r\n", b"host: here\n"),
    request(CHAT, chunked(BODY), CODED, version=b"1.0"),
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40,
    b"\x00" * 100, b"\xff\xfe" + BODY, BODY,
])  # fmt: skip
def test_what_is_no_request_is_refused(sidecar, data):
    answer, came = sidecar.passes(data)
    assert (status(answer), came) == (400, [])


def test_a_body_is_not_the_next_request(sidecar):
    """What stands in a body stays there, whoever else might read it as a request."""
    answer, came = sidecar.passes(
        request(CHAT, INNER, LENGTH.replace(b"%d" % len(BODY), b"%d" % len(INNER)))
    )
    assert (status(answer), came) == (400, [])
    body = json.dumps({"messages": [{"role": "user", "content": INNER.decode()}]}).encode()
    answer, came = sidecar.passes(request(CHAT, body))
    assert [one.json for one in came] == [json.loads(body)]


def test_a_request_that_sends_more_than_its_length_is_not_two(sidecar):
    answer, came = sidecar.passes(request(CHAT, BODY + b"junk", LENGTH, close=False))
    assert status(answer) == 200
    assert b"\r\n\r\n" in answer
    assert len(came) == 1


def test_pipelined_requests_are_guarded_one_by_one(sidecar):
    bodies = [BODY.replace(b"a ", b"no %d " % at) for at in range(6)]
    data = b"".join(request(CHAT, one, close=False) for one in bodies[:-1])
    answer, came = sidecar.passes(data + request(CHAT, bodies[-1]))
    assert answer.count(b"HTTP/1.1 200 OK") == 6
    texts = [one.json["messages"][0]["content"] for one in came]
    assert texts == [f"no {at} [gone] b" for at in range(6)]


def test_a_bad_request_behind_good_ones_goes_nowhere(sidecar):
    data = request(CHAT, BODY, close=False) + b"GARBAGE " + request(CHAT, BODY)
    answer, came = sidecar.passes(data)
    assert answer.count(b"HTTP/1.1 200 OK") == len(came) == 1


def test_leave_for_a_body_is_not_given_in_the_middle_of_an_answer(sidecar):
    data = request(CHAT, BODY, close=False) + request(CHAT, BODY, b"expect: 100-continue")
    answer, came = sidecar.passes(data)
    first, _, rest = answer.partition(b"\r\n\r\n")
    length = int(first.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert rest[length:].startswith((b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200", b"HTTP/1.1 200"))
    assert len(came) == 2
