"""The law of streaming as an assertion: it holds for good guards, and each breach is found."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tokenward import Guard, hookimpl
from tokenward.errors import UsageError
from tokenward.registry import Registry
from tokenward.testing import ConformanceError, assert_chunking_law
from tokenward.types import Detection, DetectorPlugin

TEXTS = ["fine badness 12345 and idiots. Good!", "x bad x", "badbadbad"]
PASSPORT = "Passport P12345678 please"


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


class Patient(Passport):
    """Finds them in any chunks: it waits for the end of the text."""

    hold_back = 10_000

    class Scan(Passport.Scan):
        def __init__(self, name):
            super().__init__(name)
            self.text = ""

        def feed(self, text):
            self.text += text
            return [], 0

        def finish(self):
            return super().feed(self.text)[0]


class Hesitant(Patient):
    """Holds the whole text back, although it says that it holds back nothing."""

    hold_back = 0


class Forgetful(Patient):
    """Looks at the last ten characters only, where a text comes in more than thirty chunks."""

    class Scan(Patient.Scan):
        chunks = 0

        def feed(self, text):
            self.chunks += 1
            if self.chunks > 30:
                self.text = "-" * max(0, len(self.text) - 10) + self.text[-10:]
            return super().feed(text)


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


def broken(subject, texts=(PASSPORT,), **more):
    """Returns the report of a subject on which the law does not hold, or was not measured."""
    with pytest.raises(ConformanceError) as raised:
        assert_chunking_law(subject, list(texts), **more)
    return raised.value.report


def outcomes(report):
    return {check.name: check.outcome for check in report.checks}


@pytest.mark.parametrize(
    "action", ["flag", "redact", {"redact": "remove"}, {"replace": "~"}, "block"]
)
def test_the_law_holds_for_a_good_guard(make_guard, action):
    words = {"detect": {"words": "all", "digits": "all"}, "action": action}
    rude = {"detect": {"rude": "all"}, "action": "block", "when": "score >= 0.8"}
    report = assert_chunking_law(make_guard(words, rude), TEXTS)

    assert report.passed
    assert {"passed"} == {check.outcome for check in report.checks}


def test_it_holds_for_a_detector_by_itself_and_for_its_plugin():
    plugin = DetectorPlugin("own", lambda s, _: Patient(), Nothing, Patient.types, "passports")

    assert assert_chunking_law(Patient(), [PASSPORT]).passed
    assert assert_chunking_law(plugin, [PASSPORT], settings={}).passed


class Rude:
    """Scores sentences: each of them has some score."""

    types = frozenset({"rude"})
    unit, inline = "sentence", True

    def score(self, texts):
        return [{"rude": 0.9 if "idiot" in text else 0.1} for text in texts]


def test_it_holds_for_a_classifier_on_what_it_is_sure_of():
    insult = "All is well. You are an idiot, sir. Good day."

    assert assert_chunking_law(Rude(), [insult]).passed
    assert "not measured" in outcomes(broken(Rude(), ["All is well. Good day."])).values()


def test_a_policy_may_be_named_or_written_out():
    rule = {"id": "r", "stage": "input", "detect": {"secrets": "all"}, "action": "block"}
    key = "Use AKIAQYLPMN5HFIQR7XYA for it."

    assert assert_chunking_law({"name": "own", "rules": [rule]}, [key], stage="input").passed
    assert assert_chunking_law("pii-secrets", [key], stage=None).passed


def test_the_controls_come_first_and_must_fail(make_guard):
    report = assert_chunking_law(
        make_guard({"detect": {"words": "all"}, "action": "redact"}), TEXTS
    )

    assert ["no guard at all fails", "a guard without memory fails"] == [
        check.name for check in report.checks[:2]
    ]


@pytest.mark.parametrize("detector", [Passport(), Forgetful()])
def test_a_detector_that_depends_on_chunks_is_found_with_its_first_cut(detector):
    report = broken(detector)
    (sample,) = [check for check in report.failures if check.name.startswith("sample")]

    assert re.match(r"cut at \d+", sample.detail)
    assert "released text differs" in sample.detail
    assert "which is removed" in sample.detail


def test_the_cut_that_is_told_has_the_fewest_chunks():
    """In two, where that is enough."""
    (sample,) = broken(guard_of(Passport())).failures[:1]
    cut = re.match(r"cut at ([\d, ]+): ", sample.detail)[1]

    assert 9 < int(cut) < 18


def test_a_sample_in_which_nothing_is_found_is_not_measured_and_does_not_pass():
    report = broken(guard_of(Patient()), [PASSPORT, "nothing here"])
    checks = outcomes(report)

    assert not report.passed
    assert () == report.failures
    assert "passed" == checks[f"sample 0 ({len(PASSPORT)} characters)"]
    assert "not measured" == checks["sample 1 (12 characters)"]
    assert "not measured" == checks["no guard at all fails"]


def test_a_sample_that_no_cut_can_harm_is_not_measured(make_guard):
    """A detector of single characters needs no memory: on such a sample, the law says nothing."""
    guard = Guard.load(
        {
            "name": "one",
            "detectors": {"sign": {"plugin": "regex", "patterns": {"SIGN": "[#]"}}},
            "rules": [
                {"id": "r", "stage": "output", "detect": {"sign": "all"}, "action": "redact"}
            ],
        }
    )
    checks = outcomes(broken(guard, ["a # b"]))

    assert "passed" == checks["no guard at all fails"]
    assert "not measured" == checks["a guard without memory fails"]
    assert "not measured" == checks["sample 0 (5 characters)"]


def test_a_stage_without_rules_measures_nothing():
    checks = outcomes(broken(guard_of(Patient(), stage="input"), stage="output"))

    assert "not measured" == checks["no guard at all fails"]


def test_text_that_waits_longer_than_the_policy_says_is_found():
    failed = {check.name for check in broken(guard_of(Hesitant())).failures}

    assert {"no more waits than the policy says"} == failed


def test_a_detector_that_fails_is_no_passed_check():
    failed = {check.name for check in broken(guard_of(Failing(), on_error="allow")).failures}

    assert {"every detector ran to its end"} == failed


def test_there_must_be_samples(make_guard):
    with pytest.raises(UsageError, match="no samples"):
        assert_chunking_law(make_guard(), [])


def test_settings_are_refused_where_nothing_takes_them():
    with pytest.raises(UsageError, match="settings are for a DetectorPlugin"):
        assert_chunking_law(Patient(), [PASSPORT], settings={"a": 1})


def test_the_error_names_no_text():
    with pytest.raises(ConformanceError) as raised:
        assert_chunking_law(guard_of(Passport()), [PASSPORT])

    assert "P12345" not in str(raised.value)
