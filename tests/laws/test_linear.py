"""Law 3, work: it grows with the text and no faster, in any chunks and for any text.

What is counted: the characters that detectors and classifiers are shown, and the calls of functions
that a text costs. Time inside one call of C is seen by no counter; so long hostile runs also must
end within a share of a minute of processor time, where they take seconds and squared work takes an
hour: a limit of sanity, which measures nothing.
"""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from tests.laws.driving import BUILT_IN, run
from tests.laws.prose import BASE64, HOSTILE, JSON, NUMBERS, PROSE
from tests.laws.prose import run as repeated

from tokenward.guard import Guard
from tokenward.testing.work import steps

SANE_SECONDS = 30.0
MEGABYTE = 1_000_000
RUNS = (
    "0",
    "@",
    "=",
    "a.a.a.",
    "a@a.co@",
    "12 34 56 ",
    "((((",
    '{"a":{"a":',
    "A",
    "http://a.",
    "-----BEGIN ",
    "a:b@",
)
SPACELESS = {
    "Chinese": PROSE["Chinese"], "Thai": PROSE["Thai"].replace(" ", ""), "JSON": JSON,
    "base 64": BASE64, "numbers": NUMBERS,
}  # fmt: skip


@pytest.fixture(scope="module")
def guard(registry):
    return Guard.load("pii-secrets", registry=registry)


class Shown:
    """Stands for a detector and counts the characters that it is shown."""

    def __init__(self, detector):
        self.detector, self.characters, self.units = detector, 0, 0

    def __getattr__(self, name):
        return getattr(self.detector, name)

    def score(self, texts):
        self.characters += sum(map(len, texts))
        self.units += len(texts)
        return self.detector.score(texts)

    def open(self, context):
        return ShownScan(self.detector.open(context), self)


class ShownScan:
    def __init__(self, scan, shown):
        self.scan, self.shown = scan, shown

    def __getattr__(self, name):
        return getattr(self.scan, name)

    def feed(self, text):
        self.shown.characters += len(text)
        return self.scan.feed(text)


def watched(guard, stage):
    """Returns a plan with counters in the place of its detectors, and the counters."""
    plan = guard.engine.plan(stage)
    parts = (*plan.spans, *plan.units)
    counters = {part.name: Shown(part.detector) for part in parts}
    new = [replace(part, detector=counters[part.name]) for part in parts]
    split = len(plan.spans)
    return replace(plan, spans=tuple(new[:split]), units=tuple(new[split:])), counters


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("stage", ["input", "output"])
@pytest.mark.parametrize("size", [1, 4, 5000])
def test_no_detector_is_shown_more_than_the_text(registry, monkeypatch, name, stage, size):
    """A window shows a classifier at most 300 characters of context with each sentence."""
    guard = Guard.load(name, registry=registry)
    plan, counters = watched(guard, stage)
    monkeypatch.setattr(guard.engine, "plan", lambda _: plan)
    text = (PROSE["Latin"] * 2 + JSON + PROSE["Chinese"] + NUMBERS) * 2
    run(guard, [text[at : at + size] for at in range(0, len(text), size)], stage)
    spans = {part.name for part in plan.spans}

    for detector, counter in counters.items():
        windows = detector not in spans and getattr(counter.detector, "unit", "") == "window"
        parts = sum(part.name == detector for part in (*plan.spans, *plan.units))
        most = parts * len(text) + (300 * counter.units if windows else 0)
        assert counter.characters <= most, detector
        assert counter.units <= parts * len(text) / 10, detector


@pytest.mark.parametrize("piece", [*RUNS, *SPACELESS.values()], ids=[*RUNS, *SPACELESS])
def test_calls_grow_with_the_text_and_no_faster(guard, piece):
    """Of single characters, the chunks that cost the most."""

    def calls(size):
        return steps(lambda: run(guard, list(repeated(piece, size))))

    few, many = calls(1_000), calls(4_000)

    assert many <= 6 * few + 1_000  # 16 times as many, were it squared


def spent(guard, chunks, stage="output"):
    """Feeds chunks until the text or the patience ends; returns the processor time it took."""
    stream, began = guard.engine.open(stage), time.process_time()
    for chunk in chunks:
        stream.feed(chunk)
        guard.engine.settle(stream)
        stream.release()
        if time.process_time() - began > SANE_SECONDS:
            break
    stream.finish()
    guard.engine.settle(stream)
    stream.release()
    return time.process_time() - began


@pytest.mark.slow
@pytest.mark.parametrize("piece", RUNS)
def test_a_megabyte_of_one_run_comes_to_an_end(guard, piece):
    text = repeated(piece, MEGABYTE)

    assert spent(guard, (text[at : at + 5_000] for at in range(0, MEGABYTE, 5_000))) < SANE_SECONDS


@pytest.mark.parametrize("piece", SPACELESS.values(), ids=SPACELESS)
def test_text_without_spaces_comes_to_an_end(guard, piece):
    text = repeated(piece, 200_000)

    assert spent(guard, (text[at : at + 100] for at in range(0, len(text), 100))) < SANE_SECONDS


def test_a_hundred_thousand_single_characters_come_to_an_end(guard):
    text = repeated(PROSE["Latin"] + NUMBERS + JSON, 100_000)

    assert spent(guard, text) < SANE_SECONDS


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_run_is_decided_the_same_whole_and_in_chunks(guard, piece):
    """Longer than any value is held for."""
    text = f"so: {repeated(piece, 3_000)} and that was it."
    whole = run(guard, [text])

    assert whole == run(guard, [text[at : at + 7] for at in range(0, len(text), 7)])
    assert whole == run(guard, [text[:2_000], text[2_000:2_001], text[2_001:]])


@pytest.mark.parametrize("piece", HOSTILE)
def test_every_detector_takes_a_hostile_run(registry, piece):
    done = run(Guard.load("strict", registry=registry), [repeated(piece, 4_000)], None)

    assert [] == done.decision["degraded"]
