"""Laws of a streamed answer, on the guard alone: no sockets."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.errors import UpstreamError
from tokenward.wire.protocols.openai import CHAT_COMPLETIONS, TEXT_COMPLETIONS
from tokenward.wire.request import Refusal, Request
from tokenward.wire.scan import drive_now

WORDS = [
    "so ",
    "#mail1234#",
    "#swap0000#",
    "#",
    "#ma",
    "\u4f60\u597d",
    "\U0001f600",
    " x",
    "\n",
    "#watch1111#",
]
TEXTS = st.lists(st.sampled_from([*WORDS, "#stop1234#"]), max_size=8).map("".join)
CUTS = st.lists(st.integers(0, 200), max_size=30)
DONE = b"data: [DONE]\n\n"


def cut(data, cuts):
    places = sorted({place % (len(data) + 1) for place in cuts})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


def ask_for(protocol, **more):
    body = {"messages": [{"role": "user", "content": "x"}], "prompt": "x", "stream": True, **more}
    return protocol.read(Request(b"POST", b"/", [], json.dumps(body).encode()))


def run(scanner, protocol, pieces, on_block="filter", **more):
    """Returns the bytes that a client gets, and the decision on the output."""
    scan = scanner()
    answer = protocol.stream(ask_for(protocol, **more), scan, on_block)
    out = b""
    for data in pieces:
        for frame in answer.frames(data):
            out += drive_now(answer.frame(frame))
    if not answer.ended:
        out += drive_now(answer.close()) or b"(broken)"
    answer.abandon()
    decisions = {one.stage: one for one in scan.decisions("id")}
    return out, decisions["output"]


def chunk(protocol, text, finish=None, key="content", index=0):
    inner = {"delta": {key: text}} if protocol is CHAT_COMPLETIONS else {"text": text}
    choice = {"index": index, **inner, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c", "choices": [choice]}).encode() + b"\n\n"


def text_of(protocol, out, key="content", index=0):
    got = ""
    for block in out.decode().split("\n\n"):
        if block.startswith("data: {"):
            for choice in json.loads(block[6:])["choices"]:
                if choice["index"] == index:
                    chat = protocol is CHAT_COMPLETIONS
                    got += (choice["delta"].get(key) if chat else choice["text"]) or ""
    return got


@pytest.mark.parametrize("protocol", [CHAT_COMPLETIONS, TEXT_COMPLETIONS], ids=lambda p: p.name)
@settings(deadline=None)
@given(text=TEXTS, cuts=CUTS, byte_cuts=CUTS)
def test_any_chunking_gives_the_same_text_and_decision(scanner, protocol, text, cuts, byte_cuts):
    once = [chunk(protocol, text), chunk(protocol, "", "stop"), DONE]
    events = [chunk(protocol, piece) for piece in cut(text, cuts)]
    data = b"".join([*events, chunk(protocol, "", "stop"), DONE])
    expected, decision = run(scanner, protocol, once)
    got, other = run(scanner, protocol, cut(data, byte_cuts))
    assert text_of(protocol, got) == text_of(protocol, expected)
    assert other.action == decision.action
    if not decision.blocked:  # what follows a block need not be seen
        assert other == decision


@settings(deadline=None)
@given(text=TEXTS)
def test_a_stream_and_a_whole_answer_say_the_same(scanner, text):
    protocol = CHAT_COMPLETIONS
    streamed, decision = run(
        scanner, protocol, [*(chunk(protocol, c) for c in text), chunk(protocol, "", "stop"), DONE]
    )
    scan = scanner()
    body = {"choices": [{"index": 0, "message": {"content": text}, "finish_reason": "stop"}]}
    steps = protocol.whole(ask_for(protocol), scan, "filter", json.dumps(body).encode())
    whole = json.loads(drive_now(steps).body)["choices"][0]
    got = text_of(protocol, streamed)
    if whole["finish_reason"] == "content_filter":
        assert got.endswith(whole["message"]["content"])
    else:
        assert got == whole["message"]["content"]
    assert [one.action for one in scan.decisions("id")] == [decision.action]


@settings(deadline=None)
@given(texts=st.tuples(TEXTS, TEXTS), order=st.lists(st.integers(0, 1), max_size=60))
def test_choices_and_channels_do_not_touch_each_other(scanner, texts, order):
    protocol = CHAT_COMPLETIONS
    waiting = [list(text) for text in texts]
    events = [chunk(protocol, waiting[i].pop(0), index=i) for i in order if waiting[i]]
    events += [chunk(protocol, "".join(rest), index=i) for i, rest in enumerate(waiting)]
    events += [chunk(protocol, "", "stop", index=i) for i in (0, 1)]
    out, _ = run(scanner, protocol, [*events, DONE], n=2)
    for index, text in enumerate(texts):
        alone, _ = run(
            scanner, protocol, [chunk(protocol, text), chunk(protocol, "", "stop"), DONE]
        )
        assert text_of(protocol, out, index=index) == text_of(protocol, alone)


PLANTED = "#mail1234#"
LEAF = st.sampled_from([PLANTED, f"a {PLANTED} b", "plain", "", 7, 1.5, None, True])
KEY = st.sampled_from(
    ["content", "text", "role", "id", "name", "type", "model", "tool_calls", "function", "arguments",
     "function_call", "delta", "message", "index", "logprobs", "audio", "annotations", "reasoning",
     "usage", "error", "token_ids", "finish_reason", PLANTED, "odd key"]
)  # fmt: skip
VALUE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=12,
)
DELTA = st.dictionaries(KEY, VALUE, max_size=4)
CHOICE = st.builds(
    lambda more, delta, finish: {**more, "index": 0, "delta": delta, "finish_reason": finish},
    st.dictionaries(KEY, VALUE, max_size=3),
    DELTA,
    st.sampled_from([None, None, "stop", PLANTED]),
)
EVENT = st.builds(
    lambda more, choices: {**more, "choices": choices},
    st.dictionaries(KEY, VALUE, max_size=3),
    st.lists(CHOICE, max_size=2),
)


@settings(max_examples=250, deadline=None)
@given(
    events=st.lists(EVENT, min_size=1, max_size=4),
    protocol=st.sampled_from([CHAT_COMPLETIONS, TEXT_COMPLETIONS]),
)
def test_whatever_shape_an_event_has_nothing_planted_comes_out(scanner, events, protocol):
    data = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
    out = b""
    try:
        out, _ = run(scanner, protocol, [*data, DONE])
    except UpstreamError:
        return  # refused: the stream is broken off
    assert b"mail1234" not in out


@settings(max_examples=250, deadline=None)
@given(event=EVENT, protocol=st.sampled_from([CHAT_COMPLETIONS, TEXT_COMPLETIONS]))
def test_whatever_shape_an_answer_has_nothing_planted_comes_out(scanner, event, protocol):
    for choice in event["choices"]:
        choice["message"] = choice.pop("delta")
    steps = protocol.whole(ask_for(protocol), scanner(), "filter", json.dumps(event).encode())
    try:
        body = drive_now(steps).body
    except UpstreamError:
        return
    assert b"mail1234" not in body


REQUEST = st.dictionaries(KEY.filter(lambda k: k not in ("index", "model")), VALUE, max_size=4)


@settings(max_examples=200, deadline=None)
@given(more=REQUEST, message=REQUEST)
def test_whatever_shape_a_request_has_nothing_planted_goes_on(scanner, more, message):
    body = {**more, "messages": [{**message, "role": "user"}]}
    request = Request(b"POST", b"/", [], json.dumps(body).encode())
    try:
        ask = CHAT_COMPLETIONS.read(request)
    except Refusal:
        return
    assert drive_now(ask.scan(scanner()))
    assert b"mail1234" not in ask.encoded()


def test_the_state_of_a_stream_does_not_grow(scanner):
    scan = scanner()
    answer = CHAT_COMPLETIONS.stream(ask_for(CHAT_COMPLETIONS), scan, "filter")
    event = {"id": "c", "note": "a text", "choices": [{"index": 0, "delta": {"content": "ab cd "}}]}
    data = b"data: " + json.dumps(event).encode() + b"\n\n"
    for _ in range(20_000):
        for frame in answer.frames(data):
            drive_now(answer.frame(frame))
    choice = answer._choices[0]
    assert sum(map(len, choice.spoken)) < 70_000
    assert len(choice._streams) == 1
    assert len(answer._beside.names) < 600
