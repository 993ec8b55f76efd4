"""Classifiers that hand over, share what they hand over to, or say why they cannot judge."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from tokenward import hookimpl
from tokenward.engine.escalate import EscalatingClassifier
from tokenward.guard import Guard
from tokenward.registry import Registry
from tokenward.telemetry import Telemetry
from tokenward.types import DetectorPlugin, Unjudged

FOREIGN = Unjudged("unsupported_language")
RULES = [
    {"id": "rude", "stage": "output", "detect": {"one": "all"}, "action": "block"},
    {"id": "bold", "stage": "output", "detect": {"other": "all"}, "action": "flag"},
    {"id": "long", "stage": "output", "detect": {"judge": "long"}, "action": "flag"},
]


class Fixed:
    """A cheap classifier of one label, always unsure."""

    unit, inline = "sentence", True

    def __init__(self, label):
        self.types = frozenset({label})

    def score(self, texts):
        return [dict.fromkeys(self.types, 0.5) for _ in texts]


class Judge:
    """A slow one that knows more labels, and no German."""

    types, unit, inline = frozenset({"rude", "bold", "long"}), "sentence", False

    def __init__(self):
        self.seen = []

    def score(self, texts):
        self.seen += texts
        return [FOREIGN if "ist" in t else dict.fromkeys(self.types, len(t) / 100) for t in texts]


@dataclass(frozen=True)
class Nothing:
    pass


@pytest.fixture
def judges():
    """Every judge that was made."""
    return []


@pytest.fixture
def guard(judges):
    def judge(settings, source):
        judges.append(Judge())
        return judges[-1]

    def plugin(name, create):
        return DetectorPlugin(name, create, Nothing, None, "for tests")

    class Plugins:
        @hookimpl
        def register_detectors(self):
            return [
                plugin("rudeness", lambda settings, source: Fixed("rude")),
                plugin("boldness", lambda settings, source: Fixed("bold")),
                plugin("judge", judge),
            ]

    def load(rules=RULES):
        escalate = {"to": "judge", "between": [0.4, 0.6]}
        detectors = {
            "one": {"plugin": "rudeness", "escalate": escalate},
            "other": {"plugin": "boldness", "escalate": escalate},
        }
        policy = {"name": "p", "detectors": detectors, "rules": rules}
        return Guard.load(policy, registry=Registry([("plugins", Plugins())]))

    return load


def test_what_several_detectors_escalate_to_is_built_once_and_judges_a_text_once(guard, judges):
    with guard() as some:
        streams = [some.engine.open("output") for _ in range(5)]
        for stream in streams:
            stream.feed("One sentence. Another one here.")
            stream.finish()
        some.engine.settle_all(streams)
        for stream in streams:
            some.engine.complete(stream)
            scores = stream.decide("", "id").scores
            assert scores == dict.fromkeys(("one.rude", "other.bold", "judge.long"), 0.17)
        assert len(judges) == 1
        workers = set(map(id, some.engine._scorer._batchers.values()))
        assert len(workers) == 1


def test_units_of_one_text_that_wait_together_are_judged_once(guard, judges):
    with guard() as some:
        some.check("One sentence.")
        some.engine._scorer._batchers["one"]._judge(
            judges[0], [_Waiting("Twice."), _Waiting("Once."), _Waiting("Twice.")]
        )
        assert judges[0].seen[-2:] == ["Twice.", "Once."]


class _Waiting:
    def __init__(self, text):
        from concurrent.futures import Future

        self.text, self.future = text, Future()


def test_all_stands_for_the_types_of_the_detector_that_is_named(guard):
    with guard(RULES[:1]) as some:
        assert set(some.check("A text.").scores) == {"one.rude"}
    named = {**RULES[0], "detect": {"one": ["rude", "long"]}}
    with guard([named]) as some:
        assert set(some.check("A text.").scores) == {"one.rude", "one.long"}


@pytest.mark.parametrize("driver", ["sync", "async"])
@pytest.mark.parametrize(("on_error", "action"), [("block", "block"), ("allow", "allow")])
def test_a_text_that_the_second_cannot_judge_is_a_failure_with_its_reason(
    guard, driver, on_error, action
):
    with guard([{**RULES[0], "on_error": on_error}]) as some:
        text = "Das ist kein Satz."
        decision = asyncio.run(some.acheck(text)) if driver == "async" else some.check(text)
        assert decision.action == action
        assert decision.degraded == ("one",)
        assert decision.as_dict()["reasons"] == {"one": "unsupported_language"}


def test_metrics_tell_the_reason(guard):
    telemetry = Telemetry()
    with guard([RULES[0]]) as some:
        telemetry.decided("route", some.check("Das ist kein Satz."))
    assert (
        b'tokenward_degraded_total{detector="one",on_error="block",reason="unsupported_language"} 1'
        in telemetry.text()
    )


def test_a_batch_in_one_thread_keeps_the_reason_of_each_text():
    both = EscalatingClassifier(Fixed("rude"), Judge(), 0.4, 0.6)
    rows = both.score(["Fine.", "Das ist es."])
    assert rows[0]["rude"] == 0.05
    assert rows[1] is FOREIGN


def test_what_the_first_cannot_judge_the_second_does():
    class Cannot(Fixed):
        def score(self, texts):
            return [Unjudged("too_long") for _ in texts]

    [row] = EscalatingClassifier(Cannot("rude"), Judge(), 0.4, 0.6).score(["Fine."])
    assert row["rude"] == 0.05


def test_a_reason_says_itself_and_has_no_scores():
    assert repr(FOREIGN) == "Unjudged('unsupported_language')"
    assert dict(FOREIGN) == {}
    with pytest.raises(KeyError):
        FOREIGN["rude"]
