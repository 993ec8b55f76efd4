"""Who waits for whom: text for enforcing rules, the decision for all, and nobody for ever."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokenward.engine.escalate import EscalatingClassifier
from tokenward.engine.scorer import Pending

RUDE = {"detect": {"slow": ["rude"]}, "when": "score > 0.5", "action": "block"}
WATCH = {**RUDE, "mode": "monitor"}
WORDS = {"detect": {"words": ["BAD"]}, "action": "redact"}


def decide(guard, text, driver):
    return asyncio.run(guard.acheck(text)) if driver == "async" else guard.check(text)


drivers = pytest.mark.parametrize("driver", ["sync", "async"])


# -- text waits for enforcing rules only --------------------------------------------------------


@drivers
def test_text_does_not_wait_for_a_classifier_that_only_watches(guard_of, held, driver):
    guard = guard_of([WORDS, WATCH], slow=held)
    stream = guard.stream()

    async def feed():
        return await stream.afeed("One bad idiot. Two")

    released = asyncio.run(feed()) if driver == "async" else stream.feed("One bad idiot. Two")

    assert held.started.wait(5)
    assert "One <BAD> idiot. " == released  # and the classifier has not answered
    held.go.set()
    stream.finish()
    assert ["r0", "r1"] == [rule.id for rule in stream.decision.rules]


def test_text_waits_for_an_enforcing_classifier_and_not_for_the_one_beside_it(
    guard_of, held, answering
):
    quick = answering(lambda texts: [{"rude": 0.0} for _ in texts], inline=False)
    civil = {"detect": {"quick": ["rude"]}, "action": "block"}
    guard = guard_of([civil, WATCH], slow=held, quick=quick)
    stream = guard.stream()

    assert "One. " == stream.feed("One. Two")
    held.go.set()
    assert "Two" == stream.finish()
    assert () == stream.decision.degraded
    assert {"slow.rude": 0.0, "quick.rude": 0.0} == stream.decision.scores


@drivers
@pytest.mark.parametrize("on_error", ["block", "allow"])
def test_a_watching_classifier_that_never_answers_is_degraded_and_changes_nothing(
    guard_of, held, driver, on_error
):
    guard = guard_of([WORDS, {**WATCH, "deadline_ms": 30, "on_error": on_error}], slow=held)

    decision = decide(guard, "One bad. Two.", driver)

    assert ("redact", "One <BAD>. Two.", ("slow",)) == (
        decision.action,
        decision.text,
        decision.degraded,
    )


@drivers
def test_the_decision_is_whole_where_a_driver_stops_at_a_block(guard_of, held, driver):
    """What was scored before the block is in the decision, however slow its classifier is."""
    guard = guard_of([{**WORDS, "action": "block"}, WATCH], slow=held)
    stream = guard.stream(raise_on_block=False)
    threading.Timer(0.05, held.go.set).start()

    async def stop():
        await stream.afeed("You idiot. Very bad. More")
        await stream.aend()

    if driver == "async":
        asyncio.run(stop())
    else:
        stream.feed("You idiot. Very bad. More")
        stream.end()

    assert stream.blocked
    assert ["r0", "r1"] == [rule.id for rule in stream.decision.rules]
    assert () == stream.decision.degraded


@drivers
def test_an_exception_at_a_block_carries_the_whole_decision(guard_of, held, driver):
    from tokenward.errors import Blocked

    guard = guard_of([{**WORDS, "action": "block"}, WATCH], slow=held)
    threading.Timer(0.05, held.go.set).start()

    with pytest.raises(Blocked) as caught:
        if driver == "async":
            asyncio.run(guard.acheck("You idiot. Very bad.", raise_on_block=True))
        else:
            guard.check("You idiot. Very bad.", raise_on_block=True)

    assert ["r0", "r1"] == [rule.id for rule in caught.value.decision.rules]


def test_what_is_watched_is_taken_in_as_it_is_ready_so_that_little_is_kept(guard_of, answering):
    quick = answering(lambda texts: [{"rude": 0.0} for _ in texts], inline=False)
    guard = guard_of([WATCH], slow=quick)
    stream = guard.engine.open("output")
    for number in range(200):
        stream.feed(f"Sentence {number}. ")
        assert not guard.engine.submit(stream)
        while stream.pending and stream.pending.watched and number % 20 == 19:
            guard.engine.submit(stream)
    kept = Pending() if stream.pending is None else stream.pending

    assert len(kept.watched) < 25


def test_several_streams_are_settled_together(guard_of, held):
    guard = guard_of([RUDE], slow=held)
    first = guard.engine.open("output")
    first.feed("The first. x")
    guard.engine.submit(first)
    assert held.started.wait(5)
    streams = [guard.engine.open("output") for _ in range(3)]
    for name, stream in zip("abc", streams, strict=True):
        stream.feed(f"Text {name}{name}. X")
    threading.Timer(0.05, held.go.set).start()

    guard.engine.settle_all([*streams, first])

    assert ["Text aa. ", "Text bb. ", "Text cc. "] == [stream.release() for stream in streams]
    assert [["The first."], ["Text aa.", "Text bb.", "Text cc."]] == held.batches


def test_a_stream_that_is_given_up_is_not_scored(guard_of, held):
    guard = guard_of([RUDE], slow=held)
    first, given_up = guard.engine.open("output"), guard.engine.open("output")
    first.feed("The first. x")
    guard.engine.submit(first)
    assert held.started.wait(5)
    given_up.feed("Never. x")
    guard.engine.submit(given_up)
    guard.engine.abandon(given_up)
    held.go.set()
    guard.engine.settle(first)
    guard.close()

    assert [["The first."]] == held.batches


def test_a_task_that_is_cancelled_leaves_nothing_unscanned(guard_of, held):
    """What was to be scored when it was cancelled has failed: it is blocked, not let go."""
    guard = guard_of([RUDE], slow=held)
    stream = guard.stream()

    async def leave():
        task = asyncio.ensure_future(stream.afeed("You idiot. More. x"))
        assert await asyncio.to_thread(held.started.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        held.go.set()
        return await stream.afinish()

    assert "" == asyncio.run(leave())
    assert ("block", None) == (stream.decision.action, stream.decision.text)


# -- a cheap classifier first -------------------------------------------------------------------


@pytest.fixture
def triage(guard_of, held, answering):
    """A guard that asks the slow classifier where the quick one is unsure."""

    def first(texts):
        return [{"rude": {"F": 0.0, "Y": 0.5}.get(text[0], 1.0)} for text in texts]

    both = EscalatingClassifier(answering(first, inline=True), held, 0.3, 0.7)
    return guard_of([RUDE], slow=both)


def test_what_a_cheap_classifier_is_sure_of_waits_for_no_worker(triage, held):
    stream = triage.stream()

    assert "Fine. " == stream.feed("Fine. X")
    assert not held.started.is_set()


def test_a_worker_decides_where_the_cheap_classifier_is_unsure(triage, held):
    held.go.set()
    decision = triage.check("Fine. You are nice. You idiot. Go.")

    assert ["You are nice.", "You idiot."] == sorted(
        text for batch in held.batches for text in batch
    )
    assert [(20, 30), (31, 34)] == [(found.start, found.end) for found in decision.detections]
    assert "block" == decision.action


def test_a_cheap_classifier_that_raises_is_a_decision(triage, held):
    def broken(_texts):
        raise RuntimeError("this classifier is broken")

    triage.engine.compiled.detectors["slow"].first.answer = broken
    decision = triage.check("You are nice.")

    assert ("block", ("slow",)) == (decision.action, decision.degraded)
    assert not held.started.is_set()


# -- any chunking -------------------------------------------------------------------------------

TEXTS = st.lists(
    st.sampled_from(["You ", "idiot", "bad", "fine", ". ", "! ", "\n", " ", "。", "x"]), max_size=40
).map("".join)
MODES = st.sampled_from(["enforce", "monitor"])


def rude(texts):
    return [{"rude": 0.9 if "idiot" in text else 0.1} for text in texts]


def ran(guard, chunks):
    stream = guard.stream()
    pieces = [stream.feed(chunk) for chunk in chunks]
    pieces.append(stream.finish())
    decision = stream.decision.as_dict()
    del decision["decision_id"]
    return "".join(pieces), decision


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60
)
@given(text=TEXTS, places=st.lists(st.integers(0, 200), max_size=8), modes=st.tuples(MODES, MODES))
def test_the_decision_is_the_same_in_any_chunking(guard_of, answering, text, places, modes):
    rules = [
        {**RUDE, "mode": modes[0]},
        {**RUDE, "detect": {"quick": ["rude"]}, "action": "redact", "mode": modes[1]},
        WORDS,
    ]
    guard = guard_of(rules, slow=answering(rude, inline=False), quick=answering(rude, inline=True))
    cuts = sorted(place % (len(text) + 1) for place in places)
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    whole = ran(guard, [text])

    assert whole == ran(guard, chunks)
    assert whole == ran(guard, list(text))
    guard.close()


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
