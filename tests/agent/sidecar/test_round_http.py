"""Ways round the guard in HTTP itself: each is refused, or is no way round."""

from __future__ import annotations

import json

import pytest
from tests.agent.sidecar.around import PLANTED, SPEECHES, body_of, chunked, guarded, request, status

CHAT = "/v1/chat/completions"
BODY = json.dumps({"messages": [{"role": "user", "content": f"a {PLANTED} b"}]}).encode()
CODED = b"transfer-encoding: chunked"
each = pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory):
    with guarded(tmp_path_factory.mktemp("http")) as one:
        yield one
        assert one.upstream.came
        assert PLANTED.encode() not in one.upstream.text


def test_what_is_allowed_is_guarded(sidecar):
    answer, came = sidecar.passes(request(CHAT, BODY))
    assert status(answer) == 200
    assert came[0].json["messages"][0]["content"] == "a [gone] b"


# -- paths ----------------------------------------------------------------------------------


def spelt(path):
    """Other spellings of a path."""
    head, _, last = path.rpartition("/")
    yield from (path + "/", path + "//", "/" + path, f"{head}//{last}", f"{head}/./{last}")
    yield from (f"{head}/x/../{last}", f"/x/..{path}", f"{path}/.", f"{path}/x/..", f"{path};a=b")
    yield from (f"{path}%00", f"{path}%20", f"{path}%0a", f"{path}%3F", f"{path}%23", f"{path}#x")
    yield from (f"{head}/%2e/{last}", f"{head}%2f{last}", f"{head}/{last}%2f", f"{path}\\")
    yield from (f"/..{path}", f"{path}%252f", f"/%2e%2e{path}")
    if last:
        yield from (f"{head}/%{ord(last[0]):02x}{last[1:]}", f"{head}\\{last}", f"{head};/{last}")
    if last and not path.startswith("/predictions/"):  # where it is another model's name
        yield from (f"{path}.json", f"{path}~", f"{head}/{last.upper()}")
    if head:
        yield head.upper() + "/" + last


@each
def test_a_path_has_one_spelling(sidecar, speech):
    before = len(sidecar.upstream.came)
    for path in spelt(speech.path):
        got = status(sidecar.ask(path, body_of(speech)))
        assert got in (400, 404, 405), path
    assert len(sidecar.upstream.came) == before


@pytest.mark.parametrize(
    "path",
    [
        "/v1/embeddings", "/v1/batches", "/v1/files", "/v1/fine_tuning/jobs", "/v1/assistants",
        "/v1/threads/runs", "/v1/responses/compact", "/v1/messages/batches", "/v1/rerank",
        "/v1/audio/transcriptions", "/v1/images/generations", "/v1/moderations", "/v1/realtime",
        "/v1/conversations", "/v1/vector_stores", "/v1/messages/count_tokens", "/tokenize",
        "/detokenize", "/pooling", "/score", "/invocations", "/v1/load_lora_adapter", "/infill",
        "/completions", "/chat/completions", "/embedding", "/apply-template", "/slots", "/props",
        "/api/pull", "/api/push", "/api/create", "/api/delete", "/api/embed", "/api/copy",
        "/generate_batch", "/v2/repository/index", "/v2/models/m/load", "/models", "/metrics",
        "/explanations/m", "/v1/models/m:classify", "/v1/models/m:regress", "/openai/v1/x",
        "/v2/models/m/trace/setting", "/v2/systemsharedmemory/register", "/wfpredict/x",
        "/start_profile", "/sleep", "/collective_rpc", "/server_info", "/healthz", "/tokenward/",
    ],
)  # fmt: skip
def test_other_paths_are_not_served(sidecar, path):
    for method in (b"GET", b"POST", b"PUT", b"DELETE"):
        answer, came = sidecar.passes(request(path, BODY, method=method))
        assert status(answer) in (400, 404, 405), method
        assert came == []


@pytest.mark.parametrize(
    "path",
    [
        "/v2/models/a/b/infer", "/v2/models/a%2Fb/infer", "/v2/models/a%2fb/generate",
        "/v2/models/../infer", "/v2/models/..%2f..%2fv2/models/m/infer", "/v2/models/a%00/infer",
        "/v2/models/a b/infer", "/v2/models/a?x/infer", "/v2/models/%2e%2e/infer",
        "/v2/models//infer", "/v2/models/{model}/infer", "/v2/models/m/versions/1/2/infer",
        "/predictions/../v1/chat/completions", "/predictions/a/b/c", "/predictions/a%2f1",
        "/predictions/", "/v1/models/a/b:predict", "/v1/models/a%2fb:predict", "/v1/models/:predict",
        "/v1/models/a:predict:predict", "/v1/models/a:predict/", "/v1/models/..:predict",
    ],
)  # fmt: skip
def test_a_name_of_a_model_is_one_segment(sidecar, path):
    answer, came = sidecar.passes(request(path, {"inputs": [], "instances": ["x"]}))
    assert status(answer) in (400, 404, 405)
    assert came == []


@each
@pytest.mark.parametrize("query", ["?q=zanzibar", "?prompt=x", "?_method=PUT", "?stream=true"])
def test_a_query_is_no_way_round(sidecar, speech, query):
    answer, came = sidecar.passes(request(speech.path + query, body_of(speech)))
    assert status(answer) == 400
    assert came == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (CHAT + "?api-version=2024-10-21", 200),
        (CHAT + "?beta=true", 200),
        (CHAT + "?beta=zanzibar+x", 400),
        (CHAT + "?beta=true&beta=false", 400),
        (CHAT + "?beta=%7aanzibar", 400),
        (CHAT + "?beta=true&x=1", 400),
        (CHAT + "?beta=" + "x" * 99, 400),
        (CHAT + "?beta=true?x", 400),
        (CHAT + "?beta=true#x", 400),
        (CHAT + "?&", 400),
    ],
)
def test_a_query_has_plain_values_of_known_names(sidecar, target, expected):
    assert status(sidecar.ask(target, BODY)) == expected


@pytest.mark.parametrize(
    ("target", "host", "expected"),
    [
        (f"http://here{CHAT}", b"here", 200),
        (f"HTTP://HERE{CHAT}", b"here", 200),
        (f"http://here/..{CHAT}", b"here", 404),
        (f"http://here/{CHAT}", b"here", 404),
        (f"http://there{CHAT}", b"here", 421),
        (f"http://here:80{CHAT}", b"here", 421),
        (f"http://user@here{CHAT}", b"here", 421),
        (f"http://here@there{CHAT}", b"here", 421),
        (f"ftp://here{CHAT}", b"here", 421),
        (f"http://here{CHAT}?q=zanzibar", b"here", 400),
        ("http://here", b"here", 400),
        ("http://[here/", b"[here", 421),
        ("*", b"here", 421),
        ("here:443", b"here:443", 400),
        (f"//here{CHAT}", b"here", 404),
    ],
)
def test_targets_in_other_forms(sidecar, target, host, expected):
    answer, came = sidecar.passes(request(target, BODY, b"host: " + host))
    assert status(answer) == expected
    assert [one.target for one in came] == ([CHAT] if expected == 200 else [])


# -- methods --------------------------------------------------------------------------------


@each
@pytest.mark.parametrize(
    "method",
    [b"GET", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"QUERY", b"PROPFIND", b"SOURCE"],
)
def test_texts_come_by_post_only(sidecar, speech, method):
    answer, came = sidecar.passes(request(speech.path, body_of(speech), method=method))
    assert status(answer) in (400, 404, 405)
    assert came == []


@pytest.mark.parametrize("method", [b"CONNECT", b"PRI", b"post", b"POST,GET", b"FOO", b"\x00POST"])
def test_what_is_no_method_is_refused(sidecar, method):
    answer, came = sidecar.passes(request(CHAT, BODY, method=method))
    assert (status(answer), came) == (400, [])


@pytest.mark.parametrize(
    "header",
    [
        b"x-http-method-override: DELETE", b"x-http-method: PUT", b"x-method-override: GET",
        b"x-original-url: /v1/embeddings", b"x-rewrite-url: /admin", b"x-original-uri: /admin",
        b"X_HTTP_Method_Override: DELETE", b"transfer_encoding: chunked", b"Content_Length: 1",
        b"x-tokenward-subject: s", b"x_tokenward_policy: none", b"x-tokenward-continue: 1",
        b"te: trailers", b"trailer: content-length", b"proxy-authorization: x", b"keep-alive: 5",
        b"proxy-connection: keep-alive", b"http2-settings: x", b"accept-encoding: gzip",
        b"Accept_Encoding: gzip",
    ],
)  # fmt: skip
def test_headers_that_steer_do_not_go_on(sidecar, header):
    for path, body, method in ((CHAT, BODY, b"POST"), ("/v1/models", b"", b"GET")):
        answer, came = sidecar.passes(request(path, body, header, method=method))
        assert status(answer) == 200
        assert (came[0].method, came[0].target) == (method.decode(), path)
        name = header.partition(b":")[0].decode().lower()
        assert came[0].headers.get(name, "identity") == "identity"
        assert came[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("more", [b"x-a", b"close, X-A", b"x-b,, x-a ,", b"x-b\r\nconnection: x-a"])
def test_what_is_for_one_connection_stays_here(sidecar, more):
    headers = (b"connection: close", b"connection: " + more, b"x-a: 1", b"x-c: 2")
    answer, came = sidecar.passes(request(CHAT, BODY, *headers))
    assert status(answer) == 200
    assert "x-a" not in came[0].headers
    assert came[0].headers["x-c"] == "2"


@pytest.mark.parametrize(
    "name",
    [b"content-length", b"Content-Type", b"host", b"authorization", b"x-api-key", b"cookie",
     b"transfer-encoding", b"content-encoding", b"x-tokenward-policy", b"X-Tokenward-Session"],
)  # fmt: skip
def test_a_client_does_not_take_out_what_is_meant_for_all(sidecar, name):
    answer, came = sidecar.passes(request(CHAT, BODY, b"connection: close, " + name))
    assert (status(answer), came) == (400, [])


@pytest.mark.parametrize(
    "headers",
    [
        (b"content-type: application/json", b"content-type: text/plain"),
        (b"content-encoding: identity", b"content-encoding: gzip"),
        (b"authorization: a", b"authorization: b"),
        (b"x-api-key: a", b"x-api-key: b"),
        (b"x-tokenward-policy: round", b"x-tokenward-policy: other"),
        (b"host: here", b"host: there"),
        (b"expect: 100-continue", b"expect: x"),
    ],
)
def test_headers_that_come_once_come_once(sidecar, headers):
    answer, came = sidecar.passes(request(CHAT, BODY, *headers))
    assert (status(answer), came) == (400, [])


@pytest.mark.parametrize(
    "header",
    [b"host: evil.example", b"x-forwarded-host: evil", b"x-forwarded-for: 127.0.0.1",
     b"forwarded: host=evil", b"x-forwarded-proto: https"],
)  # fmt: skip
def test_who_a_client_says_it_is_changes_nothing(sidecar, header):
    answer, came = sidecar.passes(request(CHAT, BODY, header))
    assert status(answer) == 200
    assert came[0].headers["host"] in sidecar.upstream.url
    assert came[0].json["messages"][0]["content"] == "a [gone] b"


def test_a_policy_that_is_not_loaded_is_not_to_be_had(sidecar):
    for name in (b"monitor-only", b"none", b"../round.yaml", b"round "):
        got, came = sidecar.passes(request(CHAT, BODY, b"x-tokenward-policy: " + name))
        assert (status(got), len(came)) == ((200, 1) if name.strip() == b"round" else (400, 0))
    labels = {"tokenward_policy": "monitor-only"}
    body = {**json.loads(BODY), "metadata": labels}
    assert status(sidecar.ask(CHAT, body)) == 400


# -- other protocols, and what is not looked at ----------------------------------------------


@pytest.mark.parametrize("headers", [
    (b"upgrade: websocket", b"connection: upgrade", b"sec-websocket-key: x", b"sec-websocket-version: 13"),
    (b"upgrade: websocket",), (b"upgrade: h2c, websocket", b"connection: upgrade"),
    (b"upgrade: h2c", b"upgrade: websocket", b"connection: upgrade"),
    (b"upgrade: TLS/1.0", b"connection: upgrade"), (b"upgrade: connect-udp", b"connection: Upgrade"),
])  # fmt: skip
def test_other_protocols_are_not_spoken(sidecar, headers):
    for path in (CHAT, "/v1/realtime", "/v1/models"):
        answer, came = sidecar.passes(request(path, b"", *headers, method=b"GET"))
        assert (status(answer), came) == (400, [])


def test_an_offer_of_another_protocol_is_left_out(sidecar):
    offer = (
        b"upgrade: h2c",
        b"http2-settings: AAMAAABk",
        b"connection: upgrade, http2-settings, close",
    )
    answer, came = sidecar.passes(request(CHAT, BODY, *offer))
    assert status(answer) == 200
    assert not {"upgrade", "http2-settings", "connection"} & came[0].headers.keys()
    assert came[0].json["messages"][0]["content"] == "a [gone] b"


@pytest.fixture(scope="module")
def passing(tmp_path_factory):
    with guarded(tmp_path_factory.mktemp("passing"), pass_through=["/v1/emb*", "/x/*"]) as one:
        yield one


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/embeddings", 200), ("/x/a/b?q=1", 200), ("/x/a%20b", 200), ("/x/a/", 200),
        ("/v1/emb/../chat/completions", 404), ("/x/../v1/chat/completions", 404), ("/x/..", 404),
        ("/v1/emb/./../chat/completions", 404), ("/x/%2e%2e/v1/chat/completions", 404),
        ("/x/.%2E/v1/chat/completions", 404), ("/x/..%2fv1%2Fchat%2fcompletions", 404),
        ("/x/..\\v1", 404), ("/x/..%5cv1", 404), ("/x//v1/chat/completions", 404), ("/x/%252e%252e/v1", 404),
        ("/x/..;/v1/chat/completions", 404), ("/x/a%00", 404), ("/x/a%0d%0ab", 404), ("/x/%zz", 404),
        ("/x/.", 404), ("//x/a", 404), ("/x/a#b", 404),
    ],
)  # fmt: skip
def test_a_path_that_is_let_through_stays_where_it_is(passing, path, expected):
    answer, came = passing.passes(request(path, BODY))
    assert status(answer) == expected
    assert [one.target for one in came] == ([path] if expected == 200 else [])


def test_what_is_let_through_goes_as_it_came(passing):
    for header in (b"content-encoding: gzip", b"content-type: text/csv"):
        _, [came] = passing.passes(request("/x/a", b"\x1f\x8b", header))
        name, _, value = header.decode().partition(": ")
        assert (came.headers[name], came.body) == (value, b"\x1f\x8b")


@pytest.mark.parametrize("path", ["/v1/models", "/health", "/api/tags", "/v2/models/m"])
def test_what_is_relayed_brings_nothing_with_it(sidecar, path):
    for data, expected in (
        (request(path, b"", method=b"GET"), 200),
        (request(path, BODY, method=b"GET"), 400),
        (request(path, chunked(BODY), CODED, method=b"GET"), 400),
        (request(path + "?q=zanzibar", b"", method=b"GET"), 400),
        (request(path + "?limit=5", b"", method=b"GET"), 200),
        (request(path, b"", method=b"HEAD"), 405),
        (request(path, BODY), 405),
    ):
        answer, came = sidecar.passes(data)
        assert (status(answer), len(came)) == (expected, expected == 200)


@pytest.mark.parametrize(
    ("body", "expected"),
    [({"model": "m"}, 200), ({"name": "m", "verbose": True}, 200), ({"model": "m", "system": PLANTED}, 400),
     ({"model": "m", "template": "x"}, 400), (b"zanzibar", 400), ([PLANTED], 400)],
)  # fmt: skip
def test_ollama_is_asked_of_a_model_by_its_name_only(sidecar, body, expected):
    answer, came = sidecar.passes(request("/api/show", body))
    assert (status(answer), len(came)) == (expected, expected == 200)
