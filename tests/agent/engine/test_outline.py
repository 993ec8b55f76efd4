"""The facts of a policy, as ``tokenward policy show --json`` prints them."""

from __future__ import annotations

from tokenward.engine.cost import cost_of
from tokenward.engine.outline import outline
from tokenward.stream.segment import MAX_OPEN

WORDS = {"detect": {"words": ["BAD"]}, "action": "redact", "stage": ["input", "output"]}
RUDE = {
    "detect": {"rude": ["rude"]},
    "when": "score > 0.8",
    "action": "block",
    "deadline_ms": 150,
    "on_error": "allow",
}
BATCHED = {"rude": {"plugin": "rude", "inline": False}}


def facts(make_guard, *rules, **more):
    return outline(make_guard(*rules, **more).engine.compiled)


def test_each_stage_names_its_rules_and_detectors(make_guard):
    told = facts(make_guard, WORDS, RUDE, detectors=BATCHED)["stages"]

    assert {"input": ["r0"], "output": ["r0", "r1"]} == {
        stage: one["rules"] for stage, one in told.items()
    }
    words, rude = told["output"]["detectors"]
    assert {
        "detector": "words",
        "plugin": "words",
        "types": ["BAD"],
        "enforcing": True,
        "unit": "chunk",
        "cost": "pattern",
        "cost_means": "microseconds a chunk",
        "deadline_ms": None,
        "hold_back": 1000,
        "hold_back_reason": "a value that is not complete",
    } == words
    assert ("rude", "sentence model", "sentence", 150, MAX_OPEN) == (
        rude["plugin"],
        rude["cost"],
        rude["unit"],
        rude["deadline_ms"],
        rude["hold_back"],
    )


def test_the_longest_hold_back_has_its_reason(make_guard):
    told = facts(make_guard, {**RUDE, "stage": "input"}, WORDS)

    assert {"input": 1000, "output": 1000} == told["hold_back"]
    assert {
        "characters": 1000,
        "detector": "words",
        "reason": "a value that is not complete",
        "in_prose": "the end of the sentence",
    } == told["stages"]["input"]["hold_back"]


def test_what_ordinary_words_wait_for(make_guard):
    def waits(*rules, **more):
        return facts(make_guard, *rules, **more)["stages"]["output"]["hold_back"]["in_prose"]

    whole = {"rude": {"plugin": "rude", "unit": "text"}}
    assert None is waits(WORDS)
    assert "the end of the sentence" == waits(WORDS, RUDE)
    assert "the whole text" == waits(WORDS, RUDE, detectors=whole)
    assert "nothing" == waits({**WORDS, "mode": "monitor"})


def test_what_is_only_watched_holds_nothing_back_and_is_shown_apart(make_guard):
    (stage,) = facts(make_guard, {**WORDS, "stage": "output", "mode": "monitor"})["stages"].values()

    assert (0, None) == (stage["hold_back"]["characters"], stage["hold_back"]["detector"])
    assert [(False, 0)] == [(one["enforcing"], one["hold_back"]) for one in stage["detectors"]]


def test_a_classifier_of_whole_texts_holds_all_of_it(make_guard):
    detectors = {"rude": {"plugin": "rude", "unit": "text", "inline": False}}
    told = facts(make_guard, RUDE, detectors=detectors)

    assert {"output": None} == told["hold_back"]
    assert "model" == told["stages"]["output"]["detectors"][0]["cost"]


def test_rules_are_told_with_all_that_they_do(make_guard):
    rewind = {**WORDS, "action": {"rewind": {"attempts": 3, "otherwise": "redact"}}}
    first, second, third = facts(make_guard, WORDS, RUDE, rewind)["rules"]

    assert {
        "id": "r1",
        "stages": ["output"],
        "detect": {"rude": ["rude"]},
        "when": "score > 0.8",
        "threshold": 0.8,
        "action": "block",
        "action_detail": None,
        "mode": "enforce",
        "on_error": "allow",
        "deadline_ms": 150,
        "message": None,
    } == second
    assert ("tag", "3 times, otherwise redact") == (first["action_detail"], third["action_detail"])


def test_the_class_of_cost_is_told_by_how_a_detector_works(sample_registry):
    def cost(name, **settings):
        return cost_of(sample_registry.build(name, settings, "here")).name

    assert "pattern" == cost("words")
    assert "inline model" == cost("rude")
    assert "sentence model" == cost("rude", inline=False)
    assert "sentence model" == cost("rude", inline=False, unit="window")
    assert "model" == cost("rude", inline=False, unit="text")
