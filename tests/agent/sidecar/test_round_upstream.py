"""What a model server says to lead a client, or the sidecar itself, round the guard."""

from __future__ import annotations

import pytest
from tests.agent.sidecar.around import OK, PLANTED, body_of, guarded, json_answer, request, status
from tests.agent.wire.speeches import ANTHROPIC, OPENAI, choice, completion, message
from tests.agent.wire.speeches_prompts import OLLAMA_CHAT
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES, function_call, response
from tests.agent.wire.speeches_tensors import KSERVE, TENSORFLOW, TORCH_SERVE, TRITON

from tokenward.errors import UsageError
from tokenward.sidecar.redirects import checked_host, location_of
from tokenward.sidecar.upstream import Target
from tokenward.wire.request import Refusal

CHAT = OPENAI.path
GOOD = json_answer(OPENAI.whole(f"a {PLANTED} b"))
BODY = GOOD.partition(b"\r\n\r\n")[2]
LENGTH = b"content-length: %d\r\n" % len(BODY)


class Says:
    """Says what the test has it say."""

    def __init__(self):
        self.data = GOOD

    def __call__(self, path):
        return self.data


@pytest.fixture(scope="module")
def says():
    return Says()


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory, says):
    folder = tmp_path_factory.mktemp("upstream")
    hosts = ["models.example", "other.example:8443"]
    with guarded(folder, says, redirect_hosts=hosts, upstream_timeout=2) as one:
        yield one


def test_a_good_answer_is_guarded(sidecar, says):
    says.data = GOOD
    assert b"a [gone] b" in sidecar.ask(CHAT, body_of(OPENAI))


@pytest.mark.parametrize("data", [
    OK + LENGTH + b"transfer-encoding: chunked\r\n\r\n" + BODY,
    OK + LENGTH + LENGTH + b"\r\n" + BODY,
    OK + LENGTH + b"content-length: 3\r\n\r\n" + BODY,
    OK + b"content-length: 3, 3\r\n\r\n" + BODY,
    OK + b"content-length: +3\r\n\r\n" + BODY,
    OK + b"transfer-encoding: xchunked\r\nconnection: close\r\n\r\n" + BODY,
    OK + b"transfer-encoding: chunked, gzip\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    OK + b"transfer-encoding: gzip, chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    OK + b"transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    OK + b"transfer-encoding: chunked\r\n\r\n%x \r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    OK + b"transfer-encoding: chunked\r\n\r\n%x\n%b\n0\n\n" % (len(BODY), BODY),
    OK + b"content-encoding: gzip\r\n" + LENGTH + b"\r\n" + BODY,
    OK + b"content-encoding: gzip\r\ncontent-encoding: identity\r\n" + LENGTH + b"\r\n" + BODY,
    OK + b"a: b\r\n c: d\r\n" + LENGTH + b"\r\n" + BODY,
    OK + b"a: b\rc: d\r\n" + LENGTH + b"\r\n" + BODY,
    OK + b"a: b\nc: d\r\n" + LENGTH + b"\r\n" + BODY,
    OK + b"a : b\r\n" + LENGTH + b"\r\n" + BODY,
    OK + b"a: \x00\r\n" + LENGTH + b"\r\n" + BODY,
    GOOD.replace(b"\r\n", b"\n"),
    GOOD.replace(b"200 OK", b"2000 OK"), GOOD.replace(b"200 OK", b"20 OK"),
    GOOD.replace(b"HTTP/1.1", b"HTTP/2"), GOOD.replace(b"HTTP/1.1 ", b"ICY "),
    GOOD.replace(b"200 OK", b"200 O\rK"), GOOD.replace(b"HTTP/1.1 200", b"HTTP/1.1  200"),
    GOOD.replace(b"200 OK", b"204 No Content"), GOOD.replace(b"200 OK", b"304 Not Modified"),
    GOOD.replace(b"200 OK", b"206 Partial Content"), GOOD.replace(b"200 OK", b"300 Many"),
    GOOD.replace(b"200 OK", b"099 Early"),
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n" + BODY,
    b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + BODY,
    b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" * 50_000 + GOOD,
    OK + b"a: " + b"x" * 300_000 + b"\r\n" + LENGTH + b"\r\n" + BODY,
    b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"", b"\x16\x03\x01\x02\x00",
], ids=range(37))  # fmt: skip
def test_an_answer_that_readers_may_differ_on_is_an_error(sidecar, says, data):
    says.data = data or b"\r\n\r\n"
    answer = sidecar.ask(CHAT, body_of(OPENAI))
    assert status(answer) in (502, 504)
    assert PLANTED.encode() not in answer
    assert b"link:" not in answer


@pytest.mark.parametrize("code", [b"204 No Content", b"304 Not Modified"])
def test_an_answer_without_a_body_has_none(sidecar, says, code):
    says.data = b"HTTP/1.1 %b\r\netag: x\r\n\r\n%b" % (code, BODY)
    answer = sidecar.ask("/v1/models", b"", method=b"GET")
    assert answer.startswith(b"HTTP/1.1 %b\r\n" % code)
    assert answer.endswith(b"\r\n\r\n")
    assert b"content-length" not in answer


def test_early_hints_do_not_go_on(sidecar, says):
    says.data = b"HTTP/1.1 103 Early Hints\r\nlink: <zanzibar>\r\n\r\n" + GOOD
    answer = sidecar.ask(CHAT, body_of(OPENAI))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"link" not in answer


def test_a_second_answer_is_nobodys(sidecar, says):
    """What a model server says unasked is not the answer to the next request."""
    says.data = GOOD + json_answer(OPENAI.whole("for the next one"))
    for _ in range(4):
        answer = sidecar.ask(CHAT, body_of(OPENAI))
        assert status(answer) in (200, 502)
        assert b"for the next one" not in answer


FUNCTION = {"name": PLANTED, "arguments": "{}"}
MESSAGE = {"role": "assistant", "content": ""}


@pytest.mark.parametrize(
    ("speech", "said"),
    [
        (OPENAI, completion({"index": 0, "message": {**MESSAGE, "function_call": FUNCTION}})),
        (OPENAI, completion(choice("", tool_calls=[{"id": "c", "function": FUNCTION}]))),
        (ANTHROPIC, message({"type": "tool_use", "id": "c", "name": PLANTED, "input": {}})),
        (OPENAI_RESPONSES, response({**function_call("x"), "name": PLANTED})),
        (
            OLLAMA_CHAT,
            {"message": {**MESSAGE, "tool_calls": [{"function": FUNCTION}]}, "done": True},
        ),
        (TORCH_SERVE, {"name": PLANTED, "id": PLANTED, "type": PLANTED, "role": PLANTED}),
        (TENSORFLOW, {"predictions": [{"name": PLANTED, "id": PLANTED, "model": PLANTED}]}),
        (TRITON, {"model_name": "m", "text_output": "x", "name": PLANTED, "role": PLANTED}),
        (
            KSERVE,
            {"outputs": [{"name": "o", "datatype": "BYTES", "data": ["x"], "format": PLANTED}]},
        ),
        (OLLAMA_CHAT, {"message": {"role": PLANTED, "content": "x"}, "done": True}),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_a_key_that_is_called_like_a_name_holds_text_all_the_same(sidecar, says, speech, said):
    says.data = json_answer(said)
    answer = sidecar.ask(speech.path, body_of(speech))
    assert status(answer) == 200
    assert PLANTED.encode() not in answer


HEADERS = [
    b"x-tokenward-action: allow", b"x-tokenward-decision-id: 1", b'alt-svc: h2="evil:443"',
    b"refresh: 0; url=http://evil/", b"x-accel-redirect: /secret", b"x-sendfile: /etc/passwd",
    b"upgrade: h2c", b"connection: x-hop\r\nx-hop: zanzibar", b"proxy-authenticate: Basic",
    b"keep-alive: timeout=5", b"trailer: x",
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("path", [CHAT, "/v1/models"])
def test_headers_that_lead_elsewhere_do_not_come_back(sidecar, says, header, path):
    says.data = OK + header + b"\r\n" + LENGTH + b"\r\n" + BODY
    method, body = (b"POST", body_of(OPENAI)) if path == CHAT else (b"GET", b"")
    head = sidecar.ask(path, body, method=method).partition(b"\r\n\r\n")[0]
    assert status(head) == 200
    name, _, value = header.rpartition(b"\r\n")[2].partition(b": ")
    assert b"\r\n%b: %b" % (name, value) not in head


# -- redirects ------------------------------------------------------------------------------


def sends_to(place, code=307):
    return b"HTTP/1.1 %d Elsewhere\r\nlocation: %b\r\ncontent-length: 8\r\n\r\n%b" % (
        code, place, PLANTED.encode(),
    )  # fmt: skip


@pytest.mark.parametrize("path", [CHAT, "/v1/models"])
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (b"/v1/x", b"/v1/x"),
        (b"{upstream}/v1/x?a=b", b"/v1/x?a=b"),
        (b"https://models.example/v1/x", b"https://models.example/v1/x"),
        (b"https://other.example:8443/", b"https://other.example:8443/"),
        (b"http://evil.example/", None),
        (b"http://other.example/", None),
        (b"//evil.example/", None),
    ],
)
def test_a_redirect_leads_nowhere_but_where_it_may(sidecar, says, path, code, place, expected):
    says.data = sends_to(place.replace(b"{upstream}", sidecar.upstream.url.encode()), code)
    method, body = (b"POST", body_of(OPENAI)) if path == CHAT else (b"GET", b"")
    answer, came = sidecar.passes(request(path, body, method=method))
    assert len(came) == 1  # it is not followed
    assert PLANTED.encode() not in answer
    if expected is None:
        assert status(answer) == 502
        assert b"redirect_refused" in answer
        assert b"location" not in answer
    else:
        assert status(answer) == code
        assert b"location: %b\r\n" % expected in answer
        assert b"content-length: 0\r\n" in answer


@pytest.mark.parametrize("place", [b"/v1/zanzibar", b"/v1/x?q=zanzibar", b"/v1/%7aanzibar"])
def test_a_redirect_says_nothing_that_a_rule_takes_out(sidecar, says, place):
    says.data = sends_to(place)
    answer = sidecar.ask(CHAT, body_of(OPENAI))
    assert status(answer) == 502
    assert b"anzibar" not in answer


HOST = Target.of("http://gpu:8000/models/a/v1")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (b"/models/a/v1/x", b"/v1/x"), (b"/models/a", b"/"), (b"x", b"x"), (b"?a=b", b"?a=b"),
        (b"", None), (b"/v1/x", None), (b"/models/ab", None), (b"/models/a/../x", None),
        (b"/models/a//evil", None), (b"/models/a/%2e%2e/x", None), (b"..", None), (b"./x", None),
        (b"http://gpu:8000/models/a/v1/x#y", b"/v1/x#y"), (b"HTTP://GPU:8000/models/a/", b"/"),
        (b"//gpu:8000/models/a/v1", b"/v1"), (b"http://gpu/models/a/v1", None),
        (b"http://gpu:8001/models/a/v1", None), (b"http://me@gpu:8000/models/a/v1", None),
        (b"https://ok/x", b"https://ok/x"), (b"http://ok/", b"http://ok/"), (b"http://OK:80/", b"http://OK:80/"),
        (b"http://ok:81/", None), (b"http://ok@evil/", None), (b"http://ok.evil/", None),
        (b"https://in:8443/", b"https://in:8443/"), (b"https://in/", None), (b"//ok/", None),
        (b"ftp://ok/", None), (b"javascript:alert(1)", None), (b"data:text/html,x", None),
        (b"http:ok", None), (b"http:///ok", None), (b"\\\\evil", None), (b"/\\evil", None),
        (b"http://ok\\@evil/", None), (b"http://ok:99999/", None), (b"http://[::1", None),
        (b"http://ok /", None), (b"http://ok\t/", None), (b"\xc3\xa9", None), (b'/models/a/"x', None),
        (b"/models/a/<x>", None), (b"http://", None), (b"x:y", None), (b"http://ok/x\r\na: b", None),
    ],
)  # fmt: skip
def test_places_of_redirects(place, expected):
    headers = [(b"location", place)]
    if expected is None:
        with pytest.raises(Refusal, match="sent a redirect that") as refused:
            location_of(headers, HOST, ("ok", "in:8443"))
        assert refused.value.status == 502
    else:
        assert location_of(headers, HOST, ("ok", "in:8443")) == expected


def test_a_redirect_has_one_place():
    for headers in ([], [(b"location", b"/models/a/x"), (b"location", b"/models/a/y")]):
        with pytest.raises(Refusal, match="no proper Location"):
            location_of(headers, HOST, ())


@pytest.mark.parametrize(
    "text", ["", "a b", "http://a", "a/b", "a:b", "a:", "a:99999", "a:0", "*", "@a", "[::g]"]
)
def test_hosts_that_are_none_are_a_mistake(text):
    with pytest.raises(UsageError, match=r"redirect_hosts: cannot use .*; write HOST or HOST:PORT"):
        checked_host(text)


@pytest.mark.parametrize("text", ["a", "a.example:8443", "127.0.0.1:80", "[::1]:8080"])
def test_hosts(text):
    assert checked_host(text) == text


# -- what is recorded -----------------------------------------------------------------------


def test_what_was_refused_is_recorded(tmp_path):
    places = {CHAT: b"http://evil/", "/v1/models": b"http://evil/", "/api/chat": b"/x"}
    answers = {
        **{path: sends_to(place) for path, place in places.items()},
        "/generate": b"HTTP/2\r\n",
    }
    with guarded(tmp_path / "recorded", answers.__getitem__) as sidecar:
        for path in (CHAT, "/api/chat", "/generate"):
            sidecar.ask(path, {"messages": [{"role": "user", "content": "x"}], "inputs": "x"})
        for _ in range(15):
            sidecar.ask("/v1/models", b"", method=b"GET")
        assert sidecar.counted("redirect_refused", CHAT) == 1
        assert sidecar.counted("redirect_refused", "/v1/models") == 15
        assert sidecar.counted("redirected", "/api/chat") == 1
        records = sidecar.records()
    found = {}
    for one in records:
        key = one.route, one.labels["outcome"], one.labels["status"]
        found[key] = found.get(key, 0) + one.sample_weight
    assert found == {
        (CHAT, "redirect_refused", "502"): 1,
        ("/api/chat", "redirected", "307"): 1,
        ("/generate", "bad_upstream", "502"): 1,
        ("/v1/models", "redirect_refused", "502"): 15,
    }
    assert len(records) == 3 + 10 + 1  # a flood is told in a few rows
