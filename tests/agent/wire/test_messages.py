"""Answers of Anthropic's messages, whole and streamed, on the guard alone: no sockets."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.marks import RUDE, RULES, rule
from tests.agent.messages import (
    assemble,
    block_events,
    call,
    event,
    events,
    message,
    read,
    text,
    thought,
)

from tokenward.errors import UpstreamError
from tokenward.wire.protocols.anthropic import MESSAGES
from tokenward.wire.request import Refusal
from tokenward.wire.scan import Scanner, drive_blocking, drive_now

MAIL = "#mail1234#"
STOP = "#stop1234#"
NO_CALL = "#toolstop1234#"
WORDS = [
    "so ",
    MAIL,
    "#swap0000#",
    "#",
    "#ma",
    "\u4f60\u597d",
    "\U0001f600",
    "\n",
    "#watch1111#",
    STOP,
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=8).map("".join)
CUTS = st.lists(st.integers(0, 2000), max_size=30)
NOTICE = {"type": "refusal", "category": None, "explanation": "Not that."}


@pytest.fixture(scope="module")
def scanner(load, policy):
    loaded = load(policy)
    return lambda **more: Scanner(loaded, **more)


@pytest.fixture
def ask(request_of):
    def build(**more):
        body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
        return MESSAGES.read(request_of(body | more))

    return build


@pytest.fixture
def stream(scanner, ask):
    """Guards the bytes of a stream; returns its events."""

    def go(pieces, on_block="filter", scan=None):
        scan = scan or scanner()
        answer = MESSAGES.stream(ask(stream=True), scan, on_block)
        out = b""
        for data in pieces:
            for frame in answer.frames(data):
                out += drive_blocking(scan, answer.frame(frame))
        if not answer.ended:
            last = drive_blocking(scan, answer.close())
            out += event(type="broken") if last is None else last
        answer.abandon()
        go.answer, go.scan = answer, scan
        return read(out)

    return go


@pytest.fixture
def whole(scanner, ask):
    def go(answer, on_block="filter", scan=None):
        scan = scan or scanner()
        steps = MESSAGES.whole(ask(), scan, on_block, json.dumps(answer).encode())
        go.whole, go.scan = drive_now(steps), scan
        return json.loads(go.whole.body)

    return go


def cut_at(data, cuts):
    places = sorted({place % (len(data) + 1) for place in cuts})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


# -- whole answers --------------------------------------------------------------------------


def test_every_text_of_a_whole_answer_is_guarded(whole):
    cited = text(MAIL) | {"citations": [{"type": "char_location", "cited_text": MAIL}]}
    searched = {
        "type": "server_tool_use",
        "id": "s",
        "name": "web_search",
        "input": {"query": MAIL},
    }
    found = {
        "type": "web_search_tool_result", "tool_use_id": "s",
        "content": [{"type": "web_search_result", "title": MAIL, "url": f"http://x/{MAIL}"}],
    }  # fmt: skip
    blocks = [thought(MAIL), cited, searched, found, call({"to": MAIL, MAIL: 1})]
    answer = whole(message(*blocks, stop_sequence=MAIL, odd=MAIL))
    assert "mail1234" not in json.dumps(answer)
    assert answer["content"][1]["text"] == "<mail>"
    assert answer["content"][4]["input"] == {"to": "<mail>", "<mail>": 1}
    assert answer["content"][4]["id"] == "toolu_0"
    assert (whole.whole.usage.prompt, whole.whole.usage.completion) == (7, 5)
    assert whole.whole.text == "<mail>"


def test_a_signature_stands_only_for_the_thought_that_it_signs(whole):
    blocks = [thought("calm"), thought(MAIL), {"type": "redacted_thinking", "data": "b3BhcXVl"}]
    answer = whole(message(*blocks))
    assert answer["content"] == [thought("calm"), thought("<mail>", signature=""), blocks[2]]


def test_a_blocked_answer_says_so(whole):
    answer = whole(message(text("so "), text(STOP)))
    assert answer["content"] == [text("Not that.")]
    assert (answer["stop_reason"], answer["stop_details"]) == ("refusal", NOTICE)
    assert {one.stage: one.action for one in whole.scan.decisions("i")}["output"] == "block"


def test_a_refusal_says_its_message_beside_the_content(whole):
    answer = whole(message(text(STOP)), "refusal")
    assert (answer["content"], answer["stop_details"]) == ([], NOTICE)


def test_a_block_may_be_an_error(whole):
    answer = whole(message(text(STOP)), "error")
    assert whole.whole.status == 400
    assert answer["error"] | {"message": ""} == {
        "type": "invalid_request_error", "message": "", "code": "content_filter",
    }  # fmt: skip
    assert (b"x-should-retry", b"false") in whole.whole.headers


def test_a_call_that_may_not_be_made_is_dropped(whole):
    kept = call({"n": 1}, number=1)
    answer = whole(message(text("so"), call({"do": NO_CALL}), kept, stop="tool_use"))
    assert answer["content"] == [text("so"), kept]
    assert answer["stop_reason"] == "tool_use"


@pytest.mark.parametrize(("on_block", "said"), [("filter", "No such call."), ("error", None)])
def test_an_answer_without_any_call_left_is_blocked(whole, on_block, said):
    answer = whole(message(text("so"), call({"do": NO_CALL}), stop="tool_use"), on_block)
    assert (answer["content"] == [text(said)]) if said else (answer["type"] == "error")


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"content": [7]}', b"<html>", b'{"content": {}}'])
def test_what_is_no_message_is_refused(scanner, ask, body):
    with pytest.raises(UpstreamError):
        drive_now(MESSAGES.whole(ask(), scanner(), "filter", body))


def test_an_error_of_the_model_server_is_guarded(scanner):
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": f"bad {MAIL}"}}
    failed = drive_now(MESSAGES.failure(scanner(), 400, json.dumps(body).encode()))
    assert json.loads(failed.body)["error"]["message"] == "bad <mail>"
    plain = drive_now(MESSAGES.failure(scanner(), 503, b"down: #mail1234#"))
    assert (plain.body, plain.content_type) == (b"down: <mail>", b"text/plain; charset=utf-8")
    odd = drive_now(MESSAGES.failure(scanner(), 503, b"down: #mail1234# \xff"))
    assert json.loads(odd.body)["error"]["type"] == "overloaded_error"
    assert b"mail" not in odd.body


# -- streams --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 13))
def test_a_planted_value_is_found_in_any_pieces(stream, size):
    blocks = [thought(f"hm {MAIL}."), text(f"to {MAIL}, {MAIL}"), call({"to": [MAIL, 1]})]
    got = assemble(stream(events(*blocks, size=size, stop="tool_use")))
    assert got["content"] == [
        thought("hm <mail>.", signature=""),
        text("to <mail>, <mail>"),
        call({"to": ["<mail>", 1]}),
    ]
    assert (got["stop_reason"], got["usage"]["output_tokens"], got["stopped"]) == (
        "tool_use",
        5,
        True,
    )
    assert stream.answer.text == "to <mail>, <mail>"


def test_what_no_rule_acts_on_goes_through_whole(stream):
    blocks = [
        thought("calm"),
        {"type": "redacted_thinking", "data": "b3BhcXVl"},
        text("so it is"),
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"title": "x"}]},
        call({"a": {"b": [1, 2.5, None, "c"]}}),
        call({}, number=1),
    ]
    assert assemble(stream(events(*blocks)))["content"] == blocks


def test_a_citation_is_guarded(stream):
    begin, *rest = block_events(0, text("so"), 9)
    cited = {"type": "citations_delta", "citation": {"type": "page_location", "cited_text": MAIL}}
    found = [
        *events(end=False),
        begin,
        event(type="content_block_delta", index=0, delta=cited),
        *rest,
    ]
    assert assemble(stream(found))["content"][0]["citations"][0]["cited_text"] == "<mail>"


@settings(deadline=None)
@given(words=TEXTS, cuts=CUTS, byte_cuts=CUTS)
def test_any_chunking_gives_the_same_text_and_decision(scanner, request_of, words, cuts, byte_cuts):
    ask = MESSAGES.read(
        request_of({"messages": [{"role": "user", "content": "x"}], "stream": True})
    )

    def run(pieces):
        scan = scanner()
        answer = MESSAGES.stream(ask, scan, "filter")
        out = b"".join(
            drive_now(answer.frame(frame)) for data in pieces for frame in answer.frames(data)
        )
        answer.abandon()
        return assemble(read(out)), scan.decisions("i")[0]

    first, *_, last = block_events(0, text(words), 10_000)
    deltas = [
        event(type="content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
        for piece in cut_at(words, cuts)
    ]
    head, tail = list(events(end=False)), list(events())[2:]
    expected, decision = run([b"".join(events(text(words), size=10_000))])
    got, other = run(cut_at(b"".join([*head, first, *deltas, last, *tail]), byte_cuts))
    assert said(got) == said(expected)
    assert other.action == decision.action
    if not decision.blocked:  # what follows a block need not be seen
        assert other == decision
    alone = MESSAGES.whole(ask, scanner(), "filter", json.dumps(message(text(words))).encode())
    in_one = json.loads(drive_now(alone).body)
    assert said(got).endswith(said(in_one)) if decision.blocked else said(got) == said(in_one)


def said(whole):
    return "".join(block.get("text", "") for block in whole["content"])


def test_a_stream_is_blocked_in_the_middle(stream):
    got = assemble(stream(events(text(f"so far {STOP} no further"), call({"a": 1}))))
    assert got["content"] == [text("so far "), text("Not that.")]
    assert (got["stop_reason"], got["stop_details"], got["stopped"]) == ("refusal", NOTICE, True)
    assert got["usage"]["output_tokens"] >= 1
    assert stream.answer.cut


def test_a_refusal_ends_a_stream_without_a_notice(stream):
    got = assemble(stream(events(text(f"so far {STOP}")), "refusal"))
    assert (got["content"], got["stop_details"]) == ([text("so far ")], NOTICE)


def test_an_error_ends_a_stream_that_said_something(stream):
    found = stream(events(text(f"so far {STOP}")), "error")
    assert [found[-1]["type"], found[-1]["error"]["code"]] == ["error", "content_filter"]
    assert stream.answer.refused is None


def test_a_stream_that_said_nothing_yet_is_refused(stream):
    stream(events(text(STOP)), "error")
    assert isinstance(stream.answer.refused, Refusal)


def test_calls_that_may_not_be_made_are_dropped_and_the_others_numbered_anew(stream):
    kept = call({"n": 1}, number=2)
    blocks = [call({"do": NO_CALL}), text("so"), call({"do": NO_CALL}, number=1), kept]
    assert assemble(stream(events(*blocks, stop="tool_use")))["content"] == [text("so"), kept]


def test_a_stream_without_any_call_left_is_blocked(stream):
    got = assemble(stream(events(text("so"), call({"do": NO_CALL}), stop="tool_use")))
    assert got["content"] == [text("so"), text("No such call.")]
    assert got["stop_reason"] == "refusal"


def test_a_call_of_the_server_with_what_is_blocked_ends_the_answer(stream):
    asked = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": STOP}}
    assert assemble(stream(events(text("so"), asked)))["content"] == [text("so"), text("Not that.")]


def test_rules_that_wait_for_a_classifier_hold_the_text(stream, load):
    slow = load({"name": "slow", "rules": [*RULES, *RUDE]})
    got = assemble(stream(events(text("Good day. How rude. Bye."), size=3), scan=Scanner(slow)))
    assert [block["text"] for block in got["content"]] == ["Good day. ", "Be civil."]


def test_an_error_in_the_stream_goes_on_and_ends_it(stream):
    failed = event(type="error", error={"type": "overloaded_error", "message": f"busy {MAIL}"})
    found = stream([*events(text("so"), end=False), failed])
    assert found[-1]["error"] == {"type": "overloaded_error", "message": "busy <mail>"}


def test_a_stream_that_ends_in_the_middle_is_told_from_a_whole_one(stream):
    assert stream(events(text("so"), end=False))[-1] == {"type": "broken"}
    data = list(events(text("so")))
    assert stream(data[:-1])[-1] == {"type": "message_stop"}
    assert stream([*data, b": late\n\n"])[-1] == {"type": "message_stop"}


DELTA = {"type": "content_block_delta", "index": 0}
ODD = {
    "before the message": [next(block_events(0, text("x"), 4))],
    "two messages": [*events(end=False), *events(end=False)],
    "content at the start": [event(type="message_start", message=message(text("x")))],
    "two blocks at once": [*events(end=False), *[next(block_events(i, text("x"), 4)) for i in (0, 1)]],
    "another block": [*events(end=False), next(block_events(1, text("x"), 4)), event(**DELTA, delta={})],
    "an unknown delta": [*list(events(text("x")))[:3], event(**DELTA, delta={"type": "sung", "song": "x"})],
    "a delta without text": [*list(events(text("x")))[:3], event(**DELTA, delta={"type": "text_delta"})],
    "words as a signature": [
        *list(events(thought("x")))[:3],
        event(**DELTA, delta={"type": "signature_delta", "signature": "how rude"}),
    ],
    "a text event of no known type": [event(type="sung", song=MAIL)],
    "a type that is text": [event(type=f"sung {MAIL}"[:4] + "\u00fc")],
    "blocks without end": [
        *events(end=False),
        *(one for at in range(4097) for one in block_events(at, {"type": "beat"}, 1)),
    ],
    "an end in a block": [*list(events(text("x")))[:3], event(type="message_stop")],
    "no type": [b"data: {}\n\n"],
    "no JSON": [b"data: {\n\n"],
    "a list": [b"data: []\n\n"],
}  # fmt: skip


@pytest.mark.parametrize("found", ODD.values(), ids=ODD)
def test_a_stream_that_is_no_message_is_refused(stream, found):
    with pytest.raises(UpstreamError):
        stream(found)


def test_an_event_that_says_nothing_goes_through_though_it_is_not_known(stream):
    found = stream([*events(end=False), event(type="beat", n=3), *list(events())[2:]])
    assert {"type": "beat", "n": 3} in found


# -- whatever comes -------------------------------------------------------------------------

LEAF = st.sampled_from([MAIL, f"a {MAIL} b", "plain", "", 7, 1.5, None, True])
KEY = st.sampled_from(
    ["content", "text", "role", "id", "name", "type", "model", "input", "thinking", "signature", "data",
     "media_type", "source", "tool_use_id", "citations", "delta", "message", "usage", "error",
     "partial_json", MAIL, "odd key"]
)  # fmt: skip
KINDS = st.sampled_from(
    ["text", "thinking", "tool_use", "server_tool_use", "tool_result", "redacted_thinking", "base64",
     "text_delta", "thinking_delta", "signature_delta", "input_json_delta", "citations_delta", MAIL]
)  # fmt: skip
VALUE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(
            lambda more, kind: more | {"type": kind}, st.dictionaries(KEY, inner, max_size=4), KINDS
        )
    ),
    max_leaves=12,
)
BLOCK = st.builds(
    lambda more, kind: more | {"type": kind}, st.dictionaries(KEY, VALUE, max_size=4), KINDS
)
EVENT = st.builds(
    lambda kind, more: {**more, "type": kind},
    st.sampled_from(["content_block_start", "content_block_delta", "content_block_stop", "message_delta",
                     "message_stop", "ping", "error", "sung"]),
    st.fixed_dictionaries({"index": st.just(0)}, optional={
        "content_block": BLOCK, "delta": BLOCK, "usage": VALUE, "error": VALUE, "message": VALUE}),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(found=st.lists(EVENT, max_size=6))
def test_whatever_shape_a_stream_has_nothing_planted_comes_out(scanner, request_of, found):
    ask = MESSAGES.read(
        request_of({"messages": [{"role": "user", "content": "x"}], "stream": True})
    )
    answer = MESSAGES.stream(ask, scanner(), "filter")
    out = b""
    try:
        for data in [*events(end=False), *(event(**one) for one in found)]:
            for frame in answer.frames(data):
                out += drive_now(answer.frame(frame))
    except UpstreamError:
        pass  # what came before must be clean, too
    assert b"mail1234" not in out


@settings(max_examples=300, deadline=None)
@given(blocks=st.lists(BLOCK, max_size=3), more=st.dictionaries(KEY, VALUE, max_size=3))
def test_whatever_shape_an_answer_has_nothing_planted_comes_out(scanner, request_of, blocks, more):
    ask = MESSAGES.read(request_of({"messages": [{"role": "user", "content": "x"}]}))
    body = json.dumps({**more, "content": blocks}).encode()
    scan = scanner()
    assert b"mail1234" not in drive_now(MESSAGES.whole(ask, scan, "filter", body)).body


@settings(max_examples=300, deadline=None)
@given(
    blocks=st.lists(BLOCK, max_size=3),
    more=st.dictionaries(KEY.filter(lambda k: k != "model"), VALUE, max_size=4),
)
def test_whatever_shape_a_request_has_nothing_planted_goes_on(scanner, request_of, blocks, more):
    body = {**more, "messages": [{"role": "user", "content": blocks}]}
    try:
        ask = MESSAGES.read(request_of(body))
        assert drive_now(ask.scan(scanner()))
    except Refusal:
        return
    assert b"mail1234" not in ask.encoded()


def test_what_is_issued_comes_back_in_text_and_in_calls(load, stream, whole, request_of):
    made = load({"name": "p", "rules": [
        rule("in", ["input"], {"marks": "mail"}, {"redact": {"style": "tag", "restore": True}}),
        rule("out", ["output", "tool_call"], {"marks": "mail"}, {"redact": "tag"}),
    ]})  # fmt: skip
    scan = Scanner(made)
    ask = MESSAGES.read(request_of({"messages": [{"role": "user", "content": MAIL}]}))
    assert drive_now(ask.scan(scan))
    issued = ask.body["messages"][0]["content"]
    assert issued != MAIL
    blocks = [thought(f"so {issued}"), text(f"to {issued} and #mail9999#"), call({"to": issued})]
    expected = [blocks[0], text(f"to {MAIL} and <mail>"), call({"to": MAIL})]
    assert assemble(stream(events(*blocks), scan=scan))["content"] == expected
    assert whole(message(*blocks), scan=scan)["content"] == expected
