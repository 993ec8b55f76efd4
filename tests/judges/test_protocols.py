"""Any field of any protocol: what the caller sent comes back, what the model made up does not."""

from __future__ import annotations

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from tests.agent.upstream import Said
from tests.agent.wire.test_protocols import SPEECHES, asked
from tests.judges.recovered import leaked, readable

LINES, TEXT = {"content-type": "application/x-ndjson"}, {"content-type": "text/plain"}
STREAMS_AS = {"ollama_chat": LINES, "ollama_generate": LINES, "torchserve": TEXT}
THEIRS = ["ann.lee@corp-mail.com", "536-90-4399", "4111 1111 1111 1111", "AKIAQ7RT4XW2LMZP5CNB"]
MADE_UP = ["kq7zr2mh@real-company.com", "517-38-2946", "5555 5555 5555 4444", "81.2.69.160"]


def b64(text):
    return b64encode(text.encode()).decode()


WRITTEN = {
    "plain": lambda value: value,
    "percent": lambda value: quote(value, safe=""),
    "percent, each": lambda value: "".join(f"%{ord(c):02x}" for c in value),
    "base 64": b64,
    "base 64, in words": lambda value: b64(f"it is {value} to me"),
    "unicode escapes": lambda value: "".join(f"\\u{ord(c):04x}" for c in value),
    "JSON": lambda value: json.dumps({"v": value, "n": 1}),
    "JSON in JSON": lambda value: json.dumps({"in": json.dumps([f"see:\n{value}"])}),
    "entities": lambda value: "".join(f"&#{ord(c)};" for c in value),
}


def cut(text, size):
    return [text[at : at + size] for at in range(0, len(text), size)]


def whole(body):
    return lambda _: Said(body=body)


def streamed(speech, make, text, size):
    return lambda _: Said(pieces=make(cut(text, size)), headers=STREAMS_AS.get(speech.name, {}))


def fields(kind, *, without=()):
    return [
        pytest.param(speech, make, id=f"{speech.name}-{name}")
        for speech in SPEECHES
        for name, make in getattr(speech, kind).items()
        if f"{speech.name}-{name}" not in without  # a thought is signed, and stays as it was seen
    ]


# -- what the model makes up, asked without any personal data --------------------------------


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(("speech", "make"), fields("answers"))
def test_nothing_made_up_is_in_an_answer(told, speech, make, written):
    text = " ; ".join(["Records:", *map(WRITTEN[written], MADE_UP), "so far."])
    got = told.ask(speech.path, asked(speech, "Say something."), whole(make(text)))

    assert 200 == got.status
    assert [] == leaked(MADE_UP, got.body)
    assert any("records" in line for line in readable(got.body))


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(("speech", "make"), fields("streams"))
def test_nothing_made_up_is_in_a_stream(told, speech, make, written, size):
    text = " ; ".join(["Records:", *map(WRITTEN[written], MADE_UP), "so far."])
    body = asked(speech, "Say something.", stream=True)
    got = told.ask(speech.path, body, streamed(speech, make, text, size))

    assert 200 == got.status
    assert [] == leaked(MADE_UP, got.body)
    heard = speech.heard(got.body)
    assert heard.startswith("Records: ; ")
    assert heard.endswith("so far.")


# -- what the caller sent --------------------------------------------------------------------

OURS = f"Mine are {', '.join(THEIRS)} and no more."


def as_seen(value):
    """The prompt as it reached the model server."""
    if isinstance(value, str):
        return value if value.startswith("Mine are ") else None
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for one in inner if (found := as_seen(one)) is not None), None)


def seen_by(request):
    try:
        value = request.json
    except ValueError:
        value = request.raw.decode()
    seen = as_seen(value)
    assert seen is not None
    return f"{seen} Or {MADE_UP[0]}, {MADE_UP[1]}; done."


def ask_in_private(told, speech, body, say):
    """Returns what a client gets, after nothing of what it sent has reached the model server.

    One invented text in 1,000 has five digits of a real number by chance, so a part of a value
    is a leak where it is seen again in a second asking, for which other values are invented.
    """
    seen = []

    def listen(request):
        seen.append((leaked(THEIRS, request.raw, share=1), set(leaked(THEIRS, request.raw))))
        return say(request)

    got = told.ask(speech.path, body, listen)
    if seen and seen[0][1]:
        told.ask(speech.path, body, listen)
    assert seen
    assert [] == [value for whole, _ in seen for value in whole]
    assert set() == set.intersection(*(parts for _, parts in seen))
    return got


WANTED = f"{OURS} Or <EMAIL_ADDRESS>, <US_SSN>; done."


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.name)
def test_an_answer_gives_back_what_was_sent_and_nothing_else(told, speech):
    def say(request):
        return Said(body=speech.whole(seen_by(request)))

    got = ask_in_private(told, speech, asked(speech, OURS), say)

    assert WANTED == speech.read(got.json)


@pytest.mark.parametrize("size", [1, 3, 10, 1000])
@pytest.mark.parametrize(("speech", "make"), fields("streams", without=["messages-thinking"]))
def test_a_stream_gives_back_what_was_sent_and_nothing_else(told, speech, make, size):
    def say(request):
        return streamed(speech, make, seen_by(request), size)(request)

    got = ask_in_private(told, speech, asked(speech, OURS, stream=True), say)

    assert WANTED == speech.heard(got.body)


@pytest.mark.parametrize("written", WRITTEN)
def test_however_a_value_is_written_it_is_taken_out_and_comes_back_as_it_was(told, written):
    speech, text = SPEECHES[0], f"Mine are {' ; '.join(map(WRITTEN[written], THEIRS))} and no more."

    def say(request):
        return Said(body=speech.whole(request.json["messages"][-1]["content"]))

    got = ask_in_private(told, speech, asked(speech, text, stream=False), say)
    assert text == speech.read(got.json)


# -- side by side ----------------------------------------------------------------------------


def person(number):
    return [f"p{number}.roe@corp-mail.com", f"536-90-43{number:02d}"]


@pytest.mark.parametrize("sessions", [False, True], ids=["each its own", "kept"])
def test_nobody_gets_what_another_sent(told, sessions):
    """Twenty at once: the model says to each what it was told by all, itself among them."""
    speech, said = SPEECHES[0], []

    def say(request):
        said.append(request.json["messages"][-1]["content"])
        return Said(body=speech.whole(" | ".join(said)))

    def talk(number):
        named = {"x_tokenward_session": "s", "authorization": f"Bearer user-{number}"}
        return told.ask(
            speech.path,
            asked(speech, f"I am {' and '.join(person(number))}.", stream=False),
            say,
            **(named if sessions else {}),
        )

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(talk, range(20)))

    assert 20 == len(said)
    for number, got in enumerate(answers):
        text = speech.read(got.json)
        assert all(value in text for value in person(number))
        assert [] == [
            (other, value)
            for other in range(20)
            if other != number
            for value in person(other)
            if value in text
        ]


def test_a_kept_session_gives_back_what_an_earlier_request_sent(told):
    speech = SPEECHES[0]
    named = {"x_tokenward_session": "kept", "authorization": "Bearer one-user"}
    seen = []

    def listen(request):
        seen.append(request.json["messages"][-1]["content"])
        return Said(body=speech.whole("noted"))

    def talk(text, say, **headers):
        return speech.read(
            told.ask(speech.path, asked(speech, text, stream=False), say, **headers).json
        )

    talk(f"I am {THEIRS[0]}", listen, **named)

    def again(_):
        return Said(body=speech.whole(f"You said: {seen[0]}!"))

    assert f"You said: I am {THEIRS[0]}!" == talk("who?", again, **named)
    stranger = {**named, "authorization": "Bearer another"}
    assert THEIRS[0] not in talk("who?", again, **stranger)
    assert THEIRS[0] not in talk("who?", again)
