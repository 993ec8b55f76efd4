"""Law 5: a failure is a decision of its rule, and it is said.

Peers let everything through where a guard raised, was missing, or ran out of its budget.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.laws.driving import guard_of, leaks, rule, run

from tokenward import hookimpl
from tokenward.registry import Registry
from tokenward.types import Detection, DetectorPlugin

EMAIL = "ann.lee@example.com"


@dataclass(frozen=True)
class NoSettings:
    pass


class Failing:
    """Finds nothing, and raises at a moment of its own."""

    types = frozenset({"X"})
    hold_back = 100

    def __init__(self, moment):
        self.moment = moment

    def open(self, context):
        if self.moment == "open":
            raise RuntimeError("out of order")
        return self.Scan(self.moment)

    class Scan:
        def __init__(self, moment):
            self.moment, self.length = moment, 0

        def feed(self, text):
            self.length += len(text)
            if self.moment == "feed" and self.length > 20:
                raise RuntimeError("out of order")
            if self.moment == "contract":
                return [Detection("x", "X", 0, self.length + 5, 1.0)], 0
            return [], self.length

        def finish(self):
            if self.moment == "finish":
                raise RuntimeError("out of order")
            return []


class FailingJudge:
    types = frozenset({"X"})
    unit = "sentence"

    def __init__(self, moment):
        self.moment = moment
        self.inline = moment != "late"

    def score(self, texts):
        if self.moment == "score":
            raise RuntimeError("out of order")
        return [{} if self.moment == "empty" else {"X": 7.0} for _ in texts]


def failing_guard(moment, on_error):
    kinds = {"open": Failing, "feed": Failing, "contract": Failing, "finish": Failing}
    detector = kinds.get(moment, FailingJudge)(moment)

    class Plugin:
        @hookimpl
        def register_detectors(self):
            made = lambda settings, source: detector  # noqa: E731
            return [DetectorPlugin("x", made, NoSettings, detector.types, "fails")]

    rules = [
        rule({"x": "all"}, "block", on_error=on_error, message="stopped"),
        rule({"pii": ["EMAIL_ADDRESS"]}, "redact", on_error="block"),
    ]
    plugins = [("failing", Plugin())]
    registry = Registry.load()
    registry.detectors.update(Registry(plugins).detectors)
    return guard_of(registry, *rules)


MOMENTS = ["open", "feed", "contract", "finish", "score", "empty", "beyond"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_detector_that_fails_blocks_and_says_so(moment):
    """Peers let everything through where a guard raised, was missing, or ran out of budget."""
    done = run(
        failing_guard(moment, "block"), list(f"This is a plain sentence. It says {EMAIL} too.")
    )

    assert ("block", None, ["x"], "stopped") == (
        done.decision["action"],
        done.decision["text"],
        done.decision["degraded"],
        done.decision["message"],
    )
    assert not leaks(EMAIL, done.released)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_detector_that_may_fail_leaves_the_others_at_work_and_says_so(moment):
    done = run(
        failing_guard(moment, "allow"), list(f"This is a plain sentence. It says {EMAIL} too.")
    )

    assert "This is a plain sentence. It says <EMAIL_ADDRESS> too." == done.released
    assert ("redact", ["x"]) == (done.decision["action"], done.decision["degraded"])


def test_a_detector_that_fails_in_one_text_works_in_the_next():
    guard = failing_guard("feed", "block")

    assert run(guard, ["a text that is long enough to fail"]).decision["degraded"]
    assert not run(guard, ["a short one"]).decision["degraded"]
