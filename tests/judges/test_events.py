"""Every string of an event: where a client could read it, and where nobody would look for it."""

from __future__ import annotations

import json

import pytest
from tests.agent.upstream import Said
from tests.judges.recovered import leaked, readable

PATH = "/v1/chat/completions"
ASK = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Say something."}]}
MAIL, CARD, SSN = MADE_UP = ["kq7zr2mh@real-company.com", "5425233430109903", "517-38-2946"]
TEXT = f"it is {MAIL} and {CARD} and {SSN} so far"


def event(delta=None, choices=None, **more):
    choice = {"index": 0, "delta": delta or {}, "finish_reason": None}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return (
        b"data: " + json.dumps({**body, "choices": choices or [choice], **more}).encode() + b"\n\n"
    )


def choice(**more):
    return event(choices=[{"index": 0, "delta": {"content": "x "}, "finish_reason": None, **more}])


def call(**more):
    function = {"name": "f", "arguments": "{}", **more.pop("function", {})}
    one = {"index": 0, "id": "c", "type": "function", **more, "function": function}
    return event({"tool_calls": [one]})


def arguments(text):
    pieces = ({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in text)
    return [call(function={"arguments": ""}), *map(event, pieces)]


def pieces(make):
    return [event(make(piece)) for piece in TEXT]


def logprob(token):
    return {"token": token, "logprob": -1, "bytes": list(token.encode())}


EVENTS = {
    "a comment": [f": {TEXT}\n\n".encode()],
    "the name of an event": [f'event: {TEXT}\ndata: {{"choices":[]}}\n\n'.encode()],
    "the id of an event": [f"id: {TEXT}\n".encode() + event({"content": "x"})],
    "a line of no known kind": [f"note: {TEXT}\n".encode() + event({"content": "x"})],
    "an event in several lines": [
        f'data: {{"choices":[{{"index":0,"delta":\ndata: {{"content":"{TEXT}"}}}}]}}\n\n'.encode()
    ],
    "a key of a delta": [event({"content": "x", MAIL: 1})],
    "a key of an event": [event({"content": "x"}, **{MAIL: 1})],
    "a key of a part": [event({"content": "", "part": {MAIL: "x"}})],
    "content": pieces(lambda piece: {"content": piece}),
    "reasoning": pieces(lambda piece: {"reasoning": piece}),
    "reasoning_content": pieces(lambda piece: {"reasoning_content": piece}),
    "a refusal": pieces(lambda piece: {"refusal": piece}),
    "a field beside the content": pieces(lambda piece: {"content": "", "record_field": piece}),
    "a part of a field": pieces(lambda piece: {"content": "", "record": {"rows": [{"a": piece}]}}),
    "a list of parts": pieces(lambda piece: {"content": [{"type": "text", "text": piece}]}),
    "a transcript": pieces(lambda piece: {"audio": {"id": "a", "transcript": piece}}),
    "a message beside the choices": [event({"content": "x"}, message={"content": TEXT})],
    "content that is JSON": [
        event({"content": piece}) for piece in json.dumps({"a": json.dumps({"b": f"see:\n{TEXT}"})})
    ],
    "a field of a choice": [choice(note=TEXT)],
    "a field of an event": [event({"content": "x"}, note={"deep": [TEXT]})],
    "the fingerprint": [event({"content": "x"}, system_fingerprint=TEXT)],
    "the id": [event({"content": "x"}, id=TEXT)],
    "the model": [event({"content": "x"}, model=TEXT)],
    "the role": [event({"role": TEXT, "content": "x"})],
    "the finish reason": [choice(finish_reason=TEXT)],
    "usage": [event({"content": "x"}, usage={"note": TEXT})],
    "timings": [event({"content": "x"}, timings={"a": 1}, __verbose={"content": TEXT})],
    "log probabilities": [choice(logprobs={"content": [{**logprob(TEXT), "top_logprobs": [logprob(TEXT)]}]})],
    "log probabilities in pieces": [
        choice(logprobs={"content": [logprob(piece)]}) for piece in TEXT
    ],
    "annotations": [event({"annotations": [{"url_citation": {"url": f"https://x/?m={MAIL}", "title": TEXT}}]})],
    "a tool's name": [call(function={"name": TEXT})],
    "a call's id": [call(id=TEXT)],
    "a call's type": [call(type=TEXT)],
    "a field of a call": [call(note=TEXT)],
    "arguments": arguments(json.dumps({"a": [TEXT]})),
    "arguments in arguments": arguments(json.dumps({"a": json.dumps({"b": TEXT})})),
    "a key of arguments": arguments(json.dumps({MAIL: 1})),
    "a number in arguments": arguments(json.dumps({"card": int(CARD)})),
    "arguments that are no JSON": arguments(f"{{'a': '{TEXT}"),
    "an old function call": pieces(lambda piece: {"function_call": {"name": "f", "arguments": piece}}),
    "an error": [b"data: " + json.dumps({"error": {"message": TEXT, "code": TEXT, "type": TEXT}}).encode() + b"\n\n"],
    "another choice than was asked for": [event(choices=[{"index": 1, "delta": {"content": TEXT}}])],
    "a choice without a number": [event(choices=[{"delta": {"content": piece}}]) for piece in TEXT],
    "a message in a stream": [event(choices=[{"index": 0, "message": {"content": TEXT}}])],
    "a text in a chat": [choice(text=TEXT)],
    "what is no JSON": [f"data: {TEXT}\n\n".encode()],
}  # fmt: skip
BEGUN = event({"role": "assistant", "content": "Hello there. "})
STOP = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
END = [STOP, b"data: [DONE]\n\n"]


@pytest.mark.parametrize("cut", ["by event", "by byte", "together"])
@pytest.mark.parametrize("place", EVENTS)
def test_nothing_made_up_is_in_any_string_of_an_event(told, place, cut):
    events = [BEGUN, *EVENTS[place], *END]
    data = b"".join(events)
    cuts = {"by event": events, "together": [data], "by byte": [data[at : at + 1] for at in range(len(data))]}  # fmt: skip
    got = told.ask(PATH, ASK, lambda _: Said(pieces=cuts[cut]))

    assert 200 == got.status
    assert [] == leaked(MADE_UP, got.body)
    assert any("hellothere" in line for line in readable(got.body))


@pytest.mark.parametrize("after", ["the end of the choice", "the end of the answer"])
def test_nothing_is_said_behind_the_end(told, after):
    late = event({"content": TEXT})
    events = [BEGUN, *([STOP, late, END[1]] if after == "the end of the choice" else [*END, late])]
    got = told.ask(PATH, ASK, lambda _: Said(pieces=events))

    assert [] == leaked(MADE_UP, got.body)
    assert any("hellothere" in line for line in readable(got.body))


def test_headers_of_the_model_server_say_nothing(told):
    named = {"x-note": TEXT, "server": TEXT, "set-cookie": f"who={MAIL}"}
    got = told.ask(PATH, ASK, lambda _: Said(pieces=[BEGUN, *END], headers=named))

    assert 200 == got.status
    assert [] == leaked(MADE_UP, json.dumps(got.headers).encode())
