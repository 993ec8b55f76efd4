"""What the sidecar makes of a model server that fails."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time

import pytest

from tokenward.errors import UsageError
from tokenward.sidecar.upstream import Pool, Target
from tokenward.testing.echo import Answer, EchoUpstream

FINISH = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
TEXT = b'data: {"choices":[{"index":0,"delta":{"content":"so far "}}]}\n\n'


class Scripted:
    """A server that answers each connection with bytes, and may close it."""

    def __init__(self, *answers, context=None):
        self.answers, self.context, self.requests = list(answers), context, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http{'s' if context else ''}://localhost:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
            while data := client.recv(65536):
                while b"\r\n\r\n" not in data:
                    data += client.recv(65536)
                self.requests.append(data)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                client.sendall(answer)
                if answer.startswith(b"HTTP/1.1 200 OK\r\nconnection: close") or not answer:
                    break
        except OSError:
            pass  # the sidecar has gone, as many of these faults make it do
        client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def answer(body, kind=b"application/json", *headers):
    lines = [
        b"HTTP/1.1 200 OK",
        b"content-type: " + kind,
        b"content-length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join([*lines, b"", body])


GOOD = answer(b'{"choices":[{"index":0,"message":{"content":"good"}}]}')


def test_an_upstream_that_is_down_is_a_502(serve, ask):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    reply = serve(url).post(ask())
    assert (reply.status, reply.error["code"]) == (502, "upstream_unreachable")
    assert reply.error["type"] == "server_error"


def test_a_name_that_nobody_has_is_a_502(serve, ask):
    assert serve("http://nowhere.invalid").post(ask()).status == 502


@pytest.mark.parametrize("stream", [False, True])
def test_an_upstream_that_says_nothing_is_a_504(serve, ask, stream):
    with EchoUpstream(Answer(text="late", delay=3)) as upstream:
        reply = serve(upstream.url, upstream_timeout=0.2).post(ask(stream=stream))
        assert (reply.status, reply.error["code"]) == (504, "upstream_timeout")


def test_an_upstream_that_speaks_slowly_and_steadily_is_not_late(serve, ask):
    text = "slow and steady words " * 2
    with EchoUpstream(Answer(text=text, delay=0.12)) as upstream:
        reply = serve(upstream.url, upstream_timeout=0.5).post(ask(stream=True))
    assert (reply.text(), reply.whole) == (text, True)


def test_an_upstream_that_falls_silent_breaks_the_stream(serve, ask):
    with EchoUpstream(Answer(raw=[TEXT, FINISH[:10]], delay=0.3)) as upstream:
        reply = serve(upstream.url, upstream_timeout=0.4).post(ask(stream=True))
    assert reply.text() == "so far "
    assert not reply.whole


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n{",
        answer(b"not json"),
        answer(b"[]"),
        answer(b'"x"'),
        answer(b"{}"),
        answer(b'{"choices": 7}'),
        answer(b'{"choices": ["#mail1234#"]}'),
        answer(b'{"choices": [{"message": "#mail1234#"}]}'),
        answer(b"<html>#mail1234#</html>", b"text/html"),
        answer(b"#mail1234#", b"text/plain"),
        answer(b'{"choices":[]}', b"application/json", b"content-encoding: gzip"),
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)  # fmt: skip
def test_garbage_is_a_502_and_none_of_it_passes(serve, ask, data):
    with Scripted(data) as upstream:
        reply = serve(upstream.url, upstream_timeout=3.0).post(ask())
    assert (reply.status, reply.error["code"]) == (502, "bad_upstream")
    assert b"mail1234" not in reply.body


@pytest.mark.parametrize(
    "bad",
    [
        b"data: {\n\n",
        b"data: #mail1234#\n\n",
        b'data: "#mail1234#"\n\n',
        b'data: ["#mail1234#"]\n\n',
        b'data: {"choices": {"a": "#mail1234#"}}\n\n',
        b'data: {"choices": ["#mail1234#"]}\n\n',
        b'data: {"choices": [{"index": "#mail1234#", "delta": {}}]}\n\n',
        b'data: {"choices": [{"index": 7, "delta": {"content": "x"}}]}\n\n',
        b'data: {"choices": [{"index": 0, "delta": "#mail1234#"}]}\n\n',
        b'data: {"choices": [{"index": 0, "delta": {"tool_calls": ["x"]}}]}\n\n',
        b"data: \xff\xfe\n\n",
    ],
)
def test_garbage_in_a_stream_breaks_it_off(serve, ask, bad):
    with EchoUpstream(Answer(raw=[TEXT, bad, FINISH])) as upstream:
        reply = serve(upstream.url).post(ask(stream=True))
    assert reply.text() == "so far "
    assert not reply.whole
    assert b"mail1234" not in reply.body
    assert b"[DONE]" not in reply.body


@pytest.mark.parametrize(
    "raw",
    [
        [TEXT],
        [TEXT, FINISH[:-2]],
        [TEXT, b'data: {"choices":[{"index":0,"delta":{"content":"#ma"}}]}\n\n'],
        [],
    ],
)
def test_an_end_in_the_middle_is_mirrored(serve, ask, raw):
    with EchoUpstream(Answer(raw=raw)) as upstream:
        reply = serve(upstream.url).post(ask(stream=True))
    assert reply.text() == ("so far " if raw else "")
    assert not reply.whole
    assert b"#ma" not in reply.body


def test_a_lost_connection_is_mirrored(serve, ask):
    with EchoUpstream(Answer(text="abcdefgh", cut_after=2)) as upstream:
        reply = serve(upstream.url).post(ask(stream=True))
    assert reply.text() == "abcd"
    assert not reply.whole


def test_the_openai_client_sees_a_broken_stream(serve, ask):
    import openai

    with EchoUpstream(Answer(text="abcdefgh", cut_after=2)) as upstream:
        url = serve(upstream.url).base
        with openai.OpenAI(base_url=url, api_key="k", max_retries=0) as api:
            stream = api.chat.completions.create(**ask(stream=True))
            with pytest.raises(openai.APIError, match="ended in the middle"):
                list(stream)


def test_a_failure_of_the_guard_breaks_the_stream_off(serve, ask, broken_plan, monkeypatch):
    with EchoUpstream("some text") as upstream:
        sidecar = serve(upstream.url)

        def failing(*_args):
            raise RuntimeError("secret")

        monkeypatch.setattr("tokenward.wire.protocols.openai_choice.Choice.feed", failing)
        reply = sidecar.post(ask(stream=True))
    assert not reply.whole
    assert b"[DONE]" not in reply.body


def test_an_answer_of_the_other_kind_is_guarded_all_the_same(serve, ask):
    with EchoUpstream(
        Answer(body=b'{"choices":[{"index":0,"message":{"content":"#mail1234#"}}]}')
    ) as upstream:
        assert (
            serve(upstream.url).post(ask(stream=True)).json["choices"][0]["message"]["content"]
            == "<mail>"
        )
    with EchoUpstream(Answer(raw=[TEXT, FINISH])) as upstream:
        assert serve(upstream.url).post(ask()).text() == "so far "


def test_continue_answers_are_skipped(serve, ask):
    with Scripted(b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD) as upstream:
        assert serve(upstream.url).post(ask()).text() == "good"


def test_an_answer_that_ends_with_the_connection_is_whole(serve, ask):
    body = b'{"choices":[{"index":0,"message":{"content":"good"}}]}'
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n"
    with Scripted(head + body) as upstream:
        assert serve(upstream.url).post(ask()).text() == "good"


def test_a_connection_that_died_in_the_pool_is_replaced(serve, ask):
    with Scripted(GOOD, b"", GOOD) as upstream:
        sidecar = serve(upstream.url)
        assert sidecar.post(ask()).text() == "good"
        assert sidecar.post(ask()).text() == "good"
    assert len(upstream.requests) == 3


def test_a_fresh_connection_that_dies_is_not_tried_again(serve, ask):
    with Scripted(b"") as upstream:
        assert serve(upstream.url).post(ask()).status == 502
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x",
        "x:80",
        "http://",
        "http://a:x",
        "http://u:p@host",
        "http://host?q",
        "http://h:99999",
    ],
)
def test_urls_that_cannot_be_used_are_refused(url):
    with pytest.raises(UsageError, match="upstream"):
        Target.of(url)


def test_a_missing_file_of_authorities_is_refused():
    with pytest.raises(UsageError, match="upstream_ca: cannot read"):
        Pool(Target.of("https://x"), ca="/no/such/file")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Makes a certificate for localhost, of its own authority."""
    import subprocess

    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key,
         "-out", cert, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, str(cert)


def test_https_upstreams_are_verified(serve, ask, certificate):
    context, cert = certificate
    with Scripted(GOOD, context=context) as upstream:
        assert serve(upstream.url, upstream_ca=cert).post(ask()).text() == "good"
        assert serve(upstream.url).post(ask()).status == 502


def test_a_slow_answer_in_a_slow_clients_hands_is_not_late(serve, ask):
    """The silence of an upstream that is not read is not its own."""
    with EchoUpstream(Answer(text="word " * 200_000, chunk=1000)) as upstream:
        sidecar = serve(upstream.url, upstream_timeout=0.3)
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", int(sidecar.url.rpartition(":")[2])))
        body = json.dumps(ask(stream=True)).encode()
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        client.sendall(head + b"content-length: %d\r\n\r\n" % len(body) + body)
        time.sleep(1.0)
        received = b""
        while piece := client.recv(1 << 20):
            received += piece
        client.close()
    assert received.endswith(b"0\r\n\r\n")
