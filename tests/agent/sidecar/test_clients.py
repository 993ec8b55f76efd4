"""Real clients of other protocols than chat, against the sidecar before a scripted model server."""

from __future__ import annotations

import numpy as np
import ollama
import openai
import pytest
import tritonclient.http as triton
from tests.agent.sidecar.scripted import EVENTS, JSON, LINES, ScriptedUpstream
from tests.agent.wire.speeches import dumps
from tests.agent.wire.speeches_prompts import (
    ENDED,
    OLLAMA_CHAT,
    OLLAMA_GENERATE,
    ollama_call,
    replied,
)
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES, function_call, response
from tests.agent.wire.speeches_tensors import TRITON, inferred, tensor
from tests.agent.wire.test_ways import response_calls

PIECES = ["so #ma", "il1234# ", "x"]
BLOCKED = ["so ", "#stop1234# ", "x"]
ASKED = "I am #mail1234#."


@pytest.fixture
def script(serve):
    """Starts a model server that says something at a path, and a sidecar before it."""
    started = []

    def start(path, kind, pieces, *policies, also=None, **settings):
        upstream = ScriptedUpstream({path: (kind, pieces), **(also or {})})
        started.append(upstream)
        upstream.__enter__()
        return upstream, serve(upstream.url, *policies, **settings)

    yield start
    for upstream in started:
        upstream.__exit__()


@pytest.fixture
def ollamas():
    """Makes clients of ollama."""
    clients = []

    def make(sidecar):
        clients.append(ollama.Client(host=sidecar.url))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def chat(ollamas):
    def ask(sidecar, text=ASKED, **more):
        return ollamas(sidecar).chat("m", [{"role": "user", "content": text}], **more)

    return ask


@pytest.fixture
def responses():
    """Makes clients of OpenAI's responses."""
    clients = []

    def make(sidecar):
        clients.append(openai.OpenAI(base_url=sidecar.base, api_key="none", max_retries=0))
        return clients[-1].responses

    yield make
    for client in clients:
        client.close()


# -- ollama ---------------------------------------------------------------------------------


def test_ollama_chats(chat, script):
    upstream, sidecar = script("/api/chat", JSON, [dumps(OLLAMA_CHAT.whole("".join(PIECES)))])
    got = chat(sidecar)
    assert (got.message.content, got.done_reason, got.eval_count) == ("so <mail> x", "stop", 3)
    assert upstream.bodies[0]["messages"] == [{"role": "user", "content": "I am <mail>."}]


@pytest.mark.parametrize("name", ["content", "thinking"])
def test_ollama_streams_a_chat(chat, script, name):
    _, sidecar = script("/api/chat", LINES, OLLAMA_CHAT.streams[name](PIECES))
    parts = list(chat(sidecar, stream=True))
    assert "".join(getattr(part.message, name) or "" for part in parts) == "so <mail> x"
    assert [part.done for part in parts].count(True) == 1
    assert (parts[-1].done_reason, parts[-1].total_duration) == ("stop", 5000000)


def test_ollama_streams_a_text(ollamas, script):
    _, sidecar = script("/api/generate", LINES, OLLAMA_GENERATE.streams["response"](PIECES))
    parts = list(ollamas(sidecar).generate("m", ASKED, stream=True))
    assert "".join(part.response for part in parts) == "so <mail> x"


def test_ollama_calls_tools(chat, script):
    lines = [dumps({**replied("", tool_calls=[ollama_call(ASKED)]), "done": False}) + b"\n"]
    lines.append(dumps({**replied(""), **ENDED}) + b"\n")
    _, sidecar = script("/api/chat", LINES, lines)
    calls = [call for part in chat(sidecar, stream=True) for call in part.message.tool_calls or ()]
    assert [call.function.arguments for call in calls] == [{"a": ["I am <mail>."]}]


def test_ollama_is_told_of_a_block(chat, script):
    frames = OLLAMA_CHAT.streams["content"](BLOCKED)
    _, sidecar = script("/api/chat", LINES, frames)
    parts = list(chat(sidecar, stream=True))
    assert "".join(part.message.content for part in parts) == "so Not that."
    assert (parts[-1].done, parts[-1].done_reason) == (True, "content_filter")
    _, sidecar = script("/api/chat", LINES, frames, on_block="error")
    with pytest.raises(ollama.ResponseError, match="Not that"):
        list(chat(sidecar, stream=True))


@pytest.mark.parametrize("stream", [False, True])
def test_ollama_is_told_of_a_blocked_request(chat, script, stream):
    upstream, sidecar = script("/api/chat", LINES, [])
    got = chat(sidecar, "#stop1234#", stream=stream)
    parts = list(got) if stream else [got]
    assert "".join(part.message.content for part in parts) == "Not that."
    assert (parts[-1].done_reason, upstream.requests) == ("content_filter", [])


def test_ollama_asks_about_models(ollamas, script):
    tags = dumps({"models": [{"model": "m", "name": "m"}]})
    upstream, sidecar = script(
        "/api/tags", JSON, [tags], also={"/api/show": (JSON, [b'{"template":"t","model_info":{}}'])}
    )
    client = ollamas(sidecar)
    assert [one.model for one in client.list().models] == ["m"]
    assert client.show("m").template == "t"
    with pytest.raises(ollama.ResponseError, match="not guarded"):
        client.embed("m", "x")
    with pytest.raises(ollama.ResponseError, match="not guarded"):
        client.pull("m")
    assert [path for _, path, _ in upstream.requests] == ["/api/tags", "/api/show"]


# -- openai ---------------------------------------------------------------------------------


def test_openai_gets_a_response(responses, script):
    upstream, sidecar = script(
        "/v1/responses", JSON, [dumps(OPENAI_RESPONSES.whole("".join(PIECES)))]
    )
    got = responses(sidecar).create(model="m", input=ASKED, instructions=ASKED)
    assert (got.output_text, got.status) == ("so <mail> x", "completed")
    assert upstream.bodies[0] == {
        "model": "m",
        "input": "I am <mail>.",
        "instructions": "I am <mail>.",
    }


def test_openai_streams_a_response(responses, script):
    _, sidecar = script("/v1/responses", EVENTS, OPENAI_RESPONSES.streams["text"](PIECES))
    with responses(sidecar).stream(model="m", input=ASKED) as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(deltas) == final.output_text == "so <mail> x"
    assert final.usage.output_tokens == 2


def test_openai_gets_a_call(responses, script):
    _, sidecar = script("/v1/responses", EVENTS, response_calls(ASKED, "#toolstop1234#"))
    with responses(sidecar).stream(model="m", input="x") as stream:
        (call,) = stream.get_final_response().output
    assert call.arguments == '{"a":"I am <mail>."}'
    _, sidecar = script("/v1/responses", JSON, [dumps(response(function_call(ASKED)))])
    assert (
        responses(sidecar).create(model="m", input="x").output[0].arguments
        == '{"a":"I am <mail>."}'
    )


def test_openai_is_told_of_a_block(responses, script):
    frames = OPENAI_RESPONSES.streams["text"](BLOCKED)
    _, sidecar = script("/v1/responses", EVENTS, frames)
    *_, last = responses(sidecar).create(model="m", input="x", stream=True)
    assert (last.type, last.response.output_text) == ("response.incomplete", "so Not that.")
    assert last.response.incomplete_details.reason == "content_filter"
    _, sidecar = script("/v1/responses", EVENTS, frames, on_block="refusal")
    with responses(sidecar).stream(model="m", input="x") as stream:
        final = stream.get_final_response()
    assert (final.status, final.output[-1].content[0].refusal) == ("completed", "Not that.")
    _, sidecar = script("/v1/responses", EVENTS, frames, on_block="error")
    *_, last = responses(sidecar).create(model="m", input="x", stream=True)
    assert (last.type, last.code, last.message) == ("error", "content_filter", "Not that.")


@pytest.mark.parametrize("on_block", ["filter", "refusal"])
def test_openai_is_told_of_a_blocked_request(responses, script, on_block):
    _, sidecar = script("/v1/responses", JSON, [], on_block=on_block)
    got = responses(sidecar).create(model="m", input="#stop1234#")
    *_, last = responses(sidecar).create(model="m", input="#stop1234#", stream=True)
    for one in (got, last.response):
        part = one.output[0].content[0]
        assert (part.text if on_block == "filter" else part.refusal) == "Not that."
    _, sidecar = script("/v1/responses", JSON, [], on_block="error")
    with pytest.raises(openai.BadRequestError) as refused:
        responses(sidecar).create(model="m", input="#stop1234#", stream=True)
    assert refused.value.code == "content_filter"


def test_openai_cannot_reach_what_is_stored(responses, script):
    upstream, sidecar = script("/v1/responses", JSON, [])
    with pytest.raises(openai.NotFoundError, match="not guarded"):
        responses(sidecar).retrieve("resp_1")
    with pytest.raises(openai.NotFoundError, match="not guarded"):
        responses(sidecar).delete("resp_1")
    with pytest.raises(openai.BadRequestError, match="previous_response_id"):
        responses(sidecar).create(model="m", input="x", previous_response_id="resp_1")
    assert upstream.requests == []


# -- tritonclient ---------------------------------------------------------------------------


def infer(client, text, *, binary=False):
    given = triton.InferInput("text", [1], "BYTES")
    given.set_data_from_numpy(np.array([text], dtype=object), binary_data=binary)
    wanted = triton.InferRequestedOutput("text", binary_data=binary)
    return client.infer("m", [given], outputs=[wanted])


def test_tritonclient_infers(script):
    pieces = [dumps(inferred(tensor("so #mail1234# x")))]
    upstream, sidecar = script(
        "/v2/models/m/infer", JSON, pieces, also={"/v2/health/live": (JSON, [b""])}
    )
    client = triton.InferenceServerClient(sidecar.url.removeprefix("http://"))
    assert client.is_server_live()
    assert list(infer(client, ASKED).as_numpy("text")) == ["so <mail> x"]
    assert upstream.bodies[0]["inputs"][0]["data"] == ["I am <mail>."]
    with pytest.raises(triton.InferenceServerException, match="binary extension"):
        infer(client, ASKED, binary=True)
    client.close()


# -- without a client of their own ----------------------------------------------------------


def test_triton_generates(script):
    path = "/v2/models/m/versions/1/generate_stream"
    _, sidecar = script(path, EVENTS, TRITON.streams["text_output"](PIECES))
    reply = sidecar.post({"text_input": ASKED}, path)
    assert "".join(event["text_output"] for event in reply.chunks) == "so <mail> x"


def test_torchserve_takes_plain_text(script):
    upstream, sidecar = script("/predictions/m", "text/plain", [b"so #mail", b"1234# x"])
    reply = sidecar.post(ASKED.encode(), "/predictions/m", content_type="text/plain")
    assert (reply.body, reply.headers["content-type"]) == (
        b"so <mail> x",
        "text/plain; charset=utf-8",
    )
    assert upstream.requests[0][2] == b"I am <mail>."
    assert upstream.content_types == ["text/plain; charset=utf-8"]


def test_a_stream_of_lines_to_an_answer_of_events_does_not_pass(script):
    _, sidecar = script("/v1/chat/completions", LINES, OLLAMA_CHAT.streams["content"](PIECES))
    reply = sidecar.post(
        {"model": "m", "messages": [{"role": "user", "content": "x"}], "stream": True}
    )
    assert reply.status == 502
    assert b"mail1234" not in reply.body


@pytest.mark.parametrize(
    ("path", "kind", "frames", "body"),
    [
        ("/api/chat", LINES, OLLAMA_CHAT, {"messages": []}),
        ("/v1/responses", EVENTS, OPENAI_RESPONSES, {"input": "x", "stream": True}),
        ("/v2/models/m/generate_stream", EVENTS, TRITON, {"text_input": "x"}),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_rule_that_waits_for_a_classifier(script, slow_policy, path, kind, frames, body):
    pieces = ["All is #mail", "1234# well. ", "You are rude. ", "And more."]
    stream = next(iter(frames.streams.values()))
    _, sidecar = script(path, kind, stream(pieces), slow_policy)
    reply = sidecar.post(body, path)
    assert frames.heard(reply.body) == "All is <mail> well. Be civil."


def test_an_answer_that_breaks_off_is_broken_off(script):
    _, sidecar = script("/api/chat", LINES, OLLAMA_CHAT.streams["content"](PIECES)[:-1])
    reply = sidecar.post({"messages": []}, "/api/chat")
    assert not reply.whole
    assert OLLAMA_CHAT.heard(reply.body) == "so <mail> x"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", "/", 200),
        ("GET", "/", 405),
        ("GET", "/v2/models/m/ready", 200),
        ("POST", "/v2/models/m/ready", 405),
        ("GET", "/v1/models/org/m", 200),
        ("GET", "/v1/models/../responses/resp_1", 404),
        ("GET", "/v1/models/%2e%2e/responses/resp_1", 404),
        ("GET", "/v2/models/m/infer", 405),
        ("POST", "/v2/models/%2e%2e/infer", 404),
        ("POST", "/api/embed", 404),
        ("POST", "/infill", 404),
    ],
)
def test_only_what_is_about_models_is_relayed(script, method, path, status):
    said = (JSON, [b'{"ready":true}'])
    paths = (
        "/v2/models/m/ready",
        "/v1/models/org/m",
        "/v1/models/../responses/resp_1",
        "/api/embed",
    )
    upstream, sidecar = script("/", *said, also=dict.fromkeys(paths, said))
    body = b"{}" if method == "POST" else None
    assert sidecar.request(method, path, body, {}).status == status
    assert bool(upstream.requests) == (status == 200)
