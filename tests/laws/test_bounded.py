"""Law 3, memory: what a stream keeps does not grow with its text."""

from __future__ import annotations

import sys

import pytest
from tests.laws.corpus import made
from tests.laws.driving import guard_of, rule
from tests.laws.prose import BASE64, CODE, JSON, LOG, NUMBERS, PROSE, run

from tokenward.guard import Guard
from tokenward.testing.work import identities, reachable

SIZES = (1_000, 100_000)
FURTHER = (1_000, 100_000, 1_000_000)
CHUNK = 1_000
SLACK = 64 * 1024
"""Bytes by which a stream may differ: buffers that are cut at a bound, wherever it happens to be."""
SHORT_SLACK = 16 * 1024

EMAILS = "Write to " + made("EMAIL_ADDRESS", 1)[1] + " now. "
TEXTS = {
    "prose": PROSE["Latin"],
    "Chinese": PROSE["Chinese"],
    "Thai": PROSE["Thai"],
    "minified JSON": JSON,
    "code": CODE,
    "a log": LOG,
    "numbers": NUMBERS,
    "base 64": BASE64,
    "digits": "0",
    "letters": "a",
    "dots": "a.a.a.",
    "openings": "((((",
    "at signs": "@",
}


def size(stream, shared):
    """Returns the bytes that only this stream keeps, without what its guard keeps too."""
    return sum(sys.getsizeof(item) for item in reachable(stream, shared))


def sizes(guard, piece, *, stage="output", chunk=CHUNK, at=SIZES):
    """Returns what the stream weighs when so many characters have gone through it."""
    engine = guard.engine
    engine.open(stage)  # what is made once for all streams is made now
    shared = identities(engine)
    text, stream, done, weights = run(piece, 20 * chunk), engine.open(stage), 0, []
    for end in at:
        while done < end:
            place = done % (10 * chunk)
            stream.feed(text[place : place + min(chunk, end - done)])
            done += min(chunk, end - done)
            engine.settle(stream)
            stream.release()
        weights.append(size(stream, shared))
    return weights


@pytest.mark.parametrize("name", TEXTS)
def test_a_stream_of_patterns_weighs_the_same_however_long_it_is(registry, name):
    short, long = sizes(Guard.load("pii-secrets", registry=registry), TEXTS[name])

    assert long - short <= SLACK


@pytest.mark.slow
@pytest.mark.parametrize("name", ["prose", "Chinese", "minified JSON", "digits"])
def test_a_stream_weighs_the_same_after_a_megabyte(registry, name):
    weights = sizes(Guard.load("pii-secrets", registry=registry), TEXTS[name], at=FURTHER)

    assert max(weights) - min(weights) <= SLACK


@pytest.mark.parametrize("name", ["prose", "Chinese", "letters"])
@pytest.mark.parametrize("stage", ["input", "output"])
def test_a_stream_of_every_detector_weighs_the_same_however_long_it_is(registry, stage, name):
    guard = Guard.load("strict", registry=registry)
    short, long = sizes(guard, TEXTS[name], stage=stage, at=(2_000, 60_000))

    assert long - short <= SLACK


@pytest.mark.parametrize("name", ["prose", "numbers", "at signs"])
def test_single_characters_leave_no_more_behind_than_long_chunks(registry, name):
    guard = Guard.load("pii-secrets", registry=registry)
    short, long = sizes(guard, TEXTS[name], chunk=1, at=(2_000, 20_000))

    assert long - short <= SHORT_SLACK


def test_detections_beyond_a_bound_are_counted_and_not_kept(registry):
    guard = guard_of(registry, rule({"pii": ["EMAIL_ADDRESS"]}, "redact"))
    stream = guard.engine.open("output")
    for _ in range(100):
        stream.feed(EMAILS * 30)
        stream.release()
    stream.finish()
    (fired,) = stream.decide("", "id").rules

    assert 3_000 == fired.count
    assert 1_000 == len(fired.detections)


def test_an_open_stream_of_the_reference_policy_is_small(registry):
    """In the middle of a text, just after a chunk: 16 KiB at most, as the benchmark measures."""
    guard = Guard.load("pii-secrets", registry=registry)
    engine = guard.engine
    engine.open("output")
    shared = identities(engine)
    stream = engine.open("output")
    text = run(PROSE["Latin"] + EMAILS, 4_000)
    worst = 0
    for at in range(0, len(text), 4):
        stream.feed(text[at : at + 4])
        stream.release()
        if at % 400 == 0:
            worst = max(worst, size(stream, shared))

    assert 16 * 1024 >= worst
