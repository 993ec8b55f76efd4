"""Events that are like those of other answers leave as they do where each is looked at in full."""

from __future__ import annotations

import json
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.wire.test_stream_laws import CUTS, DONE, ask_for, cut

from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy
from tokenward.registry import Registry
from tokenward.wire.loaded import Loaded
from tokenward.wire.protocols.known_events import FRUITLESS, MOST, KnownEvents
from tokenward.wire.protocols.openai import CHAT_COMPLETIONS
from tokenward.wire.protocols.openai_opening import Opening
from tokenward.wire.scan import Scanner, drive_now

MAIL = "ann.lee@example.com"
PIECES = ["so ", "it ", " is", "ing", ".", ", ", " ", MAIL, "7", "\n", "é", '"', "don't"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)
MORE = st.sampled_from(
    [{}, {"usage": None}, {"system_fingerprint": "fp_1"}, {"note": "x"}, {"note": MAIL}]
)
CHOICE = st.sampled_from([{}, {"logprobs": None}, {"logprobs": {"content": []}}])


@pytest.fixture(scope="module", params=["pii-secrets", "private"])
def engine(request):
    registry = Registry.load()
    return Engine(compile_policy(find_policy(request.param, registry), registry))


def event(ident, delta, finish=None, more=(), choice=()):
    of_choice = {"index": 0, "delta": delta, **dict(choice), "finish_reason": finish}
    value = {"id": ident, "created": 1_700_000_000 + len(ident), "choices": [of_choice]}
    return b"data: %b\n\n" % json.dumps({**value, **dict(more)}, separators=(",", ":")).encode()


def answer_of(ident, pieces, more=(), choice=(), finish="stop"):
    said = [event(ident, {"content": piece}, None, more, choice) for piece in pieces if piece]
    role = event(ident, {"role": "assistant", "content": ""}, None, more, choice)
    return [role, *said, event(ident, {}, finish, more, choice), DONE]


def run(loaded, events, together=1):
    """Returns what leaves for each read, the decision, and how many events were known."""
    scan, known = Scanner(loaded), 0
    answer = CHAT_COMPLETIONS.stream(ask_for(CHAT_COMPLETIONS), scan, "filter")
    outs = []
    find = KnownEvents.find

    def counted(self, kind, frame):
        nonlocal known
        found = find(self, kind, frame)
        known += found is not None
        return found

    with patch.object(KnownEvents, "find", counted):
        for at in range(0, len(events), together):
            data = b"".join(events[at : at + together])
            out = answer.usual(data) if not answer.ended else None
            if out is None:
                out = b""
                for frame in answer.frames(data):
                    said = answer.usual(frame, framed=True) if not answer.ended else None
                    out += drive_now(answer.frame(frame)) if said is None else said
            outs.append(out)
    if not answer.ended:
        outs.append(drive_now(answer.close()) or b"(broken)")
    answer.abandon()
    (decision,) = (one for one in scan.decisions("id") if one.stage == "output")
    return outs, decision.as_dict(), answer.text, known


@settings(deadline=None)
@given(text=TEXTS, cuts=CUTS, more=MORE, choice=CHOICE, together=st.sampled_from([1, 2, 40]),
       finish=st.sampled_from(["stop", "length"]))  # fmt: skip
def test_known_events_leave_as_unknown_ones(engine, text, cuts, more, choice, together, finish):
    def answer(ident):
        return answer_of(ident, cut(text, cuts), more, choice, finish)

    taught = Loaded.of(engine)
    for ident in ("a", "chatcmpl-b", "c.7"):
        got = run(taught, answer(ident), together)
        with (
            patch.object(Opening, "_known_event", lambda *_: None),
            patch.object(Opening, "_end_with", lambda *_: None),
        ):
            expected = run(Loaded.of(engine), answer(ident), together)
        assert b"".join(got[0]) == b"".join(expected[0])
        assert got[1:3] == expected[1:3]


def test_beginning_text_and_end_are_known_from_the_second_answer_on(engine):
    loaded = Loaded.of(engine)
    pieces = ["so it", " is", " and", " was"]
    run(loaded, answer_of("first", pieces))
    events = answer_of("second", pieces)
    outs, _, text, known = run(loaded, events)
    assert known == 3
    assert b"".join(outs).startswith(events[0])
    assert b"".join(outs).endswith(events[-2] + DONE)
    assert text == "".join(pieces)


@pytest.mark.parametrize(
    "ident", ["ann@example.com", "two words", "x" * 129, "é", 'a","note":"b', "a\\u0061"]
)
def test_an_id_that_is_no_name_is_looked_at(engine, ident):
    loaded = Loaded.of(engine)
    for name in ("a", "b"):
        run(loaded, answer_of(name, ["so it", " is"]))
    *_, known = run(loaded, answer_of(ident, ["so it", " is"]))
    assert known == 0


def test_what_another_answer_must_not_say_unseen_is_not_known():
    known = KnownEvents()
    event_ = {"id": "a", "created": 7, "choices": [{"delta": {"content": "so"}}]}
    frame = b"data: %b\n\n" % json.dumps(event_, separators=(",", ":")).encode()
    known.learn("text", frame, event_, "so")
    assert known.find("text", frame.replace(b"so", "wörter".encode()))
    for one in (
        frame.replace(b"7", b"5550100555010"),
        frame.replace(b"so", b'so","x":"y'),
        frame.replace(b"so", b"\\u0061"),
        frame.replace(b"delta", b"other"),
        frame + frame,
        frame[:-1],
        b" " + frame,
    ):
        assert known.find("text", one) is None
    assert known.find("role", frame) is None


@pytest.mark.parametrize(
    "more", [{"usage": {"n": 1}}, {"error": "x"}, {"id": 7}, {"id": "a b"}, {"created": 1.5},
             {"logprobs": []}, {"also": "a"}],
)  # fmt: skip
def test_events_with_more_in_them_are_not_learned(more):
    known = KnownEvents()
    event_ = {"id": "a", "created": 7, "choices": [], **more}
    if "also" in more:
        event_["also"] = {"id": "a"}  # the id once more
    frame = b"data: %b\n\n" % json.dumps(event_, separators=(",", ":")).encode()
    known.learn("role", frame, event_)
    assert known.find("role", frame) is None


def test_few_are_kept_and_what_never_comes_again_is_learned_no_more():
    known = KnownEvents()

    def frame(at):
        value = {"id": "a", "choices": [], "n": at}
        return b"data: %b\n\n" % json.dumps(value, separators=(",", ":")).encode(), value

    for at in range(FRUITLESS + 10):
        known.learn("role", *frame(at))
    kept = [at for at in range(FRUITLESS + 10) if known.find("role", frame(at)[0])]
    assert kept == list(range(FRUITLESS - MOST, FRUITLESS))
