"""Whole answers through the whole sidecar."""

from __future__ import annotations

import json

import openai
import pytest
from openai import BaseModel  # the client's own models, for its parse helper

from tokenward.testing.echo import Answer, EchoUpstream

PLANTED = "#mail1234#"


@pytest.fixture
def whole(serve, ask):
    """Returns what a client gets of a whole answer."""
    upstreams = []

    def get(answer, *policies, body=None, path="/v1/chat/completions", **settings):
        get.upstream = EchoUpstream(answer).start()
        upstreams.append(get.upstream)
        return serve(get.upstream.url, *policies, **settings).post(body or ask(), path)

    yield get
    for upstream in upstreams:
        upstream.stop()


@pytest.mark.parametrize(
    ("text", "expected", "action"),
    [
        ("Plain words.", "Plain words.", "allow"),
        ("Write to #mail1234# now", "Write to <mail> now", "redact"),
        ("Take #swap1234#.", "Take [gone].", "replace"),
        ("See #watch1234#.", "See #watch1234#.", "allow"),
        ("Well #stop1234# and more", "Not that.", "block"),
    ],
)
def test_texts_come_out_as_the_rules_say(whole, text, expected, action):
    reply = whole(text)
    assert (reply.status, reply.text()) == (200, expected)
    assert reply.headers["x-tokenward-action"] == action
    assert len(reply.headers["x-tokenward-decision-id"]) == 36
    assert reply.finish() == ["content_filter" if action == "block" else "stop"]


def test_usage_stays_in_a_blocked_answer(whole):
    assert whole("#stop1234#").json["usage"]["total_tokens"] > 0


def test_a_block_as_a_refusal(whole):
    reply = whole("Well #stop1234#", on_block="refusal")
    message = reply.json["choices"][0]["message"]
    assert message == {"role": "assistant", "content": None, "refusal": "Not that."}
    assert reply.finish() == ["stop"]


def test_a_block_as_an_error(whole):
    reply = whole("Well #stop1234#", on_block="error")
    assert reply.status == 400
    assert reply.error == {
        "message": "Not that.",
        "type": "invalid_request_error",
        "param": None,
        "code": "content_filter",
    }
    assert reply.headers["x-should-retry"] == "false"
    assert reply.headers["x-tokenward-action"] == "block"


def test_a_blocked_choice_says_nothing_else(whole):
    answer = Answer(text="#stop1234#", reasoning="think", tool_calls=[("f", "{}")])
    message = whole(answer).json["choices"][0]["message"]
    assert message == {"role": "assistant", "content": "Not that."}


def test_each_choice_is_guarded(whole, ask):
    reply = whole("a #mail1234#", body=ask(n=2))
    assert [reply.text(0), reply.text(1)] == ["a <mail>", "a <mail>"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(text="a", extra={"note": f"x {PLANTED}"}),
        Answer(text="a", extra={f"k {PLANTED}": 1}),
        Answer(text="a", extra={"deep": [{"er": [PLANTED]}]}),
        Answer(text="a", extra={"system_fingerprint": PLANTED}),
        Answer(text="a", extra_choice={"stop_reason": PLANTED}),
        Answer(text="a", extra_choice={"logprobs": {"content": [{"token": PLANTED}]}}),
        Answer(text="a", extra={"prompt_logprobs": [PLANTED]}),
        Answer(text="a", extra_delta={"annotations": [{"url_citation": {"title": PLANTED}}]}),
        Answer(text="a", extra_delta={"content": [{"type": "text", "text": PLANTED}]}),
        Answer(text="a", reasoning=PLANTED),
        Answer(text="a", refusal=PLANTED),
        Answer(text="a", finish=f"because {PLANTED}"),
        Answer(text="a", tool_calls=[("send", json.dumps({"to": PLANTED}))]),
        Answer(text="a", extra_delta={"function_call": {"name": "f", "arguments": PLANTED}}),
        Answer(body=b'{"choices":[{"index":0,"message":{"content":"#mail1234#","content":"b"}}]}'),
        Answer(status=400, body=b'{"error": {"message": "your #mail1234# is wrong"}}'),
        Answer(status=500, body=b"<html>#mail1234#</html>"),
        Answer(status=429, body=b'"#mail1234#"', headers=[("x-note", PLANTED)]),
    ],
)
def test_nothing_planted_reaches_the_client_anywhere(whole, answer):
    reply = whole(answer)
    assert b"mail1234" not in reply.body
    assert not any("mail1234" in value for value in reply.headers.values())
    if answer.status != 500:  # that one is a page
        json.loads(reply.body)


def test_an_error_of_the_upstream_passes_with_its_status(whole):
    answer = Answer(status=429, body=b'{"error": {"message": "slow down", "code": 7}}')
    reply = whole(answer)
    assert (reply.status, reply.error) == (429, {"message": "slow down", "code": 7})


def test_headers_that_a_client_needs_pass(whole):
    headers = [("retry-after", "7"), ("x-ratelimit-remaining-tokens", "3"), ("x-other", "no")]
    reply = whole(Answer(status=429, body=b"{}", headers=headers))
    assert reply.headers["retry-after"] == "7"
    assert reply.headers["x-ratelimit-remaining-tokens"] == "3"
    assert "x-other" not in reply.headers


def test_unknown_fields_pass(whole):
    reply = whole(Answer(text="a", extra={"kv": {"hits": 3}}, extra_choice={"speed": 1.5}))
    assert reply.json["kv"] == {"hits": 3}
    assert reply.json["choices"][0]["speed"] == 1.5


def test_tool_arguments_keep_their_bytes_where_nothing_changed(whole):
    arguments = '{ "a" : 1.0, "b": [ "\\u00fc" ] }'
    calls = whole(Answer(tool_calls=[("f", arguments)])).json["choices"][0]["message"]["tool_calls"]
    assert calls[0]["function"]["arguments"] == arguments


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"to": "#mail1234#"}', {"to": "<mail>"}),
        ('{"#mail1234#": {"x": 1}}', {"<mail>": {"x": 1}}),
        ('{"a": "x", "a": "#mail1234#"}', {"a": "<mail>"}),
        ('{"a": "#mail1234#", "a": "x"}', {"a": "x"}),
        ('["#m\\u0061il1234#"]', ["<mail>"]),
        ('"#mail1234#"', "<mail>"),
    ],
)
def test_tool_arguments_stay_json(whole, arguments, expected):
    calls = whole(Answer(tool_calls=[("f", arguments)])).json["choices"][0]["message"]["tool_calls"]
    assert json.loads(calls[0]["function"]["arguments"]) == expected


def test_a_blocked_call_is_dropped_and_the_others_stay(whole):
    calls = [("a", '{"x": "#toolstop1234#"}'), ("b", "{}")]
    choice = whole(Answer(text="t", tool_calls=calls)).json["choices"][0]
    assert [call["function"]["name"] for call in choice["message"]["tool_calls"]] == ["b"]
    assert choice["finish_reason"] == "tool_calls"


def test_an_answer_whose_calls_are_all_blocked_is_blocked(whole):
    reply = whole(Answer(tool_calls=[("a", '{"x": "#toolstop1234#"}')]))
    assert (reply.text(), reply.finish()) == ("No such call.", ["content_filter"])
    assert "tool_calls" not in reply.json["choices"][0]["message"]


def test_completions_are_guarded(whole):
    reply = whole("to #mail1234#", body={"prompt": "x"}, path="/v1/completions")
    assert reply.json["choices"][0]["text"] == "to <mail>"


def test_completions_are_blocked(whole):
    reply = whole("to #stop1234#", body={"prompt": "x"}, path="/v1/completions")
    assert reply.json["choices"][0]["text"] == "Not that."
    assert reply.finish() == ["content_filter"]


def test_an_answer_waits_for_a_classifier_in_a_thread(whole, slow_policy):
    assert whole("You rude man.", slow_policy).text() == "Be civil."


def test_a_failed_detector_blocks_and_says_so(whole, make_rule):
    rules = [make_rule("r", ["output"], {"broken": "x"}, "block", message="Out of order.")]
    reply = whole("hello", {"name": "b", "rules": rules})
    assert reply.text() == "Out of order."
    assert reply.headers["x-tokenward-degraded"] == "broken"


def test_a_failed_detector_may_be_let_through_and_says_so(whole, make_rule):
    rules = [make_rule("r", ["output"], {"broken": "x"}, "block", on_error="allow")]
    reply = whole("hello", {"name": "b", "rules": rules})
    assert reply.text() == "hello"
    assert reply.headers["x-tokenward-degraded"] == "broken"


def test_a_failure_of_the_guard_itself_is_an_error(whole, broken_plan, caplog):
    broken_plan()
    reply = whole("hello")
    assert (reply.status, reply.error["code"]) == (500, "guard_failed")
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text + reply.body.decode()


# -- the real client ------------------------------------------------------------------------

SAY = [{"role": "user", "content": "hi"}]


class Colour(BaseModel):
    name: str


def test_the_client_reads_an_answer(whole, serve):
    with EchoUpstream("Mail #mail1234#") as upstream:
        url = serve(upstream.url).base
        with openai.OpenAI(base_url=url, api_key="none") as api:
            answer = api.chat.completions.create(model="m", messages=SAY)
    assert answer.choices[0].message.content == "Mail <mail>"


def test_the_clients_parse_takes_a_refusal(serve):
    with EchoUpstream("#stop1234#") as upstream:
        base = serve(upstream.url, on_block="refusal").base
        with openai.OpenAI(base_url=base, api_key="none") as api:
            answer = api.chat.completions.parse(model="m", messages=SAY, response_format=Colour)
    assert answer.choices[0].message.refusal == "Not that."


async def test_the_async_client_reads_an_answer(serve):
    with EchoUpstream("Mail #mail1234#") as upstream:
        async with openai.AsyncOpenAI(base_url=serve(upstream.url).base, api_key="none") as api:
            answer = await api.chat.completions.create(model="m", messages=SAY)
    assert answer.choices[0].message.content == "Mail <mail>"
