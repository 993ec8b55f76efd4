"""Answers and requests of every protocol, changed at random: nothing planted ever comes out."""

from __future__ import annotations

import contextlib
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.wire.speeches import dumps
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES
from tests.agent.wire.test_protocols import a_request, each, some_ask, whole
from tests.agent.wire.test_ways import response_calls

from tokenward.errors import UpstreamError
from tokenward.wire.request import Refusal
from tokenward.wire.scan import drive_now

PLANTED = "#mail1234#"
VALUES = [PLANTED, {"a": PLANTED}, [PLANTED], None, 5, 1.5, True, "", [], {}]
KEYS = ["odd", "text", "delta", "content", "item", "output", PLANTED]
PIECES = [["so #ma", "il1234# ", "x"], ["#stop1234#", "b"], ["a ", "b "]]
SEEDS = st.integers(0, 2**32)


def mutant(chance, value):
    """Leaves out, replaces, adds and plants values anywhere in JSON."""
    if isinstance(value, dict):
        changed = {}
        for key, inner in value.items():
            dice = chance.random()
            if dice < 0.06:
                changed[chance.choice(KEYS)] = chance.choice(VALUES)
            if dice > 0.03:
                changed[key] = chance.choice(VALUES) if dice > 0.97 else mutant(chance, inner)
        return changed
    if isinstance(value, list):
        return [mutant(chance, inner) for inner in value if chance.random() > 0.03]
    planted = isinstance(value, str) and chance.random() < 0.05
    return value + PLANTED if planted else value


def mutants(chance, frames):
    """Changes some events of a stream, and sometimes their order."""
    changed = []
    for frame in frames:
        head, mark, data = frame.rpartition(b"data: ")
        try:
            event = json.loads(data)
        except ValueError:
            changed.append(frame)
            continue
        event = mutant(chance, event) if chance.random() < 0.5 else event
        changed.append(head + mark + dumps(event) + (b"\n\n" if mark else b"\n"))
    if chance.random() < 0.2:
        chance.shuffle(changed)
    return changed


@each()
@pytest.mark.parametrize("on_block", ["filter", "error"])
@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_nothing_planted_comes_out_of_changed_answers(scanner, speech, on_block, seed):
    chance = random.Random(seed)
    with contextlib.suppress(UpstreamError):  # refused
        text = chance.choice([f"so {PLANTED}", "so #stop1234#"])
        body = mutant(chance, speech.answers[chance.choice(list(speech.answers))](text))
        out = whole(scanner(), speech, body, on_block).body
        assert b"mail1234" not in out and b"stop1234" not in out
    for stream in speech.streams.values():
        frames = stream(chance.choice(PIECES))
        if speech is OPENAI_RESPONSES and chance.random() < 0.3:
            frames = response_calls(PLANTED, "x")
        answer = speech.protocol.stream(some_ask(speech), scanner(), on_block)
        out = b""
        with contextlib.suppress(UpstreamError):  # broken off
            for frame in answer.frames(b"".join(mutants(chance, frames))):
                out += drive_now(answer.frame(frame))
            out += drive_now(answer.close()) or b""
        assert b"mail1234" not in out and b"stop1234" not in out


@each()
@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_nothing_planted_goes_on_in_changed_requests(scanner, speech, seed):
    chance = random.Random(seed)
    body = mutant(chance, speech.asks[chance.choice(list(speech.asks))](f"so {PLANTED}"))
    try:
        ask = speech.protocol.read(a_request(speech, body))
    except Refusal:
        return
    assert drive_now(ask.scan(scanner()))
    assert b"mail1234" not in ask.encoded()
