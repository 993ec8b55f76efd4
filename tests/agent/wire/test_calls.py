"""Tool calls in every protocol that has them: whole, checked, and still JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.wire.speeches import (
    ANTHROPIC,
    DONE,
    OPENAI,
    choice,
    completion,
    dumps,
    message,
    named,
    objects,
    sse,
)
from tests.agent.wire.speeches_prompts import AT, ENDED, OLLAMA_CHAT, replied
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES, numbered, response
from tests.agent.wire.test_protocols import relay, whole

from tokenward.wire.json_text import Document, Slot

LEAF = st.sampled_from(
    ["#mail1234#", "a #mail1234# b", '"#mail1234#" \\ \n', "#swap0000#", "\u00fc", "", 7, 1.5, None, True]
)  # fmt: skip
KEYS = st.sampled_from(["to", "text", "#mail1234#", 'odd "key"', "n"])
ARGUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        LEAF,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
CUTS = st.lists(st.integers(0, 400), max_size=8)
PLAIN = {"to": "you", "n": 1.50, "deep": [{"a": "\u00fc"}, None]}


def cut(text, cuts):
    places = sorted({place % (len(text) + 1) for place in cuts})
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


# -- OpenAI's chat ----------------------------------------------------------------------------


def function(arguments, **more):
    return {"name": "f", "arguments": arguments, **more}


def chat_whole(written):
    calls = [{"id": "c", "type": "function", "function": function(written)}]
    return completion(choice(None, tool_calls=calls))


def chat_events(*deltas, finish="tool_calls"):
    frame = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    each = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    last = {"index": 0, "delta": {}, "finish_reason": finish}
    return sse(*({**frame, "choices": [one]} for one in [*each, last]), DONE)


def chat_stream(pieces):
    first = {"index": 0, "id": "c", "type": "function", "function": function("")}
    calls = [first, *({"index": 0, "function": {"arguments": one}} for one in pieces)]
    role = {"role": "assistant", "content": None}
    return chat_events(
        *({**(role if at == 0 else {}), "tool_calls": [one]} for at, one in enumerate(calls))
    )


def chat_heard(events):
    deltas = [c["delta"] for event in events for c in event["choices"]]
    calls = [call for delta in deltas for call in delta.get("tool_calls") or ()]
    return "".join(call["function"].get("arguments", "") for call in calls)


def legacy_whole(written):
    return completion(choice(None, function_call=function(written)))


def legacy_stream(pieces):
    calls = [function(""), *({"arguments": one} for one in pieces)]
    return chat_events(*({"function_call": one} for one in calls), finish="function_call")


def legacy_heard(events):
    deltas = [c["delta"] for event in events for c in event["choices"]]
    return "".join((delta.get("function_call") or {}).get("arguments", "") for delta in deltas)


# -- the others -------------------------------------------------------------------------------


def called(written, **more):
    return {"id": "fc", "type": "function_call", "call_id": "c", "name": "f",
            "arguments": written, "status": "completed", **more}  # fmt: skip


def responses_stream(pieces):
    item = called("".join(pieces))
    place = {"item_id": "fc", "output_index": 0}
    kind = "response.function_call_arguments"
    return numbered(
        {"type": "response.created", "response": response(status="in_progress")},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": called("", status="in_progress"),
        },
        *({"type": f"{kind}.delta", **place, "delta": one} for one in pieces),
        {"type": f"{kind}.done", **place, "arguments": "".join(pieces)},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response(item)},
    )


def responses_heard(events):
    deltas = "".join(e["delta"] for e in events if e["type"].endswith(".delta"))
    assert events[-1]["response"]["output"][0]["arguments"] == deltas
    return deltas


def anthropic_stream(pieces):
    block = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    deltas = ({"type": "input_json_delta", "partial_json": one} for one in ("", *pieces))
    return named(
        {"type": "message_start", "message": message(stop_reason=None)},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    )  # fmt: skip


def anthropic_heard(events):
    deltas = [e["delta"] for e in events if e["type"] == "content_block_delta"]
    return "".join(delta["partial_json"] for delta in deltas)


def ollama_whole(written):
    calls = [{"function": {"name": "f", "arguments": json.loads(written)}}]
    return {**replied("", tool_calls=calls), **ENDED}


def ollama_stream(pieces):
    calls = [{"function": {"name": "f", "arguments": json.loads("".join(pieces))}}]
    first = {**AT, "message": {"role": "assistant", "content": "", "tool_calls": calls}}
    return [dumps(one) + b"\n" for one in ({**first, "done": False}, {**replied(""), **ENDED})]


def ollama_heard(events):
    return dumps(events[0]["message"]["tool_calls"][0]["function"]["arguments"]).decode()


WHOLE = {
    "chat": (OPENAI, chat_whole, lambda b: b["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]),
    "legacy": (OPENAI, legacy_whole, lambda b: b["choices"][0]["message"]["function_call"]["arguments"]),
    "responses": (OPENAI_RESPONSES, lambda w: response(called(w)), lambda b: b["output"][0]["arguments"]),
    "messages": (
        ANTHROPIC,
        lambda w: message({"type": "tool_use", "id": "t", "name": "f", "input": json.loads(w)}),
        lambda b: dumps(b["content"][0]["input"]).decode(),
    ),
    "ollama": (OLLAMA_CHAT, ollama_whole, lambda b: ollama_heard([b])),
}  # fmt: skip
STREAMS = {
    "chat": (OPENAI, chat_stream, chat_heard),
    "legacy": (OPENAI, legacy_stream, legacy_heard),
    "responses": (OPENAI_RESPONSES, responses_stream, responses_heard),
    "messages": (ANTHROPIC, anthropic_stream, anthropic_heard),
    "ollama": (OLLAMA_CHAT, ollama_stream, ollama_heard),
}


def cases(table):
    return pytest.mark.parametrize(("speech", "make", "read"), table.values(), ids=table)


@cases(WHOLE)
@settings(deadline=None, max_examples=40)
@given(arguments=ARGUMENTS, spaced=st.booleans())
def test_arguments_of_whole_calls_stay_json(scanner, speech, make, read, arguments, spaced):
    written = json.dumps(arguments, indent=1 if spaced else None)
    body = whole(scanner(), speech, make(written)).body
    assert b"mail1234" not in body
    assert shape(json.loads(read(json.loads(body)))) == shape(arguments)


@cases(STREAMS)
@settings(deadline=None, max_examples=40)
@given(arguments=ARGUMENTS, cuts=CUTS)
def test_arguments_of_streamed_calls_stay_json(scanner, speech, make, read, arguments, cuts):
    frames = make(cut(json.dumps(arguments), cuts))
    _, out = relay(scanner(), speech, frames)
    assert b"mail1234" not in out
    assert shape(json.loads(read(objects(out)))) == shape(arguments)


def shape(value):
    """What arguments are like, without their words; a renamed key may fall on another."""
    if isinstance(value, dict):
        return {key.replace("#mail1234#", "<mail>"): shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return str if isinstance(value, str) else value


@cases(STREAMS)
@settings(deadline=None, max_examples=20)
@given(cuts=CUTS)
def test_untouched_calls_leave_as_they_came(scanner, speech, make, read, cuts):
    written = json.dumps(PLAIN, indent=1)
    frames = make(cut(written, cuts))
    _, out = relay(scanner(), speech, frames)
    assert out == b"".join(frames)
    assert json.loads(read(objects(out))) == PLAIN


@cases(WHOLE)
def test_of_touched_arguments_all_else_stays(scanner, speech, make, read):
    """Numbers that no reader here could hold, and the spaces of the model."""
    written = '{ "to": "#mail1234#", "n": 1.50, "big": 12345678901234567890123, "e": 1e5 }'
    data = json.dumps(make(written)).encode() if make not in OBJECTS else with_object(make, written)
    body = whole(scanner(), speech, data).body
    assert body == data.replace(b"#mail1234#", b"<mail>")
    assert "12345678901234567890123" in body.decode()


def with_object(make, written):
    return json.dumps(make('"HERE"')).replace('"HERE"', written).encode()


OBJECTS = (ollama_whole, WHOLE["messages"][1])


@cases(STREAMS)
def test_a_call_that_is_not_whole_never_leaves(scanner, speech, make, read):
    frames = make(cut(json.dumps(PLAIN), [9, 20]))
    last = next(
        at for at, frame in reversed([*enumerate(frames)]) if b"you" in frame or b"deep" in frame
    )
    whole_at = last if speech is not OPENAI_RESPONSES else 6
    for end in range(whole_at if speech is OLLAMA_CHAT else whole_at + 1):
        _, out = relay(scanner(), speech, frames[:end])
        assert out.endswith(b"(broken)")
        assert b"you" not in out


def test_a_field_of_a_call_that_changes_is_looked_at(scanner):
    """The whole call has the last one only: the first must not leave with its event."""
    first = {
        "index": 0,
        "id": "c",
        "type": "function",
        "note": "#mail1234#",
        "function": function("{}"),
    }
    frames = chat_events({"tool_calls": [first]}, {"tool_calls": [{"index": 0, "note": "so"}]})
    _, out = relay(scanner(), OPENAI, frames)
    assert b"mail1234" not in out and b'"arguments":"{}"' in out


def test_a_very_long_number_in_arguments_is_read_digit_by_digit():
    slot = Slot({}, "arguments", '{"n": 123456789012345678901234567890}')
    found = {text.text for text in Document.of(slot).texts if text.number}
    assert "123456789012345678901234567890" in found
