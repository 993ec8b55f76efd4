"""Loops and repeated words: found while they stream, in any chunking, and not in ordinary text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plugins.sentences import SENTENCES

from tokenward import Guard
from tokenward.errors import UsageError
from tokenward.testing import assert_chunking_law, check_detector
from tokenward.types import ScanContext
from tokenward_plugins import style
from tokenward_plugins.style.repetition import RepetitionDetector
from tokenward_plugins.style.settings import RepetitionSettings

PLUGIN = {one.name: one for one in style.register_detectors()}["repetition"]
LOOPING = {
    "a word": "I think that " + "no " * 200,
    "a mark": "Wait" + "!" * 400,
    "a sentence": "Sure. " + "Let me check the order for you, one moment please. " * 12,
    "a paragraph": "Intro.\n" + ("The shop is by the river. It opens at nine and closes at six.\n" * 3 + "\n") * 6,
    "line breaks": "Done.\n" + "\n" * 400,
    "Chinese": "好的。" + "我会再试一次。" * 60,
    "a sub-word": "token" + "ization" * 60,
}  # fmt: skip
ORDINARY = [
    *(" ".join(texts) for texts in SENTENCES.values()),
    "# Title\n" + "=" * 80 + "\n| a | b |\n|-----|-----|\n| 1 | 2 |\n" + "-" * 120,
    "\n".join(f"    row[{i}] = load({i * 7})  # number {i}" for i in range(60)),
    "Ha ha ha ha ha! No, no, no. Really really really good.",
    "\n".join(f'{{"id": {i}, "name": "n{i * i}", "ok": true}},' for i in range(80)),
]


def found(text, chunks=None, **settings):
    scan = RepetitionDetector(RepetitionSettings(**settings)).open(
        ScanContext("x", "output", frozenset({"loop", "repeats"}))
    )
    out = []
    for chunk in chunks or [text]:
        out += scan.feed(chunk)[0]
    return [*out, *scan.finish()]


@pytest.mark.parametrize("text", LOOPING.values(), ids=LOOPING)
def test_a_loop_is_found_soon_after_it_has_become_one(text):
    first = min(one.start for one in found(text) if one.type == "loop")

    assert 255 <= first < 256 + 4 * 130


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_has_no_loop(text):
    assert [] == [one for one in found(text) if one.type == "loop"]


def test_words_that_come_again_in_another_order_are_repeats():
    items = " ".join(f"Step {i}: press the red button and wait for the light." for i in range(60))

    assert [] == [one for one in found(items) if one.type == "loop"]
    told = [one for one in found(items) if one.type == "repeats"]
    assert told
    assert all(0.5 <= one.score <= 1 for one in told)


def test_a_model_in_a_loop_is_stopped_and_what_came_before_stays():
    rule = {"id": "stuck", "stage": "output", "detect": {"repetition": "loop"}, "action": "block"}
    with Guard.load({"name": "stuck", "rules": [rule]}) as guard:
        stream = guard.stream(stage="output")
        text = "The answer is 42. " + "and so on " * 10_000
        said = ""
        for at in range(0, len(text), 4):
            said += stream.feed(text[at : at + 4])
            if stream.blocked:
                break
        stream.finish()

    assert stream.decision.blocked
    assert said.startswith("The answer is 42. and so on")
    assert at < 300


def test_a_loop_can_be_cut_to_what_may_repeat():
    rule = {"id": "cut", "stage": "output", "detect": {"repetition": "loop"},
            "action": {"redact": "remove"}}  # fmt: skip
    with Guard.load({"name": "cut", "rules": [rule]}) as guard:
        decision = guard.check("Well: " + "so be it, " * 1000 + "and the end.", stage="output")

    assert decision.text.startswith("Well: so be it, ")
    assert decision.text.endswith("and the end.")
    assert len(decision.text) < 350


@given(
    st.lists(
        st.sampled_from(["ab", "ab ", "abc", "x", " ", "\n", "no ", "我", "so it "]), max_size=30
    ),
    st.integers(1, 9),
    st.randoms(use_true_random=False),
)
def test_any_chunking_finds_the_same(parts, times, rng):
    text = "".join(part * times for part in parts)
    chunks, at = [], 0
    while at < len(text):
        size = rng.randint(1, 9)
        chunks.append(text[at : at + size])
        at += size
    limits = {"times": 3, "least": 16, "period": 12, "window": 16, "share": 0.3}

    def order(one):
        return one.start, one.type

    assert sorted(found(text, **limits), key=order) == sorted(
        found(text, chunks, **limits), key=order
    )


@given(st.text("abc ", min_size=1, max_size=8), st.integers(2, 6), st.integers(0, 5))
def test_a_loop_is_found_exactly_where_the_limit_is_passed(unit, times, more):
    text = unit * 60
    told = [one for one in found(text, times=times, least=16, period=40) if one.type == "loop"]

    assert told
    assert told[0].start <= max(16, times * len(unit)) + 16 + len(unit)


def test_it_keeps_the_contract():
    samples = [*[*LOOPING.values()][:4], " ".join(f"row {i} of the long table" for i in range(99))]

    assert check_detector(PLUGIN, samples).passed


def test_the_law_of_streams_holds_for_it():
    detector = RepetitionDetector(RepetitionSettings(times=3, least=24, period=30))

    assert assert_chunking_law(detector, ["no " * 20, "Yes: " + "la la, " * 12]).passed


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"times": 1}, "'times' is 1; use 2 to 1000"),
        ({"least": 1}, "'least' is 1; use 16 to 100000"),
        ({"period": 9999}, "'period' is 9999; use 8 to 2000"),
        ({"window": 2}, "'window' is 2; use 16 to 2000"),
        ({"share": 0}, "'share' is 0; use 0.05 to 1"),
    ],
)
def test_a_setting_out_of_bounds_is_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        RepetitionSettings(**settings)
