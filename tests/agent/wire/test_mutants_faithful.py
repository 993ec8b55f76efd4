"""Answers with calls, logprobs and token ids, changed anywhere, cut anywhere: nothing planted leaves."""

from __future__ import annotations

import contextlib
import json
import random

import pytest
from hypothesis import given, settings
from tests.agent.wire import test_calls, test_copies
from tests.agent.wire.test_mutants import SEEDS, mutant, mutants
from tests.agent.wire.test_protocols import some_ask, whole

from tokenward.errors import UpstreamError
from tokenward.wire.scan import drive_now

PIECES = [["so ", "#mail1234#", " #ma", "rk x"], ["#", "ma", "il12", "34#", "x"], ["a ", "b "]]


def with_copies(make):
    return lambda pieces: make(*(test_copies.entry(piece, "b") for piece in pieces))


def in_arguments(make):
    return lambda pieces: make(test_calls.cut(json.dumps({"a": "".join(pieces)}), [7, 11, 30]))


STREAMS = {
    **{f"copies-{k}": (one, with_copies(make)) for k, (one, make) in test_copies.STREAMS.items()},
    **{f"calls-{k}": (one, in_arguments(make)) for k, (one, make, _) in test_calls.STREAMS.items()},
}
BODIES = {**test_copies.SAME, **{f"other-{k}": v for k, v in test_copies.OTHER.items()}}


@pytest.mark.parametrize(("speech", "make"), STREAMS.values(), ids=STREAMS)
@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_nothing_planted_comes_out_of_changed_streams(scanner, speech, make, seed):
    chance = random.Random(seed)
    data = b"".join(mutants(chance, make(chance.choice(PIECES))))
    data = data.replace(b"\n", b"\r\n") if chance.random() < 0.3 else data
    answer = speech.protocol.stream(some_ask(speech), scanner(), "filter")
    out = b""
    with contextlib.suppress(UpstreamError):  # broken off
        for piece in test_calls.cut(data, [chance.randrange(4000) for _ in range(5)]):
            usual = None if answer.ended else answer.usual(piece)
            if usual is None:
                usual = b"".join(drive_now(answer.frame(one)) for one in answer.frames(piece))
            out += usual
        out += drive_now(answer.close()) or b""
    assert b"#mail1234#" not in out  # pieces may have changed their places


@pytest.mark.parametrize(("speech", "body"), BODIES.values(), ids=BODIES)
@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_nothing_planted_comes_out_of_changed_answers(scanner, speech, body, seed):
    chance = random.Random(seed)
    with contextlib.suppress(UpstreamError):  # refused
        assert b"mail1234" not in whole(scanner(), speech, mutant(chance, body)).body
