"""What no rule touches passes byte for byte; of what one touches, all else stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.wire.speeches import OPENAI
from tests.agent.wire.speeches_prompts import LLAMA_CPP, OLLAMA_CHAT, OLLAMA_GENERATE
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES
from tests.agent.wire.speeches_tensors import TRITON
from tests.agent.wire.spellings import Spelling, spelled_stream
from tests.agent.wire.test_protocols import (
    FRAMED,
    SPEECHES,
    a_request,
    fields,
    relay,
    some_ask,
    whole,
)

from tokenward.policy.loader import load_mapping
from tokenward.wire.scan import drive_now
from tokenward.wire.sse import KEEP_ALIVE

BY_LINE = (OLLAMA_CHAT, OLLAMA_GENERATE)
PIECES = st.lists(
    st.sampled_from(["so ", "it", " is.", " #ma", "rk", "#", "\u4f60\u597d", " x", "i/i\n"]),
    min_size=1,
    max_size=7,
)
CUTS = st.lists(st.integers(0, 5000), max_size=12)
RANDOM = st.randoms(use_true_random=False)


def cut(data, cuts):
    places = sorted({place % (len(data) + 1) for place in cuts})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


def spelled(speech, name, pieces, random):
    frames = [piece for piece in speech.streams[name](pieces) if piece]
    words = speech not in (OLLAMA_GENERATE, LLAMA_CPP, TRITON)  # where each is a text that runs on
    return spelled_stream(frames, random, by_line=speech in BY_LINE, words=words)


# -- streams --------------------------------------------------------------------------------


@pytest.mark.parametrize(("speech", "name"), fields("streams", FRAMED))
@settings(deadline=None, max_examples=40)
@given(pieces=PIECES, random=RANDOM, cuts=CUTS)
def test_an_untouched_stream_is_the_very_bytes(scanner, speech, name, pieces, random, cuts):
    """Text that is held takes its events along: they leave whole once it is settled."""
    data = b"".join(spelled(speech, name, pieces, random))
    _, out = relay(scanner(), speech, cut(data, cuts))
    assert out == data


@pytest.mark.parametrize(("speech", "name"), fields("streams", FRAMED))
@settings(deadline=None, max_examples=40)
@given(pieces=PIECES, more=PIECES, random=RANDOM, cuts=CUTS)
def test_of_a_touched_event_all_else_stays(scanner, speech, name, pieces, more, random, cuts):
    pieces = [piece.replace("#", "") for piece in pieces]
    touched = [*pieces, "a #mail1234# b", *(piece.replace("#", "") for piece in more)]
    data = b"".join(spelled(speech, name, touched, random))
    _, out = relay(scanner(), speech, cut(data, cuts))
    expected = data.replace(b"#mail1234#", b"<mail>")
    assert respaced(out) == respaced(expected)


def respaced(data):
    """Strings that were edited need no escapes."""
    for escaped, plain in (
        ("\\u0069", "i"),
        ("\\/", "/"),
        ("\\u4f60", "\u4f60"),
        ("\\u597d", "\u597d"),
    ):
        data = data.replace(escaped.encode(), plain.encode())
    return data


@pytest.mark.parametrize(("speech", "name"), fields("streams", FRAMED))
def test_what_a_partly_held_event_owes_is_said_by_the_next(scanner, speech, name):
    frames = speech.streams[name](["so it #ma", "rk is", " x"])
    _, out = relay(scanner(), speech, frames)
    assert speech.heard(out) == "so it #mark is x"
    assert len(out.split(b"\n")) == len(b"".join(frames).split(b"\n"))


@pytest.mark.parametrize(("speech", "name"), fields("streams", FRAMED))
def test_blanks_wait_for_the_word_behind_them(scanner, speech, name):
    frames = speech.streams[name](["so", " #ma", "rk", "\n\n#m", "a"])
    _, out = relay(scanner(), speech, frames)
    assert out == b"".join(frames)


@pytest.mark.parametrize(("speech", "name"), fields("streams", FRAMED))
def test_very_many_held_events_leave_in_fewer(scanner, speech, name):
    pieces = ["#", *("a" for _ in range(16)), *("1" for _ in range(3)), "so"]
    many = [*pieces * 40, " x"]
    frames = speech.streams[name](many)
    _, out = relay(scanner(), speech, frames)
    assert speech.heard(out) == "".join(many)


# -- the other lines of events --------------------------------------------------------------

SSE = [one for one in FRAMED if one not in BY_LINE]


@pytest.mark.parametrize("speech", SSE, ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("line", "left"),
    [
        (b": OPENROUTER PROCESSING\n\n", b": OPENROUTER PROCESSING\n\n"),
        (b":\n\n", b":\n\n"),
        (b"event: x\nid: 3\nretry: 50\n\n", b"event: x\nid: 3\nretry: 50\n\n"),
        (b"\n\n", b"\n\n"),
        (b": it is #mail1234#\n\n", KEEP_ALIVE),
        (b"id: #mail1234#\n\n", KEEP_ALIVE),
        (b"odd: #mail1234#\n\n", KEEP_ALIVE),
        (b"#mail1234#\n\n", KEEP_ALIVE),
    ],
)
def test_what_is_no_data(scanner, speech, line, left):
    frames = next(iter(speech.streams.values()))(["so ", "x"])
    _, out = relay(scanner(), speech, [frames[0], line, *frames[1:]])
    assert out == b"".join([frames[0], left, *frames[1:]])


@pytest.mark.parametrize("speech", SSE, ids=lambda one: one.name)
@pytest.mark.parametrize("name", [b"id: ", b": ", b"odd: ", b""])
def test_a_line_beside_the_data_is_looked_at(scanner, speech, name):
    frames = next(iter(speech.streams.values()))(["so ", "x"])
    planted = [
        name + b"so #mail1234#\n" + frames[0],
        *frames[1:-1],
        frames[-1][:-1] + name + b"#mail1234#\n\n",
    ]
    _, out = relay(scanner(), speech, planted)
    assert out == b"".join(frames)


@pytest.mark.parametrize("speech", SSE, ids=lambda one: one.name)
def test_a_keep_alive_waits_behind_held_text_but_once(scanner, speech):
    frames = next(iter(speech.streams.values()))(["so ", "#ma", "rk x"])
    held = next(at for at, frame in enumerate(frames) if b"#ma" in frame)
    ping = b": ping\n\n"
    pinged = [*frames[: held + 1], ping, *frames[held + 1 :]]
    _, out = relay(scanner(), speech, pinged)
    assert out == b"".join(pinged)
    answer = speech.protocol.stream(some_ask(speech), scanner(), "filter")
    out = [
        drive_now(answer.frame(frame))
        for data in [*frames[: held + 1], ping, ping, ping]
        for frame in answer.frames(data)
    ]
    assert out[-3:] == [b"", ping, ping]  # the others must keep the connection alive


# -- requests and whole answers ---------------------------------------------------------------


@pytest.mark.parametrize(("speech", "name"), fields("answers"))
@settings(deadline=None, max_examples=25)
@given(random=RANDOM)
def test_an_untouched_answer_is_the_very_bytes(scanner, speech, name, random):
    data = Spelling(random).of(json.dumps(speech.answers[name]("it is \u00fc")).encode())
    assert whole(scanner(), speech, data).body == data


@pytest.mark.parametrize(("speech", "name"), fields("answers"))
@settings(deadline=None, max_examples=25)
@given(random=RANDOM)
def test_of_a_touched_answer_all_else_stays(scanner, speech, name, random):
    data = Spelling(random).of(json.dumps(speech.answers[name]("a #mail1234# b")).encode())
    assert whole(scanner(), speech, data).body == data.replace(b"#mail1234#", b"<mail>")


@pytest.mark.parametrize(("speech", "name"), fields("asks"))
@settings(deadline=None, max_examples=25)
@given(random=RANDOM)
def test_of_a_touched_request_all_else_stays(scanner, speech, name, random):
    body = speech.asks[name]("a #mail1234# b")
    data = Spelling(random).of(json.dumps(body).encode()) if not isinstance(body, bytes) else body
    ask = speech.protocol.read(a_request(speech, data))
    assert drive_now(ask.scan(scanner()))
    speech.protocol.limit(ask, load_mapping({"name": "none", "rules": []}))
    assert ask.encoded() == data.replace(b"#mail1234#", b"<mail>")


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.name)
@settings(deadline=None, max_examples=25)
@given(random=RANDOM, planted=st.booleans())
def test_an_error_of_the_model_server_stays_but_for_what_it_quotes(
    scanner, speech, random, planted
):
    text = "no #mail1234# here" if planted else "no such model"
    data = Spelling(random).of(json.dumps(speech.error(text)).encode())
    got = drive_now(speech.protocol.failure(scanner(), 404, data))
    assert (got.status, got.body) == (404, data.replace(b"#mail1234#", b"<mail>"))


# -- padding ----------------------------------------------------------------------------------


@pytest.mark.parametrize("speech", [OPENAI, OPENAI_RESPONSES], ids=lambda one: one.name)
def test_padding_stays_unless_it_is_more(scanner, speech):
    frames = next(iter(speech.streams.values()))(["so ", "x"])
    padded = [one.replace(b'{"', b'{"obfuscation":"aB3","', 1) for one in frames]
    assert padded != frames
    assert relay(scanner(), speech, padded)[1] == b"".join(padded)
    planted = [one.replace(b"aB3", b"#mail1234#") for one in padded]
    assert relay(scanner(), speech, planted)[1] == b"".join(frames)


# -- several choices ----------------------------------------------------------------------------


@settings(deadline=None)
@given(
    texts=st.tuples(PIECES, PIECES),
    order=st.lists(st.integers(0, 1), max_size=14),
    usage=st.booleans(),
)
def test_events_of_choices_leave_as_they_came(scanner, texts, order, usage):
    """Those of one choice in their order, whatever another one holds."""
    left = [list(pieces) for pieces in texts]
    turns = [index for index in order if index < 2]
    sent = []

    def send(index, delta, finish=None):
        choice = {"index": index, "delta": delta, "finish_reason": finish}
        more = {"usage": {"completion_tokens": len(sent)}} if usage else {}
        sent.append(json.dumps({"id": "c", "choices": [choice], **more}).encode())

    for index in (0, 1):
        send(index, {"role": "assistant", "content": ""})
    for index in [*turns, *([0] * 9), *([1] * 9)]:
        if left[index]:
            send(index, {"content": left[index].pop(0)})
    for index in (0, 1):
        send(index, {}, "stop")
    frames = [b"data: %b\n\n" % one for one in [*sent, b"[DONE]"]]
    ask = OPENAI.protocol.read(
        a_request(OPENAI, {**OPENAI.asks["user"]("x"), "stream": True, "n": 2})
    )
    answer = OPENAI.protocol.stream(ask, scanner(), "filter")
    out = b"".join(drive_now(answer.frame(f)) for data in frames for f in answer.frames(data))
    got = out.split(b"\n\n")
    assert sorted(got) == sorted(b"".join(frames).split(b"\n\n"))
    for index in (b'"index": 0', b'"index": 1'):
        mine = [one for one in got if index in one]
        assert mine == [frame[:-2] for frame in frames if index in frame]
