"""Requests of Anthropic's messages: every text is guarded, and what cannot be is refused."""

from __future__ import annotations

import base64
import json

import pytest
from tests.agent.marks import rule
from tests.agent.messages import call, thought

from tokenward.wire.protocols.anthropic import MESSAGES
from tokenward.wire.request import Refusal
from tokenward.wire.scan import Scanner, drive_now

MAIL = "#mail1234#"


def user(*blocks, **more):
    return {"messages": [{"role": "user", "content": list(blocks)}], **more}


@pytest.fixture
def scan(load, policy, request_of):
    """Reads and guards a body; returns what goes on."""

    def go(body, **policy_more):
        loaded = load({**policy, **policy_more})
        go.ask = ask = MESSAGES.read(request_of(body))
        MESSAGES.limit(ask, loaded.policy)
        go.scanner = Scanner(loaded)
        go.goes_on = drive_now(ask.scan(go.scanner))
        return json.loads(ask.encoded())

    return go


IMAGE = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo4111111111111111="}
PLAIN = base64.b64encode(f"a {MAIL}".encode()).decode()


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": MAIL}]},
        user({"type": "text", "text": MAIL}),
        user({"type": "text", "text": "x"}, system=MAIL),
        user({"type": "text", "text": "x"}, system=[{"type": "text", "text": MAIL}]),
        user({"type": "tool_result", "tool_use_id": "toolu_1", "content": MAIL}),
        user({"type": "tool_result", "content": [{"type": "text", "text": MAIL}]}),
        user({"type": "search_result", "title": MAIL, "content": [{"type": "text", "text": "x"}]}),
        user({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": MAIL}}),
        user({"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": PLAIN}}),
        user({"type": "image", "source": {"type": "url", "url": f"https://x/{MAIL}"}}),
        user(call({"to": [MAIL]})),
        user(call({MAIL: 1})),
        user(thought(MAIL, signature="")),
        user(thought("x", signature=f"not one {MAIL}")),
        user({"type": "search_result", "encrypted_content": f"not so {MAIL}"}),
        user(tools=[{"name": "f", "description": MAIL, "input_schema": {"type": "object"}}]),
        user(tools=[{"name": "f", "input_schema": {"properties": {"a": {"enum": [MAIL]}}}}]),
        user(stop_sequences=[MAIL]),
        user(metadata={"user_id": MAIL}),
        user(output_config={"format": {"type": "json_schema", "schema": {"description": MAIL}}}),
    ],
)  # fmt: skip
def test_every_text_of_a_request_is_guarded(scan, body):
    body["messages"] = body["messages"] or [{"role": "user", "content": "x"}]
    sent = scan(body)
    assert scan.goes_on
    assert sent != body
    assert "mail1234" not in json.dumps(sent)
    assert base64.b64encode(MAIL.encode())[:8].decode() not in json.dumps(sent)


def test_what_is_no_text_goes_on_byte_for_byte(load, request_of):
    """Digits that a rule would take out of any text stand where there is none."""
    digits = "4111111111111111"
    image = {"type": "image", "source": {**IMAGE, "data": digits}}
    body = user(
        image,
        thought("calm", signature=digits),
        {"type": "redacted_thinking", "data": digits},
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": [image]},
        {"type": "web_search_tool_result", "content": [{"encrypted_content": digits}]},
        {"type": "text", "text": "x", "citations": [{"encrypted_index": digits}]},
        model="m",
    )
    long = rule("long", ["input", "tool_result"], {"digits": "long"}, "block")
    ask = MESSAGES.read(request_of(body))
    assert drive_now(ask.scan(Scanner(load({"name": "digits", "rules": [long]}))))
    assert ask.encoded() == json.dumps(body).encode()


def test_results_of_tools_have_a_stage_of_their_own(scan):
    scan(user({"type": "text", "text": "x"}, {"type": "tool_result", "content": MAIL}))
    decisions = {one.stage: one for one in scan.scanner.decisions("i")}
    assert decisions["tool_result"].action == "redact"
    assert decisions["tool_result"].rules[0].count == 1


def test_a_number_in_a_call_is_a_text(scan):
    digits = {
        "id": "long",
        "stage": "input",
        "detect": {"digits": "long"},
        "action": {"redact": "tag"},
    }
    sent = scan(user(call({"card": 4111111111111111, "n": 3})), rules=[digits])
    assert sent["messages"][0]["content"][0]["input"] == {"card": "<long>", "n": 3}


@pytest.mark.parametrize(
    "disguise", [{"format": "wav"}, {"type": "base64", "media_type": "image/png"}]
)
def test_what_a_call_says_to_be_an_image_is_a_text(scan, disguise):
    """The model chose the keys, and no server will take them for more than they are."""
    digits = rule("long", ["input"], {"digits": "long"}, {"redact": "tag"})
    sent = scan(user(call({**disguise, "data": "4111111111111111"})), rules=[digits])
    assert sent["messages"][0]["content"][0]["input"]["data"] == "<long>"


def test_a_signed_thought_is_refused_where_it_must_be_edited(scan):
    with pytest.raises(Refusal, match="a signed text") as refused:
        scan(user(thought(MAIL)))
    assert refused.value.status == 400
    assert "mail" not in refused.value.message


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages"),
        (user(stream="yes"), "stream"),
        (user(model=7), "model"),
        (user(mcp_servers=[{"url": "https://x"}]), "mcp_servers"),
    ],
)
def test_what_cannot_be_read_is_refused(request_of, body, param):
    with pytest.raises(Refusal) as refused:
        MESSAGES.read(request_of(body))
    assert (refused.value.status, refused.value.param) == (400, param)


LIMITS = {
    "temperature": {"max": 0.5}, "top_k": {"max": 40}, "max_tokens": {"max": 64}, "n": {"max": 1},
    "stop": ["</end>"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {},
            {
                "temperature": 0.5,
                "top_k": 40,
                "max_tokens": 64,
                "stop_sequences": ["</end>"],
                "n": None,
            },
        ),
        ({"temperature": 0.2}, {"temperature": 0.2}),
        ({"max_tokens": 1000}, {"max_tokens": 64}),
        ({"max_tokens": 10}, {"max_tokens": 10}),
        ({"stop_sequences": ["x"]}, {"stop_sequences": ["x", "</end>"], "stop": None}),
    ],
)
def test_parameters_are_kept_within_limits(scan, given, expected):
    sent = scan({"messages": [{"role": "user", "content": "x"}], **given}, limits=LIMITS)
    assert {key: sent.get(key) for key in expected} == expected
    moved = {f"asked.{key}": asked for key, asked in given.items() if sent[key] != asked}
    moved.pop("asked.stop_sequences", None)
    assert scan.ask.parameters == moved | {
        key: sent[key] for key in ("temperature", "top_k", "max_tokens")
    }


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("on_block", ["filter", "refusal"])
def test_a_blocked_request_is_answered_here(scan, stream, on_block):
    scan(user({"type": "text", "text": "#stop1234#"}, model="m", stream=stream))
    assert not scan.goes_on
    whole = MESSAGES.blocked(scan.ask, "Not that.", on_block, "i")
    if stream:
        from tests.agent.messages import assemble, read

        said = assemble(read(whole.body))
    else:
        said = json.loads(whole.body)
    assert said["content"] == (
        [{"type": "text", "text": "Not that."}] if on_block == "filter" else []
    )
    assert said["stop_reason"] == "refusal"
    assert said["stop_details"]["explanation"] == "Not that."
    assert (said["id"], said["model"], said["role"]) == ("msg_i", "m", "assistant")


def test_the_text_of_the_user_is_known_for_features(scan):
    scan(user({"type": "text", "text": f"to {MAIL}"}, {"type": "text", "text": "now"}))
    assert scan.ask.prompt == f"to {MAIL}\nnow"
