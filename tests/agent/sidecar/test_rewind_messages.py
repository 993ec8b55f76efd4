"""Anthropic's messages are taken back and told again behind what the assistant has begun."""

from __future__ import annotations

import json

import anthropic
import pytest
from tests.agent.marks import RULES, rule
from tests.agent.upstream import Said, Upstream
from tests.agent.wire.retelling import cut

BAD, GOOD = "Take it #stop1234# now", "and go."
ASK = {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "hi"}]}


def policy(otherwise="block", *, detect="marks", type_="stop"):
    action = {"rewind": {"attempts": 2, "otherwise": otherwise}}
    first = rule("again", ["output"], {detect: type_}, action, message="No.")
    return {"name": "retold", "rules": [first, *RULES[:2]]}


def events(number, text, *, size=4, call=None):
    """The events of an attempt, which may end in a call."""

    def event(kind, **more):
        value = {"type": kind, **more}
        return f"event: {kind}\ndata: {json.dumps(value)}\n\n".encode()

    message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "m",
               "content": [], "stop_reason": None, "stop_sequence": None,
               "usage": {"input_tokens": 5, "output_tokens": 1}}  # fmt: skip
    out = [event("message_start", message=message)]
    blocks = []
    if text is not None:
        deltas = [{"type": "text_delta", "text": piece} for piece in cut(text, [size])]
        blocks.append(({"type": "text", "text": ""}, deltas))
    if call is not None:
        made = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
        blocks.append((made, [{"type": "input_json_delta", "partial_json": call}]))
    for at, (block, deltas) in enumerate(blocks):
        out.append(event("content_block_start", index=at, content_block=block))
        out += [event("content_block_delta", index=at, delta=delta) for delta in deltas]
        out.append(event("content_block_stop", index=at))
    delta = {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None}
    out.append(event("message_delta", delta=delta, usage={"output_tokens": 6}))
    return [*out, event("message_stop")]


def message(number, *content):
    blocks = [{"type": "text", "text": one} if isinstance(one, str) else one for one in content]
    return {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "m",
            "content": blocks, "stop_reason": "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": 5, "output_tokens": 6}}  # fmt: skip


@pytest.fixture
def say(serve):
    """Returns the message that a real client has, and what the model server was asked."""

    def get(*answers, rules=None, stream=True, size=4, continues="anthropic", **more):
        said = [
            one
            if isinstance(one, Said)
            else Said(pieces=events(at, one, size=size))
            if stream
            else Said(body=message(at, one))
            for at, one in enumerate(answers, 1)
        ]
        with Upstream(*said) as upstream:
            url = serve(upstream.url, rules or policy(), continues=continues).url
            with anthropic.Anthropic(base_url=url, api_key="none", max_retries=0) as client:
                if stream:
                    with client.messages.stream(**{**ASK, **more}) as events_:
                        final = events_.get_final_message()
                else:
                    final = client.messages.create(**{**ASK, **more})
        return final, [one.json for one in upstream.asked]

    return get


@pytest.mark.parametrize(("stream", "size"), [(True, 1), (True, 4), (True, 100), (False, 0)])
def test_the_end_is_told_again(say, stream, size):
    final, asked = say(BAD, GOOD, stream=stream, size=size)
    assert [block.text for block in final.content] == ["Take it and go."]
    assert (final.id, final.stop_reason) == ("msg_1", "end_turn")
    assert asked[1]["messages"] == [*ASK["messages"], {"role": "assistant", "content": "Take it"}]
    assert asked[1]["max_tokens"] <= 50
    assert final.usage.output_tokens > 6


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("action", "text", "reason"),
    [("block", "Take it No.", "refusal"), ("redact", "Take it <stop> now", "end_turn")],
)
def test_a_model_that_insists_ends_as_the_fallback(say, action, text, reason, stream):
    final, asked = say(BAD, "#stop1234# now", rules=policy(action), stream=stream)
    told = "".join(block.text for block in final.content)
    assert told == ("No." if action == "block" and not stream else text)
    assert (final.stop_reason, len(asked)) == (reason, 3)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("action", ["block", "redact"])
def test_a_model_that_takes_no_prefill_leaves_it_to_the_fallback(say, action, stream):
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": "no prefill"}}
    final, asked = say(BAD, Said(body=error, status=400), rules=policy(action), stream=stream)
    told = "".join(block.text for block in final.content)
    expected = {
        ("block", True): "Take it No.",
        ("redact", True): "Take it <stop>No.",
        ("block", False): "No.",
        ("redact", False): "Take it <stop> now",
    }
    assert (told, len(asked)) == (expected[action, stream], 2)


def test_a_text_that_was_whole_ends_as_one_without_another_ending(say):
    rules = policy("redact", detect="digits", type_="long")
    final, _ = say("1234567890", Said(body={}, status=400), rules=rules)
    assert ([block.text for block in final.content], final.stop_reason) == (["<long>"], "end_turn")


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("stream", [True, False])
def test_a_value_across_the_seam_is_found(say, stream, size):
    final, _ = say("Call #mai#stop1234#", "l1234# or", stream=stream, size=size)
    assert final.content[0].text == "Call <mail> or"


def test_the_other_ending_may_be_a_call(say):
    final, _ = say(BAD, Said(pieces=events(2, None, call='{"a": 1}')))
    assert final.content[0].text == "Take it "
    assert (final.content[1].input, final.stop_reason) == ({"a": 1}, "tool_use")


def test_the_other_ending_may_be_a_call_in_a_whole_message(say):
    call = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}}
    final, _ = say(BAD, Said(body=message(2, call)), stream=False)
    assert final.content[0].text == "Take it "
    assert final.content[1].input == {"a": 1}


def test_the_other_ending_may_be_nothing(say):
    final, _ = say(BAD, Said(pieces=events(2, None)))
    assert [block.text for block in final.content] == ["Take it "]


def test_an_answer_that_is_asked_anew_begins_with_nothing(say):
    final, asked = say("#stop1234#", GOOD)
    assert final.content[0].text == GOOD
    assert asked[1]["messages"] == ASK["messages"]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "more",
    [
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        {"tool_choice": {"type": "any"}, "tools": [{"name": "f", "input_schema": {}}]},
    ],
    ids=str,
)
def test_what_cannot_begin_with_text_is_left_to_the_fallback(say, more, stream):
    final, asked = say(BAD, GOOD, rules=policy("redact"), stream=stream, **more)
    assert (final.content[0].text, len(asked)) == ("Take it <stop> now", 1)


def test_other_ways_are_not_tried_on_messages(say):
    final, asked = say(BAD, GOOD, rules=policy("redact"), continues="vllm")
    assert (final.content[0].text, len(asked)) == ("Take it <stop> now", 1)
