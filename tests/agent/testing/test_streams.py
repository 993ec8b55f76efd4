"""The laws of a whole guard: a good one passes, and each breach is found."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tokenward import Guard, hookimpl
from tokenward.registry import Registry
from tokenward.testing import ConformanceError, check_guard_stream
from tokenward.types import Detection, DetectorPlugin

TEXTS = ["fine badness 12345 and idiots. Good!", "x bad x", "badbadbad", "nothing here"]


@dataclass(frozen=True)
class Nothing:
    """No settings."""


class Passport:
    """Finds 'P' and eight digits, but only within one chunk: it breaks law 2."""

    types = frozenset({"PASSPORT"})
    hold_back = 0

    def open(self, context):
        return self.Scan(context.detector)

    class Scan:
        def __init__(self, name):
            self.name, self.start = name, 0

        def feed(self, text):
            found = [
                Detection(self.name, "PASSPORT", self.start + m.start(), self.start + m.end(), 1.0)
                for m in re.finditer("P[0-9]{8}", text)
            ]
            self.start += len(text)
            return found, self.start

        def finish(self):
            return []


class Hesitant(Passport):
    """Holds the whole text back, although it says that it holds back nothing."""

    class Scan(Passport.Scan):
        def feed(self, text):
            found, settled = super().feed(text)
            return found, min(settled, 0)


class Failing(Passport):
    class Scan(Passport.Scan):
        def feed(self, text):
            raise RuntimeError("broken")


def guard_of(detector, **rule):
    class Plugin:
        @hookimpl
        def register_detectors(self):
            types = detector.types
            return [DetectorPlugin("passport", lambda s, _: detector, Nothing, types, "passports")]

    rule = {"id": "r", "stage": "output", "detect": {"passport": "all"}, "action": "redact"} | rule
    policy = {"name": "test", "rules": [rule]}
    return Guard.load(policy, registry=Registry([("plugin", Plugin())]))


def failures(guard, texts=("Passport P12345678 please",)):
    with pytest.raises(ConformanceError) as raised:
        check_guard_stream(lambda: guard, list(texts))
    return {check.name for check in raised.value.report.failures}


@pytest.mark.parametrize(
    "action", ["flag", "redact", {"redact": "remove"}, {"replace": "~"}, "block"]
)
def test_a_good_guard_passes(make_guard, action):
    words = {"detect": {"words": "all", "digits": "all"}, "action": action}
    rude = {"detect": {"rude": "all"}, "action": "block", "when": "score >= 0.8"}
    report = check_guard_stream(lambda: make_guard(words, rude), TEXTS)
    assert {check.outcome for check in report.checks} == {"passed"}


def test_a_detector_that_depends_on_chunks_is_found_and_so_is_its_leak():
    assert failures(guard_of(Passport())) >= {
        "streamed text is the whole text's",
        "what left is never taken back",
        "the decision is the whole text's",
        "no removed value leaves",
    }


def test_text_that_waits_longer_than_the_policy_says_is_found():
    assert failures(guard_of(Hesitant()), ["none here"]) == {"no more waits than the policy says"}


def test_a_detector_that_fails_is_no_passed_check():
    assert "every detector ran to its end" in failures(guard_of(Failing(), on_error="allow"))


def test_a_stage_without_rules_lets_everything_through():
    guard = guard_of(Passport(), stage="input")
    assert check_guard_stream(lambda: guard, ["Passport P12345678"], stage="output").passed


def test_the_error_names_no_text():
    with pytest.raises(ConformanceError) as raised:
        check_guard_stream(lambda: guard_of(Passport()), ["Passport P12345678 please"])
    assert "P12345" not in str(raised.value)
