"""Usual events, of which only the text is looked at, come out as if all of each had been."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent.wire.test_stream_laws import CUTS, DONE, TEXTS, ask_for, cut

from tokenward.wire.protocols.openai import CHAT_COMPLETIONS, TEXT_COMPLETIONS
from tokenward.wire.protocols.usual import Usual
from tokenward.wire.scan import drive_now

PLANTED = "#mail1234#"


def event(text, *, dumps=json.dumps, index=0, finish=None, **more):
    choice = {"index": index, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + dumps({"id": "c", "choices": [choice], **more}).encode() + b"\n\n"


def said_of(answer, frame, usual):
    """Returns what leaves for one event of several."""
    is_bytes = usual and isinstance(frame, bytes) and not answer.ended
    out = answer.usual(frame, framed=True) if is_bytes else None
    return drive_now(answer.frame(frame)) if out is None else out


def run(scanner, pieces, *, protocol=CHAT_COMPLETIONS, usual=True, **more):
    """Returns what leaves for each piece, and what was decided, with usual events or without."""
    scan = scanner()
    answer = protocol.stream(ask_for(protocol, **more), scan, "filter")
    outs, seen = [], 0
    for data in pieces:
        out = answer.usual(data) if usual and not answer.ended else None
        seen += out is not None
        if out is None:
            out = b"".join(said_of(answer, frame, usual) for frame in answer.frames(data))
        outs.append(out)
    if not answer.ended:
        outs.append(drive_now(answer.close()) or b"(broken)")
    answer.abandon()
    decisions = {one.stage: one for one in scan.decisions("id")}
    return outs, decisions["output"], seen


def said(outs):
    blocks = b"".join(outs).decode().split("\n\n")
    return [json.loads(b[6:]) if b.startswith("data: {") else b for b in blocks]


def plain(one):
    return one.as_dict() | {"decision_id": ""}


SPELLINGS = [
    json.dumps,
    lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
    lambda value: json.dumps(value, sort_keys=True, separators=(" , ", " : ")),
]
MORE = st.sampled_from(
    [{}, {}, {"created": 1}, {"usage": {"completion_tokens": 1}}, {"note": PLANTED}, {"x": "id"}]
)


@given(
    text=TEXTS,
    cuts=CUTS,
    more=st.lists(MORE, min_size=31, max_size=31),
    dumps=st.sampled_from(SPELLINGS),
    byte_cuts=st.one_of(st.none(), CUTS),
    choices=st.integers(1, 2),
)
def test_they_say_what_events_say_that_were_looked_at(
    scanner, text, cuts, more, dumps, byte_cuts, choices
):
    events = [event("", dumps=dumps, index=i, role="assistant") for i in range(choices)]
    for at, piece in enumerate(cut(text, cuts)):
        events.append(event(piece, dumps=dumps, index=at % choices, **more[at % len(more)]))
    events += [event("", dumps=dumps, index=i, finish="stop") for i in range(choices)]
    events.append(DONE)
    pieces = events if byte_cuts is None else cut(b"".join(events), byte_cuts)
    fast, decided, _ = run(scanner, pieces, n=choices)
    slow, expected, _ = run(scanner, pieces, usual=False, n=choices)
    assert said(fast) == said(slow)
    assert plain(decided) == plain(expected)


@pytest.mark.parametrize("dumps", SPELLINGS)
def test_what_may_leave_leaves_as_it_came(scanner, dumps):
    words = ["so ", "it ", "g\u00f6es ", 'with "quotes" ', "\n", "and 1 ", "\\ "]
    events = [event(word, dumps=dumps, created=1) for word in words]
    outs, _, seen = run(scanner, [*events, event("", finish="stop"), DONE])
    assert outs[: len(events)] == events
    assert seen == len(events) - 2  # the first begins the answer, the second is learned


def test_events_that_come_together_are_told_apart(scanner):
    events = [event(word) for word in ("a ", "b ", "c ", f"{PLANTED} ", "d ", "e ")]
    outs, _, seen = run(scanner, [events[0], events[1], b"".join(events[2:])])
    assert seen == 1
    assert outs[2] == b"".join([events[2], event("<mail> "), *events[4:]])


def test_a_changed_text_changes_nothing_else(scanner):
    def spaced(text):
        return (
            b'data: {"id" : "c", "choices":[ {"delta":{"content": %b} ,"index":0}],"n":1e2}\n\n'
            % (json.dumps(text).encode())
        )

    outs, _, seen = run(scanner, [spaced("a "), spaced("b "), spaced(f"{PLANTED} "), spaced("c ")])
    assert seen == 2
    assert outs[2:4] == [spaced("<mail> "), spaced("c ")]


@pytest.mark.parametrize("trap", ["twice", "key", "escaped"])
def test_nothing_hides_beside_the_text(scanner, trap):
    def made(text, other):
        spelled = json.dumps(text)
        if trap == "twice":
            return f'data: {{"choices":[{{"index":0,"delta":{{"content":{spelled}}}}}],"x":"{other}"}}\n\n'.encode()
        if trap == "key":
            return (
                f'data: {{"x":"{other}","x":1,"choices":[{{"index":0,"delta":'
                f'{{"content":{spelled}}}}}]}}\n\n'
            ).encode()
        spelled = "".join(f"\\u{ord(c):04x}" for c in text)
        return (
            f'data: {{"x":"{other}","choices":[{{"index":0,"delta":{{"content":"{spelled}"}}}}]}}\n\n'
        ).encode()

    pieces = [made("a ", "a "), made("a ", "a "), made("a ", f"{PLANTED} "), made("a ", PLANTED)]
    outs, _, _ = run(scanner, pieces)
    assert PLANTED.encode() not in b"".join(outs)


def test_a_stream_of_ever_new_events_is_not_learned_from_for_ever(scanner, monkeypatch):
    learned = []
    learn = Usual.learn
    monkeypatch.setattr(
        Usual, "learn", lambda *given: learned.append(done := learn(*given)) or done
    )
    run(scanner, [event("a ", created=at) for at in range(50)])
    assert sum(learned) == 4


def test_text_completions_have_usual_events_too(scanner):
    def made(text):
        return (
            b"data: "
            + json.dumps({"id": "c", "choices": [{"index": 0, "text": text}]}).encode()
            + b"\n\n"
        )

    outs, _, seen = run(scanner, [made("a "), made("b "), made("c ")], protocol=TEXT_COMPLETIONS)
    assert (outs[2], seen) == (made("c "), 1)


def test_half_an_event_is_no_usual_one(scanner):
    events = [event("a "), event("b "), b"data: x", event(PLANTED)]
    scan = scanner()
    answer = CHAT_COMPLETIONS.stream(ask_for(CHAT_COMPLETIONS), scan, "filter")
    for data in events[:3]:
        out = answer.usual(data)
        if out is None:
            for frame in answer.frames(data):
                drive_now(answer.frame(frame))
    assert answer.usual(event("c ")) is None


ODDLY = st.sampled_from(
    ['"', "\\", "\x00", "\x1f", "\x7f", "\u00a0", "\u2028", "\u00e9", "\U0001f600", "a", " ", "\n"]
)


@given(text=st.text() | st.lists(ODDLY, min_size=1).map("".join), dumps=st.sampled_from(SPELLINGS))
def test_a_text_is_read_and_put_as_json_spells_it(text, dumps):
    learned, before = Usual(), {"a": "so", "b": 1}
    data = json.dumps(before).encode()
    assert learned.learn(b"data: %b\n\n" % data, data, before, before, "a")

    spelt = f'data: {{"a": {dumps(text)}, "b": 1}}\n\n'.encode()
    assert learned.text(spelt) == (text or None)
    put = learned.put(text)
    assert json.loads(put[6:]) == {"a": text, "b": 1}
    assert learned.text(put) == (text or None)


@pytest.mark.parametrize(
    "inner", [b'a","a":"b', b"a\n", b"\xff", b"\\", b'"', b"\\u12", b"\xed\xa0\x80"]
)
def test_what_is_no_text_of_json_is_not_taken_for_one(inner):
    learned, before = Usual(), {"a": "so", "b": 1}
    data = json.dumps(before).encode()
    learned.learn(b"data: %b\n\n" % data, data, before, before, "a")

    assert learned.text(b'data: {"a": "' + inner + b'", "b": 1}\n\n') is None
    assert learned.text(b'data: {"a": ", "b": 1}\n\n') is None  # one quote, not two
