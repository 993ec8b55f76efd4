from __future__ import annotations

from dataclasses import replace

import pytest

from tokenward.engine.escalate import EscalatingClassifier
from tokenward.engine.hold_back import HoldBack, part_hold_back
from tokenward.errors import PolicyError, UsageError
from tokenward.stream.plain import stretched
from tokenward.stream.segment import MAX_OPEN


def test_unsure_scores_are_decided_by_the_better_classifier():
    class Fixed:
        types, unit, inline = frozenset({"rude"}), "sentence", False

        def __init__(self, score, label="rude"):
            self._score, self._label, self.seen = score, label, []

        def score(self, texts):
            self.seen += texts
            return [{self._label: self._score} for _ in texts]

    unsure, sure, better = Fixed(0.5), Fixed(0.9), Fixed(0.1)

    assert [{"rude": 0.1}] == EscalatingClassifier(unsure, better, 0.3, 0.8).score(["a"])
    assert [{"rude": 0.9}] == EscalatingClassifier(sure, better, 0.3, 0.8).score(["b"])
    assert ["a"] == better.seen


def test_an_unknown_type_is_refused_with_the_types_there_are(make_guard):
    with pytest.raises(
        PolicyError, match=r"detector 'words' has no type 'GOOD'; use one of: all, BAD, SHORT"
    ):
        make_guard({"detect": {"words": ["GOOD"]}, "action": "flag"})


def test_an_unknown_detector_is_refused_with_the_detectors_there_are(make_guard):
    with pytest.raises(
        PolicyError, match="nobody registered the detector 'pie'; use one of: broken, "
    ):
        make_guard({"detect": {"pie": ["GOOD"]}, "action": "flag"})


def test_an_unknown_stage_is_refused(make_guard):
    with pytest.raises(UsageError, match="unknown stage 'answer'"):
        make_guard().check("text", stage="answer")


def test_a_stage_without_rules_lets_all_pass(make_guard):
    guard = make_guard({"detect": {"words": "all"}, "action": "block"})

    assert "allow" == guard.check("bad", stage="input").action
    assert "block" == guard.check("bad", stage="output").action
    assert "block" == guard.check("bad", stage=None).action


def test_the_hold_back_is_that_of_the_slowest_enforcing_detector(make_guard):
    words = {"detect": {"words": "all"}, "action": "redact"}
    rude = {"detect": {"rude": "all"}, "action": "block"}

    def longest(*rules, **settings):
        held = make_guard(*rules, **settings).engine.compiled.hold_back("output")
        return held.characters, held.detector, held.reason

    value, sentence = "a value that is not complete", "a sentence that does not end"
    assert (1000, "words", value) == longest(words, rude)
    assert (MAX_OPEN, "rude", sentence) == longest(rude, {**words, "mode": "monitor"})
    assert (0, None, "its rules only flag or watch") == longest({**words, "action": "flag"})
    assert (None, "rude", "it judges the whole text") == longest(
        words, rude, detectors={"rude": {"plugin": "rude", "unit": "text"}}
    )


def test_a_detector_may_say_what_it_holds_back_for_the_types_that_are_asked_for(make_guard):
    guard = make_guard({"detect": {"words": ["BAD"]}, "action": "redact"})
    (part,) = guard.engine.plan("output").spans

    class Exact:
        types = part.detector.types
        hold_back = 1000

        def hold_back_of(self, types):
            return 7 if types == {"BAD"} else 1000

        def hold_back_reason(self, types):
            return f"{min(types)} may go on"

        open = part.detector.open

    exact = replace(part, detector=Exact())

    assert HoldBack(7, "BAD may go on", "words") == part_hold_back(exact)
    assert HoldBack(16, "the word at the end", "words") == part_hold_back(replace(exact, calm=True))
    assert stretched(7) == part_hold_back(replace(exact, plain=True)).characters
