"""Runs of calm events let out, to the byte, what the guard lets out that looks at each of them."""

from __future__ import annotations

from contextlib import nullcontext
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.wire.test_stream_laws import CUTS, DONE, ask_for, chunk, cut, text_of

from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy
from tokenward.registry import Registry
from tokenward.stream.calm import CALM, CALM_ASCII
from tokenward.wire.loaded import Loaded
from tokenward.wire.protocols.calm_run import MOST, CalmRun
from tokenward.wire.protocols.openai import CHAT_COMPLETIONS, TEXT_COMPLETIONS
from tokenward.wire.protocols.openai_choice import Choice
from tokenward.wire.scan import Scanner, drive_now

MAIL = "ann.lee@example.com"
WORDS = [
    " so", " it", "ing", "harbour", "don't", "'", ".", ". ", "?", "!) ", ", ", " ", "  ", "}", ")", "]",
    " end.", "x" * 9, "-", "(", "7", "\n", '"', "\\", "é", "你好。", "\u200b", "ann", ".lee", "@", MAIL,
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS), max_size=60).map("".join)
CALM_WORDS = st.lists(st.sampled_from(WORDS[:17]), max_size=90)
PROTOCOLS = pytest.mark.parametrize(
    "protocol", [CHAT_COMPLETIONS, TEXT_COMPLETIONS], ids=lambda one: one.name
)
STOPS = """# tokenward/v1
name: stops
rules:
  - id: no-mail
    stage: output
    detect: {pii: [EMAIL_ADDRESS]}
    action: block
"""


@pytest.fixture(scope="module", params=["redact", "block"])
def scanner(request, tmp_path_factory):
    """Makes scanners of policies that hold words only as long as they may begin a value."""
    policy = "pii-secrets"
    if request.param == "block":
        file = tmp_path_factory.mktemp("policies") / "stops.yaml"
        file.write_text(STOPS, encoding="utf-8")
        policy = str(file)
    registry = Registry.load()
    loaded = Loaded.of(Engine(compile_policy(find_policy(policy, registry), registry)))
    return lambda: Scanner(loaded)


def run(scanner, events, protocol=CHAT_COMPLETIONS, *, calm=True):
    """Returns what leaves for each event, what was decided, and how many events were in runs."""
    scan, taken = scanner(), []
    ask = ask_for(protocol, stream_options={"include_usage": True})
    answer = protocol.stream(ask, scan, "filter")
    take = CalmRun.take

    def counted(run, event):
        out = take(run, event)
        taken.append(out is not None)
        return out

    never = nullcontext() if calm else patch.object(Choice, "calm_run", lambda *_: None)
    outs = []
    with never, patch.object(CalmRun, "take", counted):
        for data in events:
            out = answer.usual(data) if not answer.ended else None
            if out is None:
                out = b"".join(drive_now(answer.frame(frame)) for frame in answer.frames(data))
            outs.append(out)
        if not answer.ended:
            outs.append(drive_now(answer.close()) or b"(broken)")
        answer.abandon()
    (decision,) = (one for one in scan.decisions("id") if one.stage == "output")
    return outs, decision, answer.text, sum(taken), scan.longest_held


def of(pieces, protocol, index=None):
    """Returns an answer whose events say pieces, two of whose first ones are looked at in full."""
    texts = ["so ", "it ", *filter(None, pieces)]
    number = (lambda at: 0) if index is None else index
    said = [chunk(protocol, text, index=number(at)) for at, text in enumerate(texts)]
    return [*said, chunk(protocol, "", "stop"), DONE]


@PROTOCOLS
@settings(deadline=None)
@given(text=TEXTS, cuts=CUTS)
def test_events_leave_as_they_do_without_runs(scanner, protocol, text, cuts):
    events = of(cut(text, cuts), protocol)
    with_runs, without = (run(scanner, events, protocol, calm=calm) for calm in (True, False))
    assert with_runs[0] == without[0]
    assert with_runs[1].as_dict() == without[1].as_dict()
    assert (with_runs[2], with_runs[4]) == (without[2], without[4])
    assert without[3] == 0


@PROTOCOLS
@settings(deadline=None)
@given(words=CALM_WORDS, rest=st.sampled_from(["", MAIL, " 7 7 7"]))
def test_calm_events_leave_as_they_do_without_runs(scanner, protocol, words, rest):
    events = of([*words, rest, *words], protocol)
    with_runs, without = (run(scanner, events, protocol, calm=calm) for calm in (True, False))
    assert with_runs[0] == without[0]
    assert with_runs[1].as_dict() == without[1].as_dict()
    assert (with_runs[2], with_runs[4]) == (without[2], without[4])


def test_prose_is_taken_by_runs_and_leaves_as_it_came(scanner):
    words = [" walked", " to", " the", " harb", "our", ",", " and", " back", "."] * 20
    outs, decision, text, taken, _ = run(scanner, of(words, CHAT_COMPLETIONS))
    assert taken > len(words) - 2 - len(words) // MOST
    assert b"".join(outs) == b"".join(of(words, CHAT_COMPLETIONS))
    assert text == "so it " + "".join(words)
    assert decision.action == "allow"


def test_choices_in_turns_are_no_run(scanner):
    ask = ask_for(CHAT_COMPLETIONS, n=2)
    answer = CHAT_COMPLETIONS.stream(ask, scanner(), "filter")
    texts = [" so", f" {MAIL}", " it", " is"] * 4
    out = b""
    for at, text in enumerate(texts):
        data = chunk(CHAT_COMPLETIONS, text, index=at % 2)
        said = answer.usual(data)
        out += drive_now(answer.frame(data)) if said is None else said
    out += drive_now(answer.frame(DONE))
    assert MAIL.encode() not in out
    assert text_of(CHAT_COMPLETIONS, out, index=0) == " so it" * 4


@settings(deadline=None)
@given(
    text=st.lists(st.sampled_from([*WORDS[:17], *"abz-(7@"]), max_size=40).map("".join),
)
def test_what_bytes_say_of_calm_text_is_what_text_says(text):
    by_bytes, by_text = CALM_ASCII.match(text.encode()), CALM.match(text)
    start = by_text.start(1) if by_text is not None else -1
    assert (by_bytes.start(1) if by_bytes is not None else -1) == start


@settings(deadline=None)
@given(texts=st.lists(TEXTS, max_size=4))
def test_whole_texts_are_decided_as_they_are_where_each_gets_a_guard(scanner, texts):
    with_calm, without = scanner(), scanner()
    released = drive_now(with_calm.wholes("output", texts))
    with patch.object(Scanner, "_is_calm", lambda *_: False):
        assert released == drive_now(without.wholes("output", texts))
    (decision,), (expected,) = with_calm.decisions("id"), without.decisions("id")
    assert decision.as_dict() == expected.as_dict()
    assert with_calm.length("output") == without.length("output")


def test_a_calm_text_gets_no_guard(scanner, monkeypatch):
    scan = scanner()
    monkeypatch.setattr(Scanner, "open", lambda *_: pytest.fail("it was opened"))
    assert drive_now(scan.whole("input", "Tell me about the harbour.")) == (
        "Tell me about the harbour."
    )
