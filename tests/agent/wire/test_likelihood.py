"""What logprobs say of an answer is counted, whole and streamed, and nothing else of it."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent.wire.speeches import OPENAI
from tests.agent.wire.test_copies import SAME, STREAMS, chat, chats, entry
from tests.agent.wire.test_protocols import relay, some_ask, whole

from tokenward.wire.likelihood import LEAST, Likelihood, entropy
from tokenward.wire.scan import drive_now

MEANS = {"chat": 0.25, "chat-bytes": 0.25, "chat-ids": 0.25, "completions": 0.5, "responses": 0.25,
         "ollama_chat": 0.25, "tgi": 0.5, "tgi-best": 0.5, "llama": 0.25}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_a_whole_answer_tells_its_surprisal(scanner, name):
    speech, body = SAME[name]
    scan = scanner()
    whole(scan, speech, json.dumps(body).encode())
    assert scan.likelihood.features().get("answer.surprisal") == MEANS.get(name)


@pytest.mark.parametrize("guarded", ["as it is", "as it is usual"])
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_tells_the_same_of_each_token_once(scanner, name, guarded):
    speech, stream = STREAMS[name]
    scan = scanner()
    frames = stream(*(entry(one, "to") for one in ("so", " long", " and", " so", " on")))
    if guarded == "as it is":
        relay(scan, speech, frames)
    else:
        answer = speech.protocol.stream(some_ask(speech), scan, "filter")
        for data in frames:
            for frame in answer.frames(data):
                usual = answer.usual(frame, framed=True) if isinstance(frame, bytes) else None
                if usual is None:
                    drive_now(answer.frame(frame))
        answer.abandon()
    found = scan.likelihood.features()
    least = {"chat": 0.25, "responses": 0.25, "llama": 0.25, "completions": 0.5}.get(name)
    if least is not None:
        assert found["answer.surprisal"] == pytest.approx(least)
        assert 0.0 < found["answer.top_entropy"] < math.log(3)


def test_without_logprobs_nothing_is_told(scanner):
    scan = scanner()
    whole(scan, OPENAI, OPENAI.whole("so"))
    assert scan.likelihood.features() == {}


def test_a_policy_that_only_watches_counts_them_too(load):
    from tokenward.wire.scan import Scanner

    scan = Scanner(load({"name": "none", "rules": []}))
    relay(scan, OPENAI, chats(entry("so")))
    assert scan.likelihood.features() == {"answer.surprisal": 0.25}


@pytest.mark.parametrize("logprob", [None, "-1", True, 0.5, [], {}], ids=repr)
def test_what_is_no_logprob_is_left_out(scanner, logprob):
    scan = scanner()
    body = chat("so x", entry("so", logprob=logprob), entry(" x"))
    whole(scan, OPENAI, body)
    assert scan.likelihood.features() == {"answer.surprisal": 0.25}


def test_the_lowest_number_there_is_means_never():
    likelihood = Likelihood()
    likelihood.note([{"token": "a", "logprob": -1e308}, {"token": "b", "logprob": math.nan}])
    assert likelihood.features() == {"answer.surprisal": -LEAST}


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=20), st.integers(1, 20))
def test_what_is_told_of_a_distribution_is_never_more_than_its_entropy(weights, told):
    shares = [one / math.fsum(weights) for one in weights]
    likelihood = Likelihood()
    tops = [{"token": "t", "logprob": min(0.0, math.log(one))} for one in shares[:told]]
    likelihood.note([{"token": "t", "logprob": -1.0, "top_logprobs": tops}])
    assert likelihood.features()["answer.top_entropy"] <= entropy(shares) + 1e-9


def test_odd_shapes_say_nothing():
    likelihood = Likelihood()
    for value in (None, 7, "x", [7, None, {"token": "a"}], {"content": 7}, {"top_logprobs": [7]}):
        likelihood.note(value)
        likelihood.note_choice(value)
    likelihood.note_choice({"token_logprobs": [None, "x"], "top_logprobs": [None]})
    assert likelihood.features() == {}
