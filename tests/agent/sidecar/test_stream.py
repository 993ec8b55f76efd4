"""Streams through the whole sidecar: a real client, a fake model server."""

from __future__ import annotations

import json
import time

import openai
import pytest

from tokenward.testing.echo import Answer, EchoUpstream

USAGE = {"stream_options": {"include_usage": True}}


@pytest.fixture
def stream(serve, ask):
    """Returns what a client gets of a streamed answer."""
    upstreams = []

    def get(answer, *policies, body=None, **settings):
        upstream = EchoUpstream(answer).start()
        upstreams.append(upstream)
        get.upstream = upstream
        return serve(upstream.url, *policies, **settings).post(body or ask(stream=True))

    yield get
    for upstream in upstreams:
        upstream.stop()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain words.", "Plain words."),
        ("Write to #mail1234# now", "Write to <mail> now"),
        ("Take #swap1234#.", "Take [gone]."),
        ("See #watch1234#.", "See #watch1234#."),
        ("Begin #mail12", "Begin #mail12"),
        ("#", "#"),
        ("", ""),
        ("\u4f60\u597d #mail1234# \U0001f600", "\u4f60\u597d <mail> \U0001f600"),
    ],
)
def test_texts_come_out_as_the_rules_say(stream, text, expected):
    reply = stream(Answer(text=text, chunk=3))
    assert reply.status == 200
    assert reply.text() == expected
    assert reply.finish() == ["stop"]
    assert reply.events[-1] == "[DONE]"


def test_plain_text_leaves_with_the_chunk_it_came_in(stream):
    reply = stream(Answer(pieces=["one ", "two ", "three"]))
    deltas = [event["choices"][0]["delta"].get("content") for event in reply.chunks]
    assert deltas == ["", "one ", "two ", "three", None]


def test_an_event_whose_text_is_held_is_not_sent(stream):
    reply = stream(Answer(pieces=["ok ", "#ma", "il12", "34#", "!"]))
    deltas = [event["choices"][0]["delta"].get("content") for event in reply.chunks]
    assert deltas == ["", "ok ", "<mail>", "!", None]


def test_what_was_held_leaves_before_the_finish(stream):
    reply = stream(Answer(pieces=["ok ", "#ma"]))
    choices = [event["choices"][0] for event in reply.chunks]
    assert choices[-2]["delta"] == {"content": "#ma"}
    assert choices[-1] == {"index": 0, "delta": {}, "finish_reason": "stop"}


def test_headers_say_what_is_known_at_the_start(stream):
    headers = stream("hi").headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert len(headers["x-tokenward-decision-id"]) == 36
    assert "x-tokenward-action" not in headers


def test_a_blocked_stream_keeps_what_left_and_ends_properly(stream):
    reply = stream(Answer(text="All is well #stop1234# and more"))
    assert reply.text() == "All is well Not that."
    assert reply.finish() == ["content_filter"]
    assert reply.events[-1] == "[DONE]"
    assert b"stop1234" not in reply.body


def test_a_block_as_a_refusal(stream):
    reply = stream(Answer(text="Well #stop1234# more"), on_block="refusal")
    assert (reply.text(), reply.text(key="refusal")) == ("Well ", "Not that.")
    assert reply.finish() == ["stop"]


def test_a_block_as_an_error_after_text_is_an_event(stream):
    reply = stream(Answer(text="Well #stop1234# more"), on_block="error")
    assert reply.status == 200
    assert reply.text() == "Well "
    assert reply.events[-1] == "[DONE]"
    assert reply.events[-2]["error"]["code"] == "content_filter"


def test_a_block_as_an_error_before_any_text_is_a_status(stream):
    reply = stream(Answer(text="#stop1234# more"), on_block="error")
    assert reply.status == 400
    assert reply.error["code"] == "content_filter"
    assert reply.headers["x-should-retry"] == "false"
    assert reply.headers["x-tokenward-action"] == "block"


def test_a_block_without_a_message_has_the_usual_one(stream, make_rule):
    rules = [make_rule("stop", ["output"], {"marks": "stop"}, "block")]
    reply = stream(Answer(text="#stop1234#"), {"name": "a", "rules": rules})
    assert reply.text() == "This answer was stopped by policy."


def test_the_upstream_is_let_go_when_all_is_blocked(stream):
    reply = stream(Answer(text="#stop1234#" + "x" * 4000, delay=0.005))
    assert reply.text() == "Not that."
    until = time.monotonic() + 3
    while not stream.upstream.left and time.monotonic() < until:
        time.sleep(0.02)
    assert stream.upstream.left == 1


def test_usage_follows_a_block_where_it_was_asked_for(stream, ask):
    body = ask(stream=True, **USAGE)
    usage = stream(Answer(text="Well #stop1234#"), body=body).chunks[-1]
    assert usage["choices"] == []
    assert usage["usage"]["estimated"] is True
    assert usage["usage"]["completion_tokens"] > 0


def test_usage_passes_where_it_was_asked_for(stream, ask):
    events = stream("four", body=ask(stream=True, **USAGE)).chunks
    assert events[-1]["usage"] == {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}


def test_each_choice_has_its_own_guard(stream, ask):
    reply = stream(Answer(text="a #mail1234# b"), body=ask(stream=True, n=2))
    assert [reply.text(0), reply.text(1)] == ["a <mail> b", "a <mail> b"]
    assert reply.finish(0) == reply.finish(1) == ["stop"]


def chunk(index, finish=None, **delta):
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    value = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(value).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def test_one_blocked_choice_does_not_end_the_other(stream, ask):
    raw = [
        chunk(0, role="assistant", content=""),
        chunk(1, role="assistant", content=""),
        chunk(0, content="bad #stop1234# never"),
        chunk(1, content="good "),
        chunk(0, content="nor this"),
        chunk(1, content="end"),
        chunk(0, "stop"),
        chunk(1, "stop"),
        DONE,
    ]
    reply = stream(Answer(raw=raw), body=ask(stream=True, n=2))
    assert (reply.text(0), reply.finish(0)) == ("bad Not that.", ["content_filter"])
    assert (reply.text(1), reply.finish(1)) == ("good end", ["stop"])
    assert b"never" not in reply.body
    assert b"nor this" not in reply.body


@pytest.mark.parametrize("key", ["reasoning", "reasoning_content", "refusal", "thoughts"])
def test_every_text_of_a_delta_is_a_channel(stream, key):
    raw = [
        chunk(0, role="assistant"),
        *(chunk(0, **{key: c}) for c in "so #mail1234# "),
        chunk(0, "stop"),
        DONE,
    ]
    reply = stream(Answer(raw=raw))
    assert reply.text(key=key) == "so <mail> "
    assert b"1234" not in reply.body


def test_channels_do_not_mix(stream):
    raw = [chunk(0, reasoning="#mail"), chunk(0, content="1234#"), chunk(0, "stop"), DONE]
    reply = stream(Answer(raw=raw))
    assert (reply.text(key="reasoning"), reply.text()) == ("#mail", "1234#")


def test_nested_parts_of_a_delta_are_channels(stream):
    raw = [
        chunk(0, details=[{"index": 0, "type": "summary", "text": "so #ma"}]),
        chunk(0, details=[{"index": 0, "type": "summary", "text": "il1234# x#"}]),
        chunk(0, "stop"),
        DONE,
    ]
    reply = stream(Answer(raw=raw))
    parts = [p for e in reply.chunks for p in e["choices"][0]["delta"].get("details", ())]
    assert "".join(part["text"] for part in parts) == "so <mail> x#"


PLANTED = "#mail1234#"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(text="a", extra={"note": f"x {PLANTED}"}),
        Answer(text="a", extra={f"k {PLANTED}": 1}),
        Answer(text="a", extra={"deep": [{"er": [PLANTED]}]}),
        Answer(text="a", extra={"system_fingerprint": PLANTED}),
        Answer(text="a", extra_choice={"stop_reason": PLANTED}),
        Answer(text="a", extra_choice={"matched": {"text": PLANTED}}),
        Answer(text="a", extra_choice={"logprobs": {"content": [{"token": PLANTED}]}}),
        Answer(text="a", extra_choice={"token_ids": [1, 2]}),
        Answer(text="a", extra={"prompt_token_ids": [1], "prompt_logprobs": [PLANTED]}),
        Answer(text="a", extra_delta={"annotations": [{"url_citation": {"title": PLANTED}}]}),
        Answer(text="a", extra_delta={"audio": {"transcript": PLANTED}}),
        Answer(text="a", extra_delta={"name": PLANTED}),
        Answer(text="a", tool_calls=[("send", json.dumps({"to": PLANTED}))]),
        Answer(text="a", tool_calls=[("send", json.dumps({PLANTED: 1}))]),
        Answer(text="a", tool_calls=[("send", f"no json {PLANTED}")]),
        Answer(text="a", tool_calls=[(f"na me {PLANTED}", "{}")]),
        Answer(text="a", reasoning=PLANTED),
        Answer(text="a", refusal=PLANTED),
        Answer(text="a", finish=f"because {PLANTED}"),
        Answer(raw=[b'data: {"error": {"message": "x #mail1234# y"}}\n\n', DONE]),
        Answer(raw=[b": #mail1234#\n\n", chunk(0, "stop"), DONE]),
        Answer(raw=[b"event: #mail1234#\nid: #mail1234#\n", chunk(0, "stop"), DONE]),
        Answer(
            raw=[
                b'data: {"choices":[{"index":0,"delta":{"content":"#mail1234#","content":"b"}}]}\n\n',
                chunk(0, "stop"),
                DONE,
            ]
        ),
        Answer(
            raw=[
                b'data: {"choices":[{"index":0,"delta":{"content":"#m\\u0061il1234#"}}]}\n\n',
                chunk(0, "stop"),
                DONE,
            ]
        ),
    ],
)
def test_nothing_planted_reaches_the_client_anywhere(stream, answer):
    reply = stream(answer)
    assert b"mail1234" not in reply.body
    assert b"token_ids" not in reply.body
    assert reply.whole


def test_logprobs_pass_where_nothing_can_be_edited(stream, make_rule):
    watching = {"name": "w", "rules": [make_rule("look", ["output"], {"marks": "mail"}, "flag")]}
    answer = Answer(text="a", extra_choice={"logprobs": {"content": [{"token": "a"}]}})
    reply = stream(answer, watching)
    assert reply.chunks[1]["choices"][0]["logprobs"] == {"content": [{"token": "a"}]}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("one_write", [False, True])
def test_line_ends_and_joined_events(stream, newline, one_write):
    reply = stream(Answer(text="to #mail1234# ok", newline=newline, one_write=one_write))
    assert reply.text() == "to <mail> ok"


def test_one_byte_at_a_time(stream):
    data = chunk(0, content="\u00fc #mail1234#") + b": ping\n\n" + chunk(0, "stop") + DONE
    reply = stream(Answer(raw=[bytes([byte]) for byte in data]))
    assert reply.text() == "\u00fc <mail>"
    assert ": ping" in reply.events


def test_half_surrogates_do_not_end_an_answer(stream):
    raw = [
        b'data: {"choices":[{"index":0,"delta":{"content":"a\\ud83d"}}]}\n\n',
        chunk(0, "stop"),
        DONE,
    ]
    assert stream(Answer(raw=raw)).text() == "a\ufffd"


def test_an_end_without_done_is_accepted_after_a_finish(stream):
    reply = stream(Answer(text="all said #ma", done=False))
    assert reply.text() == "all said #ma"
    assert reply.whole
    assert reply.events[-1] == "[DONE]"


def test_usage_on_the_finish_chunk_passes(stream):
    last = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}\n\n'
    reply = stream(Answer(raw=[chunk(0, content="x"), last]))
    assert reply.chunks[-1]["usage"]["total_tokens"] == 3


def test_text_after_the_finish_is_not_passed_on(stream):
    raw = [chunk(0, content="a"), chunk(0, "stop"), chunk(0, content="#mail1234#"), DONE]
    reply = stream(Answer(raw=raw))
    assert reply.text() == "a"


def test_rules_that_wait_for_a_thread_keep_the_order(stream, slow_policy):
    reply = stream(Answer(text="First one. Second #mail1234#. Third"), slow_policy)
    assert reply.text() == "First one. Second <mail>. Third"
    assert reply.finish() == ["stop"]


def test_a_classifier_in_a_thread_blocks(stream, slow_policy):
    reply = stream(Answer(text="First one. You rude man. Third."), slow_policy)
    assert reply.text() == "First one. Be civil."
    assert reply.finish() == ["content_filter"]


def test_a_classifier_that_only_watches_is_recorded_and_holds_nothing(stream, make_rule):
    rules = [make_rule("look", ["output"], {"slow": "rude"}, "block", mode="monitor")]
    reply = stream(Answer(pieces=["You are ", "rude. ", "So"]), {"name": "w", "rules": rules})
    deltas = [event["choices"][0]["delta"].get("content") for event in reply.chunks]
    assert deltas == ["", "You are ", "rude. ", "So", None]


def test_a_blocked_request_is_streamed_where_a_stream_was_asked_for(stream, ask):
    body = ask("do #stop1234#", stream=True, **USAGE)
    reply = stream("never", body=body)
    assert (reply.text(), reply.finish()) == ("Not that.", ["content_filter"])
    assert reply.events[-2]["usage"]["total_tokens"] == 0
    assert stream.upstream.requests == []


CALLS = [("first", '{"x": "#toolstop1234#"}'), ("second", '{"y": [1, "#mail1234#"]}')]


def calls_of(reply):
    return [
        (call["index"], call["function"]["name"], json.loads(call["function"]["arguments"]))
        for event in reply.chunks
        for call in event["choices"][0]["delta"].get("tool_calls", ())
    ]


def test_a_blocked_call_is_dropped_and_the_others_are_renumbered(stream):
    reply = stream(Answer(text="I will.", tool_calls=CALLS, chunk=3))
    assert calls_of(reply) == [(0, "second", {"y": [1, "<mail>"]})]
    assert (reply.text(), reply.finish()) == ("I will.", ["tool_calls"])
    assert b"toolstop1234" not in reply.body


def test_calls_that_are_all_blocked_are_a_block(stream):
    reply = stream(Answer(tool_calls=CALLS[:1]))
    assert (calls_of(reply), reply.text()) == ([], "No such call.")
    assert reply.finish() == ["content_filter"]


def test_one_blocked_call_is_an_error_where_blocks_are_errors(stream):
    reply = stream(Answer(tool_calls=CALLS), on_block="error")
    assert (reply.status, reply.error["code"]) == (400, "content_filter")


def test_numbers_in_arguments_are_texts_too(stream, make_rule):
    rules = [make_rule("r", ["tool_call"], {"digits": "long"}, {"redact": "tag"})]
    reply = stream(
        Answer(tool_calls=[("pay", '{"card": 4111111111111111, "sum": 7}')]),
        {"name": "d", "rules": rules},
    )
    assert calls_of(reply) == [(0, "pay", {"card": "<long>", "sum": 7})]


def test_calls_without_numbers_are_told_apart_by_their_ids(stream):
    raw = [
        chunk(0, tool_calls=[{"id": "a", "function": {"name": "f", "arguments": ""}}]),
        chunk(0, tool_calls=[{"function": {"arguments": "{}"}}]),
        chunk(0, tool_calls=[{"id": "b", "function": {"name": "g", "arguments": "[]"}}]),
        chunk(0, "tool_calls"),
        DONE,
    ]
    assert calls_of(stream(Answer(raw=raw))) == [(0, "f", {}), (1, "g", [])]


def test_the_old_function_call_is_held_too(stream):
    raw = [
        chunk(0, function_call={"name": "f", "arguments": '{"a": "#ma'}),
        chunk(0, function_call={"arguments": 'il1234#"}'}),
        chunk(0, "function_call"),
        DONE,
    ]
    reply = stream(Answer(raw=raw))
    calls = [
        d["function_call"]
        for e in reply.chunks
        if "function_call" in (d := e["choices"][0]["delta"])
    ]
    assert calls == [{"name": "f", "arguments": '{"a": "<mail>"}'}]


# -- the real client ------------------------------------------------------------------------


@pytest.fixture
def client(serve):
    made = []

    def make(answer, kind=openai.OpenAI, **settings):
        upstream = EchoUpstream(answer).start()
        base = serve(upstream.url, **settings).base
        made.append((kind(base_url=base, api_key="none", max_retries=0), upstream))
        return made[-1][0]

    yield make
    for api, upstream in made:
        if isinstance(api, openai.OpenAI):  # of the others a test has the loop
            api.close()
        upstream.stop()


SAY = [{"role": "user", "content": "hi"}]


def test_the_client_reads_a_stream(client):
    stream = client("Mail #mail1234# ok").chat.completions.create(
        model="m", messages=SAY, stream=True
    )
    assert "".join(c.choices[0].delta.content or "" for c in stream) == "Mail <mail> ok"


async def test_the_async_client_reads_a_stream(client):
    api = client("Mail #mail1234# ok", openai.AsyncOpenAI)
    stream = await api.chat.completions.create(model="m", messages=SAY, stream=True)
    pieces = [c.choices[0].delta.content or "" async for c in stream]
    await api.close()
    assert "".join(pieces) == "Mail <mail> ok"


def test_the_client_sees_a_block(client):
    stream = client("Well #stop1234#").chat.completions.create(model="m", messages=SAY, stream=True)
    chunks = list(stream)
    assert chunks[-1].choices[0].finish_reason == "content_filter"


def test_the_clients_helper_takes_a_refusal(client):
    api = client("Well #stop1234#", on_block="refusal")
    with api.chat.completions.stream(model="m", messages=SAY) as stream:
        message = stream.get_final_completion().choices[0].message
    assert message.refusal == "Not that."


def test_the_client_raises_for_an_error(client):
    api = client("#stop1234#", on_block="error")
    with pytest.raises(openai.BadRequestError) as caught:
        api.chat.completions.create(model="m", messages=SAY, stream=True)
    assert caught.value.code == "content_filter"


def test_the_clients_helper_puts_tool_calls_together(client):
    calls = [("look", '{"q": "#mail1234#"}'), ("say", '{"what": "x"}')]
    api = client(Answer(text="I will", tool_calls=calls))
    with api.chat.completions.stream(model="m", messages=SAY) as stream:
        choice = stream.get_final_completion().choices[0]
    got = [(c.id, c.function.name, c.function.arguments) for c in choice.message.tool_calls]
    assert got == [("call_0", "look", '{"q": "<mail>"}'), ("call_1", "say", '{"what": "x"}')]
    assert choice.finish_reason == "tool_calls"


def test_completions_stream(client):
    stream = client("Mail #mail1234# ok").completions.create(model="m", prompt="hi", stream=True)
    assert "".join(c.choices[0].text for c in stream) == "Mail <mail> ok"


def test_completions_stream_is_blocked(client):
    stream = client("Mail #stop1234# ok").completions.create(model="m", prompt="hi", stream=True)
    choices = [c.choices[0] for c in stream]
    assert "".join(choice.text for choice in choices) == "Mail Not that."
    assert choices[-1].finish_reason == "content_filter"
