"""The same policy over every protocol: the same texts planted, the same comes out."""

from __future__ import annotations

import contextlib
import json
import re
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.wire.speeches import ANTHROPIC, COMPLETIONS, OPENAI, dumps
from tests.agent.wire.speeches_prompts import LLAMA_CPP, OLLAMA_CHAT, OLLAMA_GENERATE, TGI
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES
from tests.agent.wire.speeches_tensors import KSERVE, TENSORFLOW, TORCH_SERVE, TRITON

from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy
from tokenward.errors import UpstreamError
from tokenward.policy.loader import load_mapping
from tokenward.wire.loaded import Loaded
from tokenward.wire.protocols.known import PROTOCOLS
from tokenward.wire.request import Refusal, Request
from tokenward.wire.scan import Scanner, drive_now

SPEECHES = (
    OPENAI,
    COMPLETIONS,
    OPENAI_RESPONSES,
    ANTHROPIC,
    OLLAMA_GENERATE,
    OLLAMA_CHAT,
    TGI,
    LLAMA_CPP,
    KSERVE,
    TRITON,
    TORCH_SERVE,
    TENSORFLOW,
)
STREAMED = [one for one in SPEECHES if one.streams]
FRAMED = [one for one in STREAMED if one is not TORCH_SERVE]
FILTER, REFUSAL, ERROR = "filter", "refusal", "error"
PLANTED = "so #mail1234# x"
CLEANED = "so <mail> x"


def fields(kind, speeches=SPEECHES):
    """One case a field of each protocol."""
    return [
        pytest.param(one, name, id=f"{one.name}-{name}")
        for one in speeches
        for name in getattr(one, kind)
    ]


def each(speeches=SPEECHES):
    return pytest.mark.parametrize("speech", speeches, ids=lambda one: one.name)


def a_request(speech, body, **headers):
    data = body if isinstance(body, bytes) else dumps(body)
    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request(b"POST", speech.path.encode(), named, data)


def some_ask(speech):
    return speech.protocol.read(a_request(speech, asked(speech)))


def asked(speech, text="x", **more):
    body = next(iter(speech.asks.values()))(text)
    if speech in (OPENAI, COMPLETIONS, ANTHROPIC, OPENAI_RESPONSES, LLAMA_CPP):
        more["stream"] = True
    return {**body, **more}


def whole(scan, speech, body, on_block=FILTER):
    data = body if isinstance(body, bytes) else dumps(body)
    return drive_now(speech.protocol.whole(some_ask(speech), scan, on_block, data))


def relay(scan, speech, pieces, on_block=FILTER):
    """Returns the stream's guard and the bytes that a client gets."""
    answer = speech.protocol.stream(some_ask(speech), scan, on_block)
    out = b""
    for data in pieces:
        for frame in answer.frames(data):
            out += drive_now(answer.frame(frame))
    if not answer.ended:
        ended = drive_now(answer.close())
        out += b"(broken)" if ended is None else ended
    answer.abandon()
    return answer, out


def decided(scan, stage="output"):
    """What was decided at a stage, without the places where it was found."""
    decision = next(one for one in scan.decisions("id") if one.stage == stage)
    return decision.action, [(rule.id, rule.count) for rule in decision.rules]


# -- requests -------------------------------------------------------------------------------


def test_every_protocol_is_spoken_here():
    assert [one.name for one in SPEECHES] == [one.name for one in PROTOCOLS]


@pytest.mark.parametrize(("speech", "name"), fields("asks"))
def test_a_value_in_any_field_of_a_request_is_taken_out(scanner, speech, name):
    ask = speech.protocol.read(a_request(speech, speech.asks[name](PLANTED)))
    scan = scanner()
    assert drive_now(ask.scan(scan))
    assert json.loads(ask.encoded()) == json.loads(dumps(speech.asks[name](CLEANED)))
    assert [decided(scan, stage) for stage in ask.texts][-1][0] in ("redact", "allow")
    assert [one.action for one in scan.decisions("id")].count("redact") == 1


@pytest.mark.parametrize(("speech", "name"), fields("asks"))
def test_a_block_in_any_field_of_a_request_ends_it(scanner, speech, name):
    ask = speech.protocol.read(a_request(speech, speech.asks[name]("so #stop1234# x")))
    scan = scanner()
    assert not drive_now(ask.scan(scan))
    assert scan.message == "Not that."


@pytest.mark.parametrize(("speech", "name"), fields("asks"))
def test_a_clean_request_goes_on_byte_for_byte(scanner, speech, name):
    body = json.dumps(speech.asks[name]("h\u00fc"), indent=1).encode()
    ask = speech.protocol.read(a_request(speech, body))
    speech.protocol.limit(ask, load_mapping({"name": "none", "rules": []}))
    assert drive_now(ask.scan(scanner()))
    assert ask.encoded() == body


@each()
def test_unknown_fields_of_a_request_are_looked_at_and_survive(scanner, speech):
    body = next(iter(speech.asks.values()))(PLANTED)
    if not isinstance(body, dict):
        pytest.fail("the first request of a protocol is an object")
    odd = {"custom": {"a": [1, None, PLANTED]}, "n_odd": 1.50}
    ask = speech.protocol.read(a_request(speech, {**body, **odd}))
    assert drive_now(ask.scan(scanner()))
    sent = json.loads(ask.encoded())
    assert (sent["custom"], sent["n_odd"]) == ({"a": [1, None, CLEANED]}, 1.5)


@each()
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"prompt": "a", "prompt": "#mail1234#", "messages": []}', "invalid_json"),
        (b'{"prompt": "\xff"}', "invalid_json"),
        (b'{"a": "\\u0000"}', "invalid_json"),
        (b"{", "invalid_json"),
    ],
)
def test_a_body_that_readers_may_read_differently_is_refused(speech, body, code):
    with pytest.raises(Refusal) as refused:
        speech.protocol.read(a_request(speech, body))
    assert refused.value.code == code


@each()
def test_what_is_no_json_or_compressed_is_refused(speech):
    body = next(iter(speech.asks.values()))("x")
    for more in ({"content-type": "application/xml"}, {"content-encoding": "gzip"}):
        with pytest.raises(Refusal) as refused:
            speech.protocol.read(a_request(speech, body, **more))
        assert refused.value.status == 415


LIMITED = {
    "name": "limited",
    "rules": [],
    "limits": {
        "temperature": {"max": 1},
        "top_p": {"max": 0.5},
        "max_tokens": {"max": 64},
        "stop": ["END"],
    },
}


@each([one for one in SPEECHES if one.knobs])
def test_limits_are_applied_to_the_protocols_own_parameters(speech):
    before, after = speech.knobs
    ask = speech.protocol.read(a_request(speech, before))
    speech.protocol.limit(ask, load_mapping(LIMITED))
    assert json.loads(ask.encoded()) == after
    assert ask.parameters["temperature"] == 1


@each([one for one in SPEECHES if one.knobs])
def test_limits_do_not_undo_what_was_taken_out(scanner, speech):
    """Texts are changed in their places: a list of stop strings that is written anew has others."""
    for name, build in speech.asks.items():
        ask = speech.protocol.read(a_request(speech, build(PLANTED)))
        assert drive_now(ask.scan(scanner()))
        speech.protocol.limit(ask, load_mapping(LIMITED))
        assert b"mail1234" not in ask.encoded(), name


@each([one for one in SPEECHES if one.knobs])
def test_a_limit_that_refuses_says_which_parameter(speech):
    before, _ = speech.knobs
    ask = speech.protocol.read(a_request(speech, before))
    limits = {"temperature": {"max": 1, "otherwise": "refuse"}}
    if speech is OLLAMA_GENERATE:  # it asks for nothing
        ask.body["options"] = {"temperature": 2.0}
    with pytest.raises(Refusal, match="temperature must be at most 1"):
        speech.protocol.limit(ask, load_mapping({**LIMITED, "limits": limits}))


# -- whole answers --------------------------------------------------------------------------


@pytest.mark.parametrize(("speech", "name"), fields("answers"))
def test_a_value_in_any_field_of_an_answer_is_taken_out(scanner, speech, name):
    scan = scanner()
    got = whole(scan, speech, speech.answers[name](PLANTED))
    assert got.status == 200
    assert b"mail1234" not in got.body
    assert json.loads(got.body.replace(b" ", b"")) == json.loads(
        dumps(speech.answers[name](CLEANED)).replace(b" ", b"")
    )
    assert [one.action for one in scan.decisions("id")].count("redact") == 1


@each()
def test_the_same_answer_gives_the_same_text_and_decision_everywhere(scanner, speech):
    scan = scanner()
    got = whole(scan, speech, speech.whole(f"{PLANTED} #watch1111# #swap0000#"))
    assert speech.read(json.loads(got.body)) == f"{CLEANED} #watch1111# [gone]"
    assert decided(scan) == ("replace", [("hide", 1), ("swap", 1), ("look", 1)])


@pytest.mark.parametrize(("speech", "name"), fields("answers"))
def test_a_clean_answer_passes_byte_for_byte(scanner, speech, name):
    body = speech.answers[name]("plain words")
    assert whole(scanner(), speech, dumps(body)).body == dumps(body)


@each()
@pytest.mark.parametrize("on_block", [FILTER, REFUSAL])
def test_a_blocked_answer_says_the_message_in_the_protocols_form(scanner, speech, on_block):
    scan = scanner()
    got = whole(scan, speech, speech.whole("so #stop1234# x"), on_block)
    assert got.status == 200
    assert b"Not that." in got.body
    assert b"stop1234" not in got.body
    assert b"so " not in got.body
    assert decided(scan) == ("block", [("stop", 1)])
    if on_block == FILTER:
        assert speech.read(json.loads(got.body)) == "Not that."


@each()
def test_a_blocked_answer_may_be_an_error(scanner, speech):
    got = whole(scanner(), speech, speech.whole("so #stop1234# x"), ERROR)
    assert got.status == 400
    assert b"Not that." in got.body
    assert b"content_filter" in got.body
    assert (b"x-should-retry", b"false") in got.headers


@each()
def test_an_error_of_the_model_server_is_guarded(scanner, speech):
    scan = scanner()
    got = drive_now(speech.protocol.failure(scan, 500, dumps(speech.error(PLANTED))))
    assert got.status == 500
    assert json.loads(got.body) == speech.error(CLEANED)
    got = drive_now(speech.protocol.failure(scan, 502, b"<html>#mail1234#"))
    assert (got.status, got.body) == (502, b"<html><mail>")
    got = drive_now(speech.protocol.failure(scan, 502, b"\xff#mail1234#"))
    assert b"502" in got.body
    assert b"mail1234" not in got.body


@each([one for one in SPEECHES if one is not TORCH_SERVE])
@pytest.mark.parametrize("body", [b"", b"so #mail1234#", b'{"a": ', b"[" * 100_000])
def test_an_answer_that_is_no_json_does_not_pass(scanner, speech, body):
    with pytest.raises(UpstreamError):
        whole(scanner(), speech, body)


# -- blocked requests -----------------------------------------------------------------------


@each()
@pytest.mark.parametrize("on_block", [FILTER, REFUSAL, ERROR])
def test_a_blocked_request_is_answered_in_the_protocols_form(speech, on_block):
    ask = some_ask(speech)
    got = speech.protocol.blocked(ask, "Not that.", on_block, "id")
    assert b"Not that." in got.body
    assert got.status == (400 if on_block == ERROR else 200)
    if on_block == FILTER and ask.stream:
        assert speech.heard(got.body) == "Not that."
        assert speech.filtered(got.body)
        ask.stream = False
        got = speech.protocol.blocked(ask, "Not that.", on_block, "id")
    if on_block == FILTER and got.body != b"Not that." and speech is not KSERVE:
        assert speech.read(json.loads(got.body)) == "Not that."


# -- streams --------------------------------------------------------------------------------


@pytest.mark.parametrize(("speech", "name"), fields("streams", STREAMED))
def test_a_stream_cut_anywhere_gives_the_same(scanner, speech, name):
    data = b"".join(speech.streams[name](["so #ma", "il1234#", " x \u4f60\u597d"]))
    scan = scanner()
    _, expected = relay(scan, speech, [data])
    assert speech.heard(expected) == f"{CLEANED} \u4f60\u597d"
    assert decided(scan) == ("redact", [("hide", 1)])
    for at in range(1, len(data)):
        _, out = relay(scanner(), speech, [data[:at], data[at:]])
        assert out == expected
    _, out = relay(scanner(), speech, [data[at : at + 1] for at in range(len(data))])
    assert out == expected


WORDS = [
    "so ",
    "#mail1234#",
    "#swap0000#",
    "#",
    "#ma",
    "\u4f60\u597d",
    "\U0001f600",
    "\n",
    "#watch1111#",
]
TEXTS = st.lists(st.sampled_from([*WORDS, "#stop1234#"]), min_size=1, max_size=8).map("".join)
CUTS = st.lists(st.integers(0, 200), max_size=20)


def cut(data, cuts):
    places = sorted({place % (len(data) + 1) for place in cuts})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


@pytest.mark.parametrize(("speech", "name"), fields("streams", STREAMED))
@settings(max_examples=40, deadline=None)
@given(text=TEXTS, cuts=CUTS, byte_cuts=CUTS)
def test_any_chunking_says_what_the_whole_answer_says(scanner, speech, name, text, cuts, byte_cuts):
    once, twice = scanner(), scanner()
    got = whole(once, speech, speech.whole(text))
    expected = speech.read(json.loads(got.body))
    data = b"".join(speech.streams[name](cut(text, cuts)))
    answer, out = relay(twice, speech, cut(data, byte_cuts))
    heard = speech.heard(out)
    assert heard.endswith(expected) if answer.cut else heard == expected
    assert decided(twice)[0] == decided(once)[0]
    assert b"mail1234" not in out and b"stop1234" not in out and b"swap0000" not in out
    if not answer.cut:
        assert decided(twice) == decided(once)


@pytest.mark.parametrize(("speech", "name"), fields("streams", STREAMED))
def test_a_clean_stream_passes_byte_for_byte(scanner, speech, name):
    frames = speech.streams[name](["so ", "it ", "is."])
    _, out = relay(scanner(), speech, frames)
    assert out == b"".join(frames)


@pytest.mark.parametrize(("speech", "name"), fields("streams", STREAMED))
def test_text_leaves_with_the_piece_it_came_in(scanner, speech, name):
    frames = speech.streams[name](["so ", "it ", "is."])
    answer = speech.protocol.stream(some_ask(speech), scanner(), FILTER)
    for data in frames:
        (frame,) = answer.frames(data)
        assert drive_now(answer.frame(frame)) == data


@pytest.mark.parametrize(("speech", "name"), fields("streams", STREAMED))
def test_a_blocked_stream_keeps_what_left_and_ends_as_the_protocol_does(scanner, speech, name):
    scan = scanner()
    frames = speech.streams[name](["so ", "it #stop1234# ", "more"])
    answer, out = relay(scan, speech, frames)
    assert answer.cut and answer.ended and answer.refused is None
    assert speech.heard(out) == "so it Not that."
    assert speech.filtered(out)
    assert b"stop1234" not in out
    assert decided(scan) == ("block", [("stop", 1)])


@pytest.mark.parametrize(("speech", "name"), fields("streams", FRAMED))
def test_a_block_as_an_error(scanner, speech, name):
    answer, out = relay(scanner(), speech, speech.streams[name](["#stop1234#", "x"]), ERROR)
    assert answer.refused is not None and answer.refused.status == 400
    answer, out = relay(scanner(), speech, speech.streams[name](["so ", "#stop1234#"]), ERROR)
    assert answer.refused is None
    assert b"so " in out and b"content_filter" in out and b"stop1234" not in out


@each([one for one in STREAMED if one.marks_end])
def test_a_stream_that_ends_in_the_middle_is_no_whole_one(scanner, speech):
    for name, stream in speech.streams.items():
        frames = stream(["so ", "it ", "is #mail1234#"])
        for end in range(len(frames) - 1 - (speech in (OPENAI, COMPLETIONS, ANTHROPIC))):
            _, out = relay(scanner(), speech, frames[:end])
            assert out.endswith(b"(broken)"), name
        _, out = relay(scanner(), speech, [b"".join(frames[:-1]), frames[-1][:-2]])
        assert b"mail1234" not in out


@each(FRAMED)
@pytest.mark.parametrize("junk", [b"not json", b'{"a": ', b"[1]", b'"#mail1234#"', b"12"])
def test_an_event_that_is_none_breaks_the_stream(scanner, speech, junk):
    framed = junk + b"\n" if speech in (OLLAMA_CHAT, OLLAMA_GENERATE) else b"data: %b\n\n" % junk
    with pytest.raises(UpstreamError):
        relay(scanner(), speech, [framed])


@each(FRAMED)
def test_unknown_fields_of_events_are_looked_at_and_survive(scanner, speech):
    frames = next(iter(speech.streams.values()))(["so ", "x"])
    places = (b'"model":"m"', b'"model_version":"1"', b'"index":0')
    place = next(one for one in places if one in b"".join(frames))
    odd = [one.replace(place, place + b',"odd":{"a":"#mail1234#","n":1}', 1) for one in frames]
    assert odd != frames
    _, out = relay(scanner(), speech, odd)
    assert out == b"".join(odd).replace(b"#mail1234#", b"<mail>")


@pytest.fixture(scope="module")
def restoring(registry):
    """Makes scanners of a policy that puts back what it took out of the request."""
    rules = [{"id": "back", "stage": ["input"], "detect": {"marks": "mail"},
              "action": {"redact": {"style": "tag", "restore": True}}}]  # fmt: skip
    policy = {"name": "back", "rules": rules}
    loaded = Loaded.of(Engine(compile_policy(find_policy(policy, registry), registry)))
    return lambda: Scanner(loaded)


@each()
def test_what_was_taken_out_of_a_request_comes_back_in_its_answer(restoring, speech):
    scan = restoring()
    ask = speech.protocol.read(a_request(speech, asked(speech, PLANTED)))
    assert drive_now(ask.scan(scan))
    sent = ask.encoded().decode()
    assert "mail1234" not in sent
    token = re.search(r"<[^<>]+>", sent)[0]
    got = whole(scan, speech, speech.whole(f"so {token} x"))
    assert speech.read(json.loads(got.body)) == PLANTED
    for key, stream in speech.streams.items():
        _, out = relay(scan, speech, stream([f"so {token[:3]}", token[3:], " x"]))
        signed = speech is ANTHROPIC and key == "thinking"  # it must go back as it came
        assert speech.heard(out) == (f"so {token} x" if signed else PLANTED)


@each(STREAMED)
def test_without_rules_everything_passes(registry, speech):
    loaded = Loaded.of(
        Engine(compile_policy(find_policy({"name": "n", "rules": []}, registry), registry))
    )
    for stream in speech.streams.values():
        frames = stream(["so #mail1234# ", "x"])
        assert relay(Scanner(loaded), speech, frames)[1] == b"".join(frames)


@each([one for one in STREAMED if one is not OPENAI_RESPONSES])
def test_the_state_of_a_stream_does_not_grow(scanner, speech):
    """The last events may say all again, but until then nothing of it is kept."""
    frames = next(iter(speech.streams.values()))(["so it is, and so it was, "] * 6_000)
    answer = speech.protocol.stream(some_ask(speech), scanner(), FILTER)

    def take(some):
        for data in some:
            for frame in answer.frames(data):
                drive_now(answer.frame(frame))

    take(frames[:3_000])  # as much as is kept for features
    tracemalloc.start()
    take(frames[3_000:5_900])
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 30_000


LEAF = st.sampled_from(["#mail1234#", "a #mail1234# b", "plain", "", 7, 1.5, None, True])
KEYS = st.sampled_from(
    ["content", "text", "role", "id", "name", "type", "model", "tool_calls", "function", "arguments",
     "message", "response", "token", "generated_text", "delta", "item", "part", "output", "logprobs",
     "done", "stop", "error", "data", "b64", "context", "text_output", "outputs", "predictions",
     "output_index", "details", "#mail1234#", "odd key"]
)  # fmt: skip
VALUES = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
TYPES = st.sampled_from(
    ["response.created", "response.output_item.added", "response.output_item.done", "response.completed",
     "response.output_text.delta", "response.output_text.done", "response.content_part.added",
     "response.function_call_arguments.delta", "response.new_thing", "error"]
)  # fmt: skip
EVENTS = st.builds(
    lambda more, kind, item: {**more, "type": kind, "output_index": 0, **item},
    st.dictionaries(KEYS, VALUES, max_size=5),
    TYPES,
    st.sampled_from(
        [
            {},
            {"item": {"type": "message", "id": "a"}},
            {"item": {"type": "function_call", "id": "a", "arguments": '{"a": "#mail1234#"}'}},
            {"response": {"id": "r", "output": []}},
            {"delta": "#mail1234#"},
        ]
    ),
)


@each([one for one in SPEECHES if one not in (OPENAI, COMPLETIONS, ANTHROPIC)])
@settings(max_examples=120, deadline=None)
@given(events=st.lists(EVENTS, min_size=1, max_size=5))
def test_whatever_shape_an_answer_has_nothing_planted_comes_out(scanner, speech, events):
    for event in events:
        with contextlib.suppress(UpstreamError):  # refused
            assert b"mail1234" not in whole(scanner(), speech, event).body
    if not speech.streams:
        return
    answer = speech.protocol.stream(some_ask(speech), scanner(), FILTER)
    by_line = speech in (OLLAMA_CHAT, OLLAMA_GENERATE)
    out = b""
    with contextlib.suppress(UpstreamError):  # broken off
        for event in events:
            data = dumps(event) + b"\n" if by_line else b"data: %b\n\n" % dumps(event)
            for frame in answer.frames(data):
                out += drive_now(answer.frame(frame))
        out += drive_now(answer.close()) or b""
    assert b"mail1234" not in out
