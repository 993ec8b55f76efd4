"""What the sidecar passes on of HTTP: bytes, heads, errors, trailers, and ends that are none."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from contextlib import contextmanager
from random import Random
from urllib.parse import urlsplit

import anthropic
import ollama
import openai
import pytest
from tests.agent.wire.speeches import ANTHROPIC, COMPLETIONS, OPENAI, dumps
from tests.agent.wire.speeches_prompts import LLAMA_CPP, OLLAMA_CHAT, OLLAMA_GENERATE, TGI
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES
from tests.agent.wire.speeches_tensors import TORCH_SERVE, TRITON
from tests.agent.wire.spellings import Spelling, spelled_stream
from tests.agent.wire.test_protocols import SPEECHES, asked

BY_LINE = (OLLAMA_CHAT, OLLAMA_GENERATE)
EVENTS, LINES, JSON = b"text/event-stream", b"application/x-ndjson", b"application/json"
STREAMED = [one for one in SPEECHES if one.streams]
GENERATE_STREAM = "/v2/models/m/generate_stream"


class Told:
    """A model server that sends bytes, one piece a time, and sees when nobody listens."""

    def __init__(self, head: bytes, pieces=(), *, delay=0.0, ends=b"", then_wait=False):
        self.head, self.pieces, self.delay, self.ends = head, pieces, delay, ends
        self.then_wait = then_wait
        self.sent = self.connections = 0
        self.left = threading.Event()
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        client.settimeout(10)
        try:
            while self._asked(client):
                self._answer(client)
        except OSError:
            self.left.set()
        client.close()

    def _asked(self, client):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = client.recv(65536)
            if not piece:
                return False
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (
                int(line[15:])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ),
            0,
        )
        while len(body) < length:
            body += client.recv(65536)
        self.requests.append(data)
        return True

    def _answer(self, client):
        client.sendall(self.head)
        for piece in self.pieces:
            client.sendall(piece)
            self.sent += 1
            time.sleep(self.delay)
        if self.then_wait and not client.recv(1):
            raise OSError("the client went")
        client.sendall(self.ends)
        if not self.ends:
            client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


def head(kind, *more, status=b"200 OK"):
    lines = [b"HTTP/1.1 " + status, b"content-type: " + kind, *more]
    return b"\r\n".join([*lines, b"", b""])


CHUNKED = b"transfer-encoding: chunked"


def chunks(pieces):
    return [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]


def whole_answer(body, *more, kind=JSON, status=b"200 OK"):
    return head(kind, b"content-length: %d" % len(body), *more, status=status) + body


def kind_of(speech):
    return {TORCH_SERVE: b"text/plain"}.get(speech, LINES if speech in BY_LINE else EVENTS)


def target(speech):
    return GENERATE_STREAM if speech is TRITON else speech.path


def body_of(speech):
    body = asked(speech)
    return {**body, "stream": True} if speech in BY_LINE else body


def whole_body(speech):
    """A request for a whole answer; it has another path where that says whether it streams."""
    by_path = speech.name.startswith(("kserve", "tfserving", "tgi", "torchserve", "triton"))
    return {**asked(speech), **({} if by_path else {"stream": False})}


def whole_path(speech):
    return speech.path.replace("generate_stream", "generate")


def each(speeches=STREAMED):
    return pytest.mark.parametrize("speech", speeches, ids=lambda one: one.name)


def until(condition):
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


# -- bytes ------------------------------------------------------------------------------------


@each()
def test_an_untouched_stream_arrives_as_it_was_sent(serve, speech):
    for seed, (name, stream) in enumerate(speech.streams.items()):
        frames = stream(["so ", "#ma", "rk it", " is"])
        if speech is not TORCH_SERVE:
            frames = spelled_stream(frames, Random(seed), by_line=speech in BY_LINE, words=False)
        data = b"".join(frames)
        pieces = [data[at : at + 37] for at in range(0, len(data), 37)]
        with Told(head(kind_of(speech), CHUNKED), chunks(pieces), ends=b"0\r\n\r\n") as upstream:
            reply = serve(upstream.url).post(body_of(speech), target(speech))
        assert (reply.body, reply.whole) == (data, True), name


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.name)
def test_an_untouched_answer_arrives_as_it_was_sent(serve, speech):
    body = Spelling(Random(3)).of(json.dumps(speech.whole("it is")).encode())
    odd = (b"etag: x", b"x-note: #mail1234#", b"set-cookie: a=#mail1234#", b"x-request-id: r-1")
    with Told(whole_answer(body, *odd)) as upstream:
        reply = serve(upstream.url).post(whole_body(speech), whole_path(speech))
    assert reply.body == body
    assert reply.headers["content-length"] == str(len(body))
    assert reply.headers["x-request-id"] == "r-1"
    assert not {"etag", "x-note", "set-cookie"} & set(reply.headers)


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.name)
def test_a_touched_answer_has_the_right_length(serve, speech):
    body = dumps(speech.whole("it is #mail1234#"))
    with Told(whole_answer(body)) as upstream:
        reply = serve(upstream.url).post(whole_body(speech), whole_path(speech))
    assert reply.body == body.replace(b"#mail1234#", b"<mail>")
    assert reply.headers["content-length"] == str(len(reply.body))
    assert "content-encoding" not in reply.headers and "transfer-encoding" not in reply.headers


def test_a_request_goes_on_as_it_came(serve, ask):
    body = b'{ "model":"m", "x_n": 1.0,\n "messages": [ {"role":"user","content":"\\u00fc #mail1234#"} ], "x": 1e2 }'
    with Told(whole_answer(dumps(OPENAI.whole("so")))) as upstream:
        sidecar = serve(upstream.url)
        sidecar.post(body.replace(b"#mail1234#", b"so"), accept_encoding="gzip, br")
        sidecar.post(body)
    first, second = upstream.requests
    assert first.endswith(b"\r\n\r\n" + body.replace(b"#mail1234#", b"so"))
    edited = body.replace(b'"\\u00fc #mail1234#"', '"\u00fc <mail>"'.encode())
    assert second.endswith(b"\r\n\r\n" + edited)
    assert b"content-length: %d\r\n" % len(edited) in second
    assert b"accept-encoding: identity\r\n" in first and b"gzip" not in first


# -- trailers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models"])
@pytest.mark.parametrize("kind", [EVENTS, JSON])
def test_trailers_are_read_and_left_out(serve, ask, path, kind):
    """They come behind all text, when the head that could hold them has left."""
    stream = OPENAI.streams["content"](["so ", "it"])
    pieces = chunks(stream if kind == EVENTS else [dumps(OPENAI.whole("so it"))])
    trailers = b"0\r\nx-note: #mail1234#\r\nserver-timing: total;dur=3\r\n\r\n"
    with Told(head(kind, CHUNKED, b"trailer: x-note"), pieces, ends=trailers) as upstream:
        sidecar = serve(upstream.url)
        asked = 0
        # An answer ends for its reader before its trailers have come: an ask at once behind
        # it may be faster than they are. A connection they spoiled would never serve another.
        while asked < 2 or (upstream.connections == asked and asked < 20):
            asked += 1
            body = json.dumps(ask(stream=kind == EVENTS)).encode()
            asks = (b"POST", body) if "chat" in path else (b"GET", b"")
            got = sidecar.raw(raw_request(path, *asks, b"connection: close"))
            assert got.startswith(b"HTTP/1.1 200 OK")
            assert (
                b"x-note" not in got and b"mail1234" not in got and b"trailer:" not in got.lower()
            )
            assert got.endswith(b"0\r\n\r\n") or b"content-length" in got
        assert upstream.connections < asked  # one was read to its end, and used again


def raw_request(path, method, body, *more):
    lines = [b"%b %b HTTP/1.1" % (method, path.encode()), b"host: a", *more]
    lines += [b"content-type: application/json", b"content-length: %d" % len(body)] if body else []
    return b"\r\n".join([*lines, b"", body])


# -- errors of the model server -----------------------------------------------------------------

PAGE = b"<html><body><h1>503</h1> upstream #mail1234# is busy</body></html>"
HEADERS = (b"retry-after: 7", b"x-request-id: r-9", b"x-should-retry: true", b"x-note: #mail1234#")


@each(SPEECHES)
@pytest.mark.parametrize(
    "status", [b"400 Bad Request", b"404 Not Found", b"429 Too Many", b"503 Busy"]
)
def test_an_error_passes_with_its_status_and_what_a_client_needs(serve, speech, status):
    body = Spelling(Random(5), words=False).of(
        json.dumps(speech.error("no such #mail1234#")).encode()
    )
    with Told(whole_answer(body, *HEADERS, status=status)) as upstream:
        reply = serve(upstream.url).post(asked(speech), target(speech))
    assert reply.status == int(status[:3])
    assert reply.body == body.replace(b"#mail1234#", b"<mail>")
    assert [reply.headers[k] for k in ("retry-after", "x-request-id", "x-should-retry")] == [
        "7",
        "r-9",
        "true",
    ]
    assert "x-note" not in reply.headers


@each(SPEECHES)
@pytest.mark.parametrize(
    ("kind", "said"),
    [(b"text/html", "text/html; charset=utf-8"), (b"text/plain; charset=utf-8", "text/plain; charset=utf-8"),
     (b"application/json", "text/plain; charset=utf-8")],
)  # fmt: skip
def test_an_error_that_is_a_text_passes_too(serve, speech, kind, said):
    with Told(whole_answer(PAGE, kind=kind, status=b"503 Busy")) as upstream:
        reply = serve(upstream.url).post(asked(speech), target(speech))
    assert (reply.status, reply.headers["content-type"]) == (503, said)
    assert reply.body == PAGE.replace(b"#mail1234#", b"<mail>")


@each(SPEECHES)
@pytest.mark.parametrize(
    ("body", "more"),
    [(gzip.compress(PAGE), (b"content-encoding: gzip",)), (b"\xff\xfe#mail1234#", ()), (b"", ()),
     (b"#stop1234#", ()), (PAGE, (b"content-encoding: zstd",))],
    ids=["packed", "odd", "empty", "blocked", "said to be packed"],
)  # fmt: skip
def test_an_error_that_cannot_be_read_keeps_its_status(serve, speech, body, more):
    with Told(whole_answer(body, *more, kind=b"text/html", status=b"502 Bad")) as upstream:
        reply = serve(upstream.url).post(asked(speech), target(speech))
    assert reply.status == 502
    assert b"status 502" in reply.body and b"1234" not in reply.body
    assert json.loads(reply.body)


# -- clients that leave -------------------------------------------------------------------------


@contextmanager
def client_of(sidecar, path, body):
    parts = urlsplit(sidecar.url)
    data = json.dumps(body).encode()
    with socket.create_connection((parts.hostname, parts.port)) as client:
        client.sendall(raw_request(path, b"POST", data))
        yield client


@each([one for one in STREAMED if one is not TORCH_SERVE])
@pytest.mark.parametrize("resets", [False, True])
def test_a_client_that_leaves_a_stream_ends_it_at_once(serve, speech, resets):
    frames = next(iter(speech.streams.values()))(["so it is "] * 3000)
    with Told(head(kind_of(speech), CHUNKED), chunks(frames), delay=0.004) as upstream:
        sidecar = serve(upstream.url)
        with client_of(sidecar, target(speech), body_of(speech)) as client:
            got = b""
            while b"so it is" not in got:
                got += client.recv(65536)
            if resets:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        seen = upstream.sent
        assert upstream.left.wait(5)
        assert upstream.sent - seen < 100  # of 3000


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.name)
def test_a_client_that_leaves_before_a_whole_answer_ends_its_making(serve, speech):
    with Told(b"", then_wait=True) as upstream:
        sidecar = serve(upstream.url)
        with client_of(sidecar, whole_path(speech), whole_body(speech)):
            assert until(lambda: upstream.requests)
            assert not upstream.left.is_set()
        assert upstream.left.wait(5)
        sidecar.settle()
        assert not sidecar.sidecar.service.exchanges


# -- model servers that die in the middle -------------------------------------------------------

BROKEN = {
    OPENAI: b'"code":"bad_upstream"',
    COMPLETIONS: b'"code":"bad_upstream"',
    OPENAI_RESPONSES: b'"type":"response.failed"',
    ANTHROPIC: b'event: error\ndata: {"type":"error","error":{"type":"api_error"',
    OLLAMA_CHAT: b'{"error":"the upstream sent an answer that ended in the middle',
    OLLAMA_GENERATE: b'{"error":"the upstream sent an answer that ended in the middle',
    TGI: b'"error_type":"bad_upstream"',
    LLAMA_CPP: b'"code":"bad_upstream"',
    TRITON: b'{"error":"the upstream sent an answer that ended in the middle',
}
ENDS = (b"[DONE]", b"message_stop", b"response.completed", b'"done":true', b'"stop":true')


def dies(speech, **more):
    """A model server that dies in the middle of an answer, with a value that is not whole."""
    frames = next(iter(speech.streams.values()))(["so it is ", "#mail12", "never"])
    at = next(at for at, frame in enumerate(frames) if b"#mail12" in frame)
    return Told(
        head(kind_of(speech), CHUNKED), chunks([*frames[: at + 1], frames[at + 1][:9]]), **more
    )


@each(list(BROKEN))
def test_a_broken_stream_says_so_in_its_own_way_and_does_not_end(serve, speech):
    with dies(speech) as upstream:
        reply = serve(upstream.url).post(body_of(speech), target(speech))
    assert reply.status == 200 and not reply.whole
    assert b"so it is " in reply.body and b"#mail12" not in reply.body
    assert reply.body.count(BROKEN[speech]) == 1
    assert not any(end in reply.body for end in ENDS)


def test_a_broken_text_just_breaks(serve):
    with Told(head(b"text/plain", CHUNKED), chunks([b"so it is ", b"#mail12"])) as upstream:
        reply = serve(upstream.url).post(asked(TORCH_SERVE), TORCH_SERVE.path)
    assert (reply.body, reply.whole) == (b"so it is ", False)


SAY = [{"role": "user", "content": "x"}]


def heard(pieces, error):
    """What a client says before it raises this error."""
    got = []
    with pytest.raises(error, match="ended in the middle"):
        taken(pieces, got)
    return "".join(got)


def taken(pieces, got):
    """Takes all that comes, one by one."""
    for piece in pieces:
        got.append(piece)


def openai_client(base):
    return openai.OpenAI(base_url=base, api_key="k", max_retries=0)


def test_the_openai_client_raises_for_a_broken_stream(serve):
    with dies(OPENAI) as upstream, openai_client(serve(upstream.url).base) as api:
        stream = api.chat.completions.create(model="m", messages=SAY, stream=True)
        texts = (c.choices[0].delta.content or "" for c in stream)
        assert heard(texts, openai.APIError) == "so it is "


def test_the_responses_client_sees_a_failed_response(serve):
    with dies(OPENAI_RESPONSES) as upstream, openai_client(serve(upstream.url).base) as api:
        seen = []
        with pytest.raises(openai.APIError):  # the transport is broken, too
            taken(api.responses.create(model="m", input="x", stream=True), seen)
    assert seen[-1].type == "response.failed"
    assert "ended in the middle" in seen[-1].response.error.message


def test_the_anthropic_client_raises_for_a_broken_stream(serve):
    with dies(ANTHROPIC) as upstream:
        api = anthropic.Anthropic(base_url=serve(upstream.url).url, api_key="k", max_retries=0)
        events = api.messages.create(model="m", messages=SAY, max_tokens=9, stream=True)
        texts = (e.delta.text for e in events if e.type == "content_block_delta")
        assert heard(texts, anthropic.APIStatusError) == "so it is "
        api.close()


def test_the_ollama_client_raises_for_a_broken_stream(serve):
    with dies(OLLAMA_CHAT) as upstream:
        client = ollama.Client(host=serve(upstream.url).url)
        texts = (part.message.content for part in client.chat("m", SAY, stream=True))
        assert heard(texts, ollama.ResponseError) == "so it is "
        client.close()
