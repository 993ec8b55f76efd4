"""What the answer to a prompt of ``generate`` may go by."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tokenward import Guard, RequestContext
from tokenward.hookspecs import hookimpl
from tokenward.inprocess.prompts import CheckedPrompt, given_to
from tokenward.registry import Registry
from tokenward.types import DetectorPlugin


@dataclass(frozen=True)
class Nothing:
    """No settings."""


class Plain:
    types, unit, inline = frozenset({"x"}), "sentence", True

    def score(self, texts):
        return [{"x": 0.0} for _ in texts]


class Asking(Plain):
    def for_request(self, context):
        return self


def plan_of(kind):
    class Brought:
        @hookimpl
        def register_detectors(self):
            return [DetectorPlugin("d", lambda *_: kind(), Nothing, Plain.types, "d")]

    rule = {"id": "r", "stage": "output", "detect": {"d": ["x"]}, "action": "flag"}
    with Guard.load({"name": "p", "rules": [rule]}, registry=Registry([("b", Brought())])) as guard:
        return guard.engine.plan("output")


@pytest.mark.parametrize(
    "prompt",
    [
        "Context: It is red.\nQuestion: Colour?",
        [{"role": "user", "content": "<doc>It is red.</doc>Colour?"}],
    ],
)
def test_passages_of_a_prompt_are_told_to_detectors_that_ask(prompt):
    given = given_to(CheckedPrompt(prompt, ()), plan_of(Asking))

    assert given is not None
    assert given.context == RequestContext(question="Colour?", documents=("It is red.",))


def test_nothing_is_read_where_none_asks():
    assert given_to(CheckedPrompt("Context: It is red.", ()), plan_of(Plain)) is None
