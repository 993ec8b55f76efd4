"""Detectors that judge an answer by its request: what they are told, and what a decision says."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tokenward import Guard, RequestContext
from tokenward.errors import UsageError
from tokenward.hookspecs import hookimpl
from tokenward.registry import Registry
from tokenward.testing.detector import examine_detector
from tokenward.types import NOT_MEASURED, Detection, DetectorPlugin, Tag


@dataclass(frozen=True)
class Nothing:
    """No settings."""


class Foreign:
    """Tags words that the documents of the request lack."""

    types = frozenset({"WORD"})
    unit = "sentence"

    def __init__(self, inline, asked, context=None):
        self.inline, self.asked, self.context = inline, asked, context

    def for_request(self, context):
        self.asked.append(context)
        if context.question == "fail":
            raise RuntimeError
        return Foreign(self.inline, self.asked, context)

    def tag(self, texts):
        return [self.tags(text) for text in texts]

    def tags(self, text):
        if self.context is None:
            return NOT_MEASURED
        known = " ".join(self.context.documents).split()
        at, tags = 0, []
        for word in text.split():
            at = text.index(word, at)
            if word.strip(".") not in known:
                tags.append(Tag("WORD", at, at + len(word.strip(".")), 1.0))
        return tags


class Echo:
    """A span detector that finds the question."""

    types = frozenset({"QUESTION"})
    hold_back = 0

    def __init__(self, question=""):
        self.question = question

    def for_request(self, context):
        return Echo(context.question)

    def open(self, context):
        return EchoScan(context.detector, self.question)


class EchoScan:
    def __init__(self, detector, question):
        self.detector, self.question, self.at = detector, question, 0

    def feed(self, text):
        found = [
            Detection(self.detector, "QUESTION", self.at + i, self.at + i + 1, 1.0)
            for i, character in enumerate(text)
            if character == self.question
        ]
        self.at += len(text)
        return found, self.at

    def finish(self):
        return []


class Brought:
    def __init__(self, inline):
        self.asked = []
        self.inline = inline

    @hookimpl
    def register_detectors(self):
        types, echoed = Foreign.types, Echo.types
        return [
            DetectorPlugin(
                "foreign", lambda s, _: Foreign(self.inline, self.asked), Nothing, types, ""
            ),
            DetectorPlugin("echo", lambda s, _: Echo(), Nothing, echoed, ""),
        ]


@pytest.fixture(params=[True, False], ids=["inline", "worker"])
def brought(request):
    return Brought(request.param)


@pytest.fixture
def guarded(brought):
    opened = []

    def load(name="foreign", type_="WORD", **rule):
        policy = {
            "name": "p",
            "detectors": {name: {"plugin": name}},
            "rules": [
                {
                    "id": "r",
                    "stage": ["input", "output"],
                    "detect": {name: [type_]},
                    "action": {"redact": "mask"},
                    **rule,
                }
            ],
        }
        opened.append(Guard.load(policy, registry=Registry([("brought", brought)])))
        return opened[-1]

    yield load
    for guard in opened:
        guard.close()


def test_an_answer_is_judged_by_the_documents_of_its_request(guarded):
    decision = guarded().check("It is red. It is blue.", context=["It is red"])

    assert decision.text == "It is red. It is ****."
    assert decision.unmeasured == ()


def test_it_does_not_matter_how_the_answer_is_cut(guarded):
    guard, text = guarded(), "It is red. It is blue. Is it?"
    whole = guard.check(text, context="It is red")
    for size in (1, 3, 7):
        stream = guard.stream(context=["It is red"])
        for at in range(0, len(text), size):
            stream.feed(text[at : at + size])
        stream.finish()
        assert stream.decision.text == whole.text
        assert stream.decision.rules == whole.rules


def test_a_request_is_told_to_a_detector_once(guarded, brought):
    context = RequestContext(question="Which?", documents=("It is red",))
    guarded().check("It is red. It is red. It is red.", context=context)

    assert brought.asked == [context]


def test_two_requests_at_once_see_their_own_documents_only(guarded):
    guard = guarded()
    red, blue = guard.stream(context=["red"]), guard.stream(context=["blue"])
    texts = [stream.feed("red blue. ") + stream.finish() for stream in (red, blue)]

    assert texts == ["red ****. ", "*** blue. "]


def test_without_a_context_nothing_is_measured_and_no_score_is_claimed(guarded):
    decision = guarded().check("It is blue.")

    assert decision.action == "allow"
    assert decision.unmeasured == ("foreign",)
    assert decision.scores == {}
    assert decision.as_dict()["unmeasured"] == ["foreign"]


def test_a_decision_that_was_measured_says_nothing_of_it(guarded):
    assert "unmeasured" not in guarded().check("It is red.", context=["It is red"]).as_dict()


@pytest.mark.parametrize(("on_error", "action"), [("block", "block"), ("allow", "allow")])
def test_a_detector_that_cannot_take_the_request_fails(guarded, on_error, action):
    context = RequestContext(question="fail", documents=("red",))
    decision = guarded(on_error=on_error).check("It is blue.", context=context)

    assert decision.degraded == ("foreign",)
    assert decision.action == action


def test_span_detectors_are_told_as_well(guarded):
    decision = guarded("echo", "QUESTION").check("a?b?", context=RequestContext(question="?"))

    assert decision.text == "a*b*"


def test_a_session_takes_a_context_too(guarded):
    with guarded().session() as session:
        assert session.check("It is blue.", context=["It is red"]).text == "It is ****."
        assert "".join(session.iter(["It is", " blue."], context=["It is"])) == "It is ****."


def test_iterators_take_a_context_too(guarded):
    assert "".join(guarded().iter(["It is", " blue."], context=["It is"])) == "It is ****."


def test_what_is_no_list_of_texts_is_refused(guarded):
    with pytest.raises(UsageError, match="RequestContext"):
        guarded().check("It is red.", context=[b"It is red"])


def test_the_kit_asks_for_one_of_the_same_kind():
    class Other(Foreign):
        def for_request(self, context):
            return Echo(context.question)

    report = examine_detector(Other(inline=True, asked=[]), samples=["It is blue."])
    assert not report.passed
    assert "another kind" in str([check.detail for check in report.checks])


def test_a_context_is_never_written_out():
    context = RequestContext(("s",), "secret", ("secret",), ("secret",), ("secret",))

    assert "secret" not in repr(context)
