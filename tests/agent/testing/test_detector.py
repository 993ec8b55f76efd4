"""The battery of what a plugin registers, before its detector is even created."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tokenward.errors import MissingExtra, UsageError
from tokenward.testing import ConformanceError, Report, check_detector, examine_detector
from tokenward.types import DetectorPlugin


@dataclass(frozen=True)
class Settings:
    word: str = "rude"
    times: int = 1


@dataclass
class Melting:
    word: str = "rude"


@dataclass(frozen=True)
class Demanding:
    word: str


class Counter:
    """Scores the share of a word."""

    unit = "sentence"
    inline = True

    def __init__(self, settings):
        self.word = settings.word
        self.types = frozenset({self.word})

    def score(self, texts):
        return [{self.word: min(1.0, text.count(self.word) / 3)} for text in texts]


def plugin(**changes):
    values = {
        "name": "counter",
        "create": lambda settings, source: Counter(settings),
        "settings": Settings,
        "types": None,
        "description": "Counts a word.",
    }
    return DetectorPlugin(**(values | changes))


def outcome(report: Report, name: str) -> tuple[str, str]:
    (check,) = [check for check in report.checks if check.name == name]
    return check.outcome, check.detail


SAMPLES = ["so rude", "kind"]


def test_a_good_plugin_passes():
    assert check_detector(plugin(), SAMPLES).passed
    assert check_detector(plugin(types=frozenset({"kind"})), SAMPLES, {"word": "kind"}).passed


MALFORMED = [
    ({"name": "two words"}, "name is 'two words'"),
    ({"name": "a.b"}, "name is 'a.b'"),
    ({"create": None}, "create is a NoneType, which cannot be called"),
    ({"settings": dict}, "settings is no dataclass"),
    ({"settings": Melting}, "settings Melting is not frozen"),
    ({"types": frozenset()}, "it must be a frozenset of names, not empty"),
    ({"types": ["a"]}, "it must be a frozenset of names, not empty"),
    ({"types": frozenset({"a b"})}, "type 'a b' is no text without white space"),
    ({"types": frozenset({"all"})}, "type 'all' stands for every type in a policy"),
    ({"description": "  "}, "description is empty"),
]


@pytest.mark.parametrize(("changes", "fault"), MALFORMED)
def test_a_malformed_registration_is_refused(changes, fault):
    with pytest.raises(ConformanceError, match="is registered well-formed") as raised:
        check_detector(plugin(**changes), SAMPLES)
    assert fault in str(raised.value)


def test_types_that_are_not_the_registered_ones_are_a_fault():
    report = examine_detector(plugin(types=frozenset({"rude", "loud"})), SAMPLES)
    kind, detail = outcome(report, "finds the types that it registered")
    assert kind == "failed"
    assert "the plugin registers ['loud', 'rude'], the detector has ['rude']" in detail


def test_settings_that_a_policy_may_not_write_are_a_fault():
    report = examine_detector(plugin(), SAMPLES, {"words": "x"})
    assert outcome(report, "is created from its settings") == (
        "failed",
        "settings: detector 'counter' has no setting 'words'; use one of: word, times",
    )


def raising(error):
    def create(settings, source):
        raise error

    return plugin(create=create)


def test_an_exception_of_its_own_is_a_fault_and_its_message_is_not_shown():
    report = examine_detector(raising(KeyError("a secret")), SAMPLES)
    kind, detail = outcome(report, "is created from its settings")
    assert kind == "failed"
    assert detail.startswith("raised KeyError at test_detector.py:")
    assert "secret" not in detail


def test_a_model_that_is_not_there_is_not_measured_and_does_not_pass():
    missing = raising(MissingExtra("counter", "models", "torch"))
    report = examine_detector(missing, SAMPLES)
    kind, detail = outcome(report, "is created from its settings")
    assert (kind, "pip install 'tokenward[models]'" in detail) == ("not measured", True)
    assert not report.passed
    with pytest.raises(ConformanceError, match="detector 'counter' was not examined: is created"):
        check_detector(missing, SAMPLES)


def test_settings_that_must_be_given_are_not_measured_without_them():
    demanding = plugin(settings=Demanding)
    kind, detail = outcome(examine_detector(demanding, SAMPLES), "is created from its settings")
    assert (kind, detail.startswith("give settings=: ")) == ("not measured", True)
    assert check_detector(demanding, SAMPLES, {"word": "rude"}).passed


def test_with_settings_given_a_refusal_is_a_fault():
    report = examine_detector(raising(UsageError("no such word")), SAMPLES, {"word": "x"})
    assert outcome(report, "is created from its settings") == ("failed", "no such word")


def test_something_of_neither_kind_is_a_fault():
    class Half:
        types = frozenset({"a"})
        hold_back = 1

    report = examine_detector(Half())
    kind, detail = outcome(report, "is a span detector, classifier or tagger")
    assert kind == "failed"
    assert "has types, hold_back; a span detector has types, hold_back and open" in detail


def test_the_error_is_an_assertion_and_ends_the_command_line_with_1():
    with pytest.raises(AssertionError) as raised:
        check_detector(plugin(description=""), SAMPLES)
    assert raised.value.exit_code == 1
    assert not raised.value.report.passed


def test_a_report_is_json():
    row = check_detector(plugin(), SAMPLES).as_dict()
    assert ("detector 'counter'", True) == (row["subject"], row["passed"])
    assert {"name": "takes no texts", "outcome": "passed", "detail": ""} in row["checks"]


def test_a_report_without_a_passed_check_does_not_pass():
    assert not Report("x", ()).passed
