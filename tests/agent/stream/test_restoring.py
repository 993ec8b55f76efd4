"""The stream of an answer: what was issued comes back, detections apart from it stand."""

from __future__ import annotations

import pytest

from tokenward.redact.styles import Redaction
from tokenward.redact.vault import Vault
from tokenward.stream.guarded import GuardedStream
from tokenward.stream.restoring import RestoringStream, open_stream
from tokenward.types import Detection

KEY = b"k" * 32
TAG = Redaction("tag", restore=True)


@pytest.fixture
def vault():
    return Vault(key=KEY)


@pytest.fixture
def open_answer(make_guard, vault):
    """Opens an answer of a policy that restores, with rules for the answer."""

    def make(*rules, rewind=False, form=None):
        taken = {"stage": "input", "detect": {"words": ["BAD"]}, "action": {"redact": {"style": "tag", "restore": True}}}  # fmt: skip
        engine = make_guard(taken, *rules).engine
        return engine.open("output", rewind=rewind, vault=vault, form=form)

    return make


def put_through(stream, text):
    stream.feed(text)
    stream.finish()
    return stream.release()


def test_only_a_session_with_something_to_restore_costs_anything(make_guard, vault, open_answer):
    assert type(open_answer()) is GuardedStream
    vault.put(TAG, "T", "v", restores=True)
    assert type(open_answer()) is RestoringStream
    assert type(make_guard().engine.open("output", vault=vault)) is GuardedStream


def test_detections_are_offsets_of_the_text_as_the_model_said_it(open_answer, vault):
    token = vault.put(TAG, "T", "a much longer value than that", restores=True)
    stream = open_answer({"detect": {"digits": ["NUMBER"]}, "action": "redact"})
    text = f"{token} 123"

    assert "a much longer value than that <NUMBER>" == put_through(stream, text)
    (found,) = stream.decide(None, "").detections
    assert "123" == text[found.start : found.end]
    assert len(text) == stream.length == stream.released


def test_a_detection_that_covers_more_wins(open_answer, vault):
    token = vault.put(TAG, "T", "value", restores=True)

    stream = open_answer({"detect": {"rude": ["rude"]}, "when": "score > 0.8", "action": "redact"})
    stream.feed(f"You idiot {token}. And {token}.")
    stream.finish()
    for unit in stream.units():
        stream.resolve(unit, unit.part.detector.score([unit.text])[0])

    assert "<rude> And value." == stream.release()


def test_what_is_found_in_nothing_but_what_was_issued_is_let_be(open_answer, vault):
    """As a detector of secrets does, which takes whatever stands behind "password:" for one."""
    token = vault.put(TAG, "T", "value", restores=True)
    stream = open_answer({"detect": {"words": ["BAD"]}, "action": "redact"})
    found = [(0, len(token)), (2, 5), (0, len(token) + 2), (len(token) + 1, len(token) + 3)]
    stream.feed(f"{token} bad ")

    kept = [span for span in found if not stream._is_given(Detection("d", "BAD", *span, 1.0))]

    assert found[2:] == kept
    assert "value <BAD> " == stream.release()
    assert 1 == len(stream.decide(None, "").detections)


def test_a_block_stops_what_would_come_back_behind_it(open_answer, vault):
    token = vault.put(TAG, "T", "value", restores=True)
    stream = open_answer({"detect": {"words": ["BAD"]}, "action": "block"})

    assert "value " == put_through(stream, f"{token} bad {token}")
    assert stream.blocked


def test_a_rewound_answer_restores_again(open_answer, vault):
    token = vault.put(TAG, "T", "value", restores=True)
    stream = open_answer({"detect": {"words": ["BAD"]}, "action": "rewind"}, rewind=True)
    stream.feed(f"{token} bad ")
    assert ("value ", len(token) + 1) == (stream.release(), stream.rewind_to)

    again = stream.rewound()

    assert "value fine" == put_through(again, f"{token} fine")
    assert "rewind" == again.decide(None, "").action


@pytest.mark.parametrize("told", [True, False])
def test_a_rewound_text_goes_on_with_its_vault(open_answer, vault, told):
    if told:
        vault.put(TAG, "T", "value", restores=True)
    hashed = {"detect": {"digits": ["NUMBER"]}, "action": {"redact": "hash"}}
    rules = [{"detect": {"words": ["BAD"]}, "action": "rewind"}, hashed]
    stream = open_answer(*rules, rewind=True)
    stream.feed("12345 bad ")
    once = stream.release()

    again = put_through(stream.rewound(), "12345 fine")

    assert once.strip().startswith("<NUMBER:")
    assert f"{once}fine" == again


def test_a_token_can_be_left_for_a_later_look(open_answer, vault):
    token = vault.put(TAG, "T", "bad", restores=True)
    stream = open_answer({"detect": {"words": ["BAD"]}, "action": "block"}, form="token")

    assert f"so {token} " == put_through(stream, f"so {token} ")


def test_a_prompt_can_be_looked_at_twice(make_guard, vault):
    taken = {"stage": "input", "detect": {"digits": ["NUMBER"]}, "action": {"redact": {"style": "pseudonym", "restore": True}}}  # fmt: skip
    engine = make_guard(taken).engine
    once = put_through(engine.open("input", vault=vault), "12345678 and more")

    assert once != "12345678 and more"
    assert once == put_through(engine.open("input", vault=vault), once)
    assert 1 == len(vault)


@pytest.mark.parametrize("style", ["tag", "hash", "pseudonym"])
def test_without_a_vault_there_are_plain_tags(make_guard, style):
    taken = {"stage": "input", "detect": {"digits": ["NUMBER"]}, "action": {"redact": {"style": style, "restore": True}}}  # fmt: skip
    plan = make_guard(taken).engine.plan("input")

    assert "<NUMBER>" == put_through(open_stream(plan, None), "12345678")


def test_what_is_fed_and_released_in_one_step_is_restored_too(open_answer, vault):
    token = vault.put(TAG, "BAD", "badly", restores=True)
    text = f"say {token} now"
    stream = open_answer()

    assert "say badly now" == "".join(map(stream.pass_on, text)) + put_end(stream)


def put_end(stream):
    stream.finish()
    return stream.release()
