"""Whatever a classifier does wrong is a decision: the rule's ``on_error``, and said."""

from __future__ import annotations

import asyncio
import time

import pytest

from tokenward.engine import batcher
from tokenward.types import Tag

RUDE = {"detect": {"slow": ["rude"]}, "when": "score > 0.5", "action": "block"}
SOON = {**RUDE, "deadline_ms": 30}


def decide(guard, text, driver):
    return asyncio.run(guard.acheck(text)) if driver == "async" else guard.check(text)


drivers = pytest.mark.parametrize("driver", ["sync", "async"])
on_errors = pytest.mark.parametrize(
    ("on_error", "action"), [("block", "block"), ("allow", "allow")]
)


@drivers
@on_errors
def test_a_late_classifier_is_a_decision(guard_of, held, driver, on_error, action):
    guard = guard_of([{**SOON, "on_error": on_error}], slow=held)

    decision = decide(guard, "a text", driver)

    assert (action, ("slow",)) == (decision.action, decision.degraded)


@drivers
@on_errors
def test_an_overloaded_classifier_is_a_decision(
    guard_of, held, monkeypatch, driver, on_error, action
):
    monkeypatch.setattr(batcher, "MAX_WAITING", 3)
    guard = guard_of([{**RUDE, "on_error": on_error}], slow=held)
    blocked = guard.engine.open("output")
    blocked.feed("One. " * 5)
    assert guard.engine.submit(blocked)  # the queue is full from now on

    decision = decide(guard, "a text", driver)

    assert (action, ("slow",)) == (decision.action, decision.degraded)
    guard.engine.abandon(blocked)


def broken(_texts):
    raise RuntimeError("this classifier is broken")


ANSWERS = {
    "raises": broken,
    "no rows": lambda texts: [],
    "too many rows": lambda texts: [{"rude": 0.0}] * (len(texts) + 1),
    "nothing": lambda texts: None,
    "not a number": lambda texts: [{"rude": float("nan")} for _ in texts],
    "beyond one": lambda texts: [{"rude": 1.5} for _ in texts],
    "no label": lambda texts: [{} for _ in texts],
    "no score": lambda texts: [{"rude": None} for _ in texts],
    "no mapping": lambda texts: [0.5 for _ in texts],
}


@drivers
@on_errors
@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_wrong_answer_is_a_decision(
    guard_of, answering, answer, inline, driver, on_error, action
):
    wrong = answering(ANSWERS[answer], inline=inline)
    guard = guard_of([{**RUDE, "on_error": on_error}], slow=wrong)

    decision = decide(guard, "One. Two.", driver)

    assert (action, ("slow",)) == (decision.action, decision.degraded)


TAGS = {
    "outside": [Tag("rude", 0, 99, 1.0)],
    "empty": [Tag("rude", 1, 1, 1.0)],
    "before": [Tag("rude", -1, 2, 1.0)],
    "no score": [Tag("rude", 0, 1, float("nan"))],
    "no tags": None,
}


@on_errors
@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("tags", TAGS)
def test_a_wrong_tag_is_a_decision(guard_of, tags, inline, on_error, action):
    class Tagger:
        types, unit = frozenset({"rude"}), "sentence"

        def tag(self, texts):
            return [TAGS[tags] for _ in texts]

    Tagger.inline = inline
    guard = guard_of([{**RUDE, "on_error": on_error}], slow=Tagger())

    decision = guard.check("One. Two.")

    assert (action, ("slow",)) == (decision.action, decision.degraded)


def test_a_late_unit_does_not_switch_the_classifier_off(guard_of, held):
    guard = guard_of([{**SOON, "on_error": "allow"}], slow=held)
    stream = guard.stream()
    first = stream.feed("One. Tw")
    assert held.started.wait(5)
    held.go.set()
    while not held.batches:
        time.sleep(0.01)
    held.score = lambda texts: [{"rude": 1.0 if "idiot" in text else 0.0} for text in texts]
    rest = stream.feed("o. You idiot. ") + stream.finish()

    assert "One. Two. " == first + rest
    assert ("block", ("slow",)) == (stream.decision.action, stream.decision.degraded)
