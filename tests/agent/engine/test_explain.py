"""What a decision is explained with: spans and scores, never more text than was asked for."""

from __future__ import annotations

import json

import pytest

from tokenward.engine.explain import MOST_NEAR, explain

WORDS = {"detect": {"words": ["BAD", "SHORT"]}, "when": "score >= 0.9", "action": "redact"}
RUDE = {"detect": {"rude": ["angry"]}, "when": "score > 0.9", "action": "block"}
NUMBERS = {"detect": {"digits": ["NUMBER"]}, "action": "flag"}


def story(guard, text, stage="output", *, shown=None):
    return explain(guard.engine, text, stage).as_dict(shown)


def rules(guard, text, stage="output"):
    return {rule["id"]: rule for rule in story(guard, text, stage)["rules"]}


def test_it_decides_as_the_guard_does(make_guard):
    guard = make_guard(WORDS, RUDE, NUMBERS)
    for text in ("", "so bad! x 1234", "No!!! bad", "x" * 3000):
        ours, theirs = explain(guard.engine, text, "output").decision, guard.check(text)
        alike = [one.as_dict() | {"decision_id": ""} for one in (ours, theirs)]
        assert alike[0] == alike[1]


def test_what_fired_says_where_and_by_how_much(make_guard):
    told = rules(make_guard(WORDS), "so bad")["r0"]

    assert ("fired", 1) == (told["state"], told["count"])
    assert [
        {
            "detector": "words",
            "type": "BAD",
            "start": 3,
            "end": 6,
            "score": 1.0,
            "threshold": 0.9,
            "margin": 0.1,
            "evidence": {},
        }
    ] == told["found"]


def test_what_nearly_fired_says_what_was_missing(make_guard):
    told = rules(make_guard(WORDS), "an x here")["r0"]

    assert ("near", []) == (told["state"], told["found"])
    (near,) = told["near"]
    assert ("SHORT", 3, 4, 0.6, -0.3) == (
        near["type"],
        near["start"],
        near["end"],
        near["score"],
        near["margin"],
    )


def test_the_best_sentence_of_a_classifier_comes_first(make_guard):
    text = "Calm. One! Two!! Calm! Well! So."
    near = rules(make_guard(RUDE), text)["r0"]["near"]

    assert MOST_NEAR == len(near)
    assert "Two!!" == text[near[0]["start"] : near[0]["end"]]
    assert sorted((one["score"] for one in near), reverse=True) == [one["score"] for one in near]


def test_rules_that_found_nothing_and_rules_of_other_stages_are_told_apart(make_guard):
    guard = make_guard(NUMBERS, {**NUMBERS, "stage": "input"})

    told = rules(guard, "nothing")
    assert ["quiet", "other stage"] == [told[name]["state"] for name in ("r0", "r1")]
    assert ["quiet", "quiet"] == [one["state"] for one in rules(guard, "nothing", None).values()]


def test_a_detector_that_did_not_run_is_named(make_guard):
    guard = make_guard({"detect": {"broken": "all", "words": ["BAD"]}, "action": "redact"})

    assert ["broken"] == rules(guard, "some text")["r0"]["not_run"]


def test_each_detector_says_what_waited_for_it_and_what_it_cost(make_guard):
    guard = make_guard(WORDS, RUDE, NUMBERS)
    words, digits, rude = story(guard, "a longword! Then b")["detectors"]

    assert ("words", "pattern", "chunk", 5) == (
        words["detector"],
        words["cost"],
        words["unit"],
        words["calls"],
    )
    # in chunks of four: "a lo", "ngwo", "rd! " ...
    assert (6, 2, 8) == (words["longest_held"], words["held_from"], words["held_to"])
    assert ("digits", 0) == (digits["detector"], digits["longest_held"])
    assert ("rude", "inline model", "sentence", 2) == (
        rude["detector"],
        rude["cost"],
        rude["unit"],
        rude["calls"],
    )
    assert all(one["seconds_each"] > 0 for one in (words, digits, rude))


def test_a_broken_classifier_is_explained_all_the_same(make_guard):
    guard = make_guard({"detect": {"broken_rude": "all"}, "action": "block", "on_error": "allow"})
    told = story(guard, "Some text.")

    assert ["broken_rude"] == told["rules"][0]["not_run"]
    assert 1 == told["detectors"][0]["calls"]


@pytest.mark.parametrize("text", ["", " ", "bad " * 2000])
def test_texts_of_any_length_are_explained(make_guard, text):
    told = story(make_guard(WORDS, RUDE), text)

    assert {"decided", "rules", "detectors", "measured"} == set(told)
    assert told == json.loads(json.dumps(told))


def test_text_is_in_it_only_where_it_is_given(make_guard):
    guard = make_guard(WORDS, RUDE, NUMBERS)
    secret = "badsecret"

    assert secret not in json.dumps(story(guard, f"say {secret}!"))
    told = story(guard, f"say {secret} x", shown=f"say {secret} x")["rules"][0]
    assert [secret, "x"] == [told["found"][0]["text"], told["near"][0]["text"]]
