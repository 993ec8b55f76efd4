"""Anthropic's messages through the sidecar."""

from __future__ import annotations

import anthropic
import pytest
from tests.agent.messages import assemble, call, events, message, read, text
from tests.agent.upstream import Said, Upstream

MAIL = "#mail1234#"
STOP = "#stop1234#"
BODY = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": f"to {MAIL}"}]}
PATH = "/v1/messages"


@pytest.fixture
def upstream():
    """Answers with a text and a call, streamed where that is asked for."""
    blocks = [text(f"is {MAIL}"), call({"to": MAIL})]

    def answer(asked):
        if asked.json.get("stream"):
            return Said(pieces=list(events(*blocks, size=3, stop="tool_use")))
        return Said(message(*blocks, stop="tool_use"), headers={"request-id": "r1"})

    with Upstream(answer) as server:
        yield server


def test_a_whole_answer_is_guarded(serve, upstream):
    reply = serve(upstream.url).post(BODY, PATH, x_api_key="k", anthropic_version="2023-06-01")
    assert reply.json["content"] == [text("is <mail>"), call({"to": "<mail>"})]
    assert (reply.headers["x-tokenward-action"], reply.headers["request-id"]) == ("redact", "r1")
    asked = upstream.asked[0]
    assert asked.json["messages"][0]["content"] == "to <mail>"
    assert (asked.path, asked.headers["x-api-key"]) == (PATH, "k")
    assert asked.headers["anthropic-version"] == "2023-06-01"


def test_a_stream_is_guarded(serve, upstream):
    reply = serve(upstream.url).post({**BODY, "stream": True}, PATH)
    assert assemble(read(reply.body))["content"] == [text("is <mail>"), call({"to": "<mail>"})]
    assert reply.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("on_block", ["filter", "refusal", "error"])
def test_a_blocked_prompt_does_not_reach_the_model(serve, upstream, on_block):
    body = {**BODY, "messages": [{"role": "user", "content": STOP}]}
    reply = serve(upstream.url, on_block=on_block).post(body, PATH)
    if on_block == "error":
        assert (reply.status, reply.error["code"]) == (400, "content_filter")
        assert reply.headers["x-should-retry"] == "false"
    else:
        assert (reply.status, reply.json["stop_reason"]) == (200, "refusal")
        assert reply.json["stop_details"]["explanation"] == "Not that."
    assert upstream.asked == []


def test_errors_have_the_form_of_the_protocol(serve, upstream):
    reply = serve(upstream.url).post({"messages": []}, PATH)
    assert (reply.status, reply.json["type"]) == (400, "error")
    assert reply.error["type"] == "invalid_request_error"
    assert serve("http://127.0.0.1:9").post(BODY, PATH).error["type"] == "api_error"


def test_an_unchanged_client_streams_through(serve, upstream):
    with (
        anthropic.Anthropic(base_url=serve(upstream.url).url, api_key="k") as client,
        client.messages.stream(**BODY) as stream,
    ):
        whole = stream.get_final_message()
    assert [block.model_dump(exclude_none=True) for block in whole.content] == [
        text("is <mail>"),
        call({"to": "<mail>"}),
    ]


def test_a_call_beside_the_path_is_refused(serve, upstream):
    reply = serve(upstream.url).post(BODY, f"{PATH}/count_tokens")
    assert reply.status == 404
    assert upstream.asked == []
