from __future__ import annotations

import asyncio
import threading
import time

import pytest

from tokenward.engine.batcher import MAX_BATCH, MAX_WAITING, Batcher
from tokenward.engine.escalate import EscalatingClassifier
from tokenward.errors import DetectorError, PolicyError, UsageError


class Slow:
    """A classifier that waits until it is let go, and remembers its batches."""

    types = frozenset({"rude"})
    unit = "sentence"
    inline = False

    def __init__(self):
        self.go = threading.Event()
        self.started = threading.Event()
        self.batches = []

    def score(self, texts):
        self.started.set()
        self.go.wait(10)
        self.batches.append(list(texts))
        return [{"rude": 1.0 if "idiot" in text else 0.0} for text in texts]


def test_what_waits_goes_in_one_batch_sorted_by_length():
    slow = Slow()
    batcher = Batcher(slow)
    first = batcher.submit("first")
    slow.started.wait(5)
    others = [batcher.submit(text) for text in ("ccc", "idiot a", "b")]
    slow.go.set()

    assert [{"rude": 0.0}, {"rude": 1.0}] == [first.result(5), others[1].result(5)]
    batcher.close()
    assert [["first"], ["b", "ccc", "idiot a"]] == slow.batches


def test_a_batch_has_a_limit():
    slow = Slow()
    batcher = Batcher(slow)
    batcher.submit("first")
    slow.started.wait(5)
    futures = [batcher.submit(f"text {i}") for i in range(MAX_BATCH + 3)]
    slow.go.set()
    for future in futures:
        future.result(5)
    batcher.close()

    assert [1, MAX_BATCH, 3] == [len(batch) for batch in slow.batches]


def test_a_full_queue_fails_at_once():
    slow = Slow()
    batcher = Batcher(slow)
    batcher.submit("first")
    slow.started.wait(5)
    for _ in range(MAX_WAITING):
        batcher.submit("waits")

    with pytest.raises(DetectorError, match="units wait already"):
        batcher.submit("too many").result(5)
    slow.go.set()
    batcher.close()


def test_a_classifier_that_raises_fails_its_batch_only():
    class Fussy(Slow):
        def score(self, texts):
            if "bad" in texts:
                raise ValueError("no")
            return [{} for _ in texts]

    batcher = Batcher(Fussy())
    with pytest.raises(ValueError, match="no"):
        batcher.submit("bad").result(5)
    assert {} == batcher.submit("good").result(5)
    batcher.close()


def test_rows_that_do_not_match_the_texts_are_a_failure():
    class Short(Slow):
        def score(self, texts):
            return []

    batcher = Batcher(Short())
    with pytest.raises(DetectorError, match="1 texts got 0 rows"):
        batcher.submit("a").result(5)
    batcher.close()
    with pytest.raises(DetectorError, match="the guard is closed"):
        batcher.submit("a").result(5)


LATE = {"detect": {"rude": ["rude"]}, "when": "score > 0.5", "action": "block", "deadline_ms": 30}
BATCHED = {"rude": {"plugin": "rude", "inline": False}}


@pytest.mark.parametrize(("on_error", "action"), [("block", "block"), ("allow", "allow")])
@pytest.mark.parametrize("driver", ["sync", "async"])
def test_a_late_classifier_is_a_decision(make_guard, on_error, action, driver):
    with make_guard({**LATE, "on_error": on_error}, detectors=BATCHED) as guard:
        guard.engine.compiled.detectors["rude"].score = lambda texts: time.sleep(0.5)

        decision = (
            asyncio.run(guard.acheck("a text")) if driver == "async" else guard.check("a text")
        )

    assert (action, ("rude",)) == (decision.action, decision.degraded)


def test_a_late_unit_does_not_switch_the_classifier_off(make_guard):
    with make_guard({**LATE, "on_error": "allow"}, detectors=BATCHED) as guard:
        detector = guard.engine.compiled.detectors["rude"]
        fast = detector.score
        detector.score = lambda texts: time.sleep(0.3) or fast(texts)
        stream = guard.stream()
        first = stream.feed("One. ")
        time.sleep(0.5)
        detector.score = fast
        rest = stream.feed("You idiot. ") + stream.finish()

    assert "One. " == first + rest
    assert ("block", ("rude",)) == (stream.decision.action, stream.decision.degraded)


def test_unsure_scores_are_decided_by_the_better_classifier():
    class Fixed(Slow):
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
        return make_guard(*rules, **settings).engine.compiled.hold_back("output")

    assert 1000 == longest(words, rude)
    assert 400 == longest(rude, {**words, "mode": "monitor"})
    assert 0 == longest({**words, "action": "flag"})
    assert None is longest(rude, detectors={"rude": {"plugin": "rude", "unit": "text"}})


def test_what_scoring_took_is_told_for_inline_and_for_batched_classifiers(sample_registry):
    from tokenward.engine.compile import compile_policy
    from tokenward.engine.engine import Engine
    from tokenward.engine.text import TextStream
    from tokenward.policy.loader import load_mapping

    rule = {
        "id": "r",
        "stage": "output",
        "detect": {"quick": "all", "slow": "all"},
        "action": "flag",
    }
    detectors = {"quick": {"plugin": "rude"}, "slow": {"plugin": "rude", "inline": False}}
    policy = load_mapping({"name": "p", "detectors": detectors, "rules": [rule]})
    told = []
    engine = Engine(compile_policy(policy, sample_registry), lambda *row: told.append(row))
    with TextStream(engine, "output") as stream:
        stream.feed("One sentence.")
    engine.close()

    assert {"quick", "slow"} == {name for name, _ in told}
    assert all(seconds >= 0 for _, seconds in told)
