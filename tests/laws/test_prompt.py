"""Law 4: text leaves as soon as it is settled; what is held is what is really open."""

from __future__ import annotations

import itertools
import random
import re

import pytest
from tests.laws.corpus import made
from tests.laws.driving import guard_of, rule, run
from tests.laws.prose import BASE64, CODE, JSON, LOG, MARKDOWN, NUMBERS, PROSE, SPACED, TABLE

from tokenward.guard import Guard

UNSPACED = sorted(set(PROSE) - set(SPACED))
MOST = 64
"""Characters that may wait where nothing separates words, or values stand close."""
MEAN = 3.0
"""Mean of the characters that may wait in prose."""


@pytest.fixture(scope="module")
def guard(registry):
    return Guard.load("pii-secrets", registry=registry)


def values_every(text, distance):
    """Returns a text with a value each so many characters, of types in turn, and the longest."""
    kinds = itertools.cycle(
        ["EMAIL_ADDRESS", "CREDIT_CARD", "PHONE_NUMBER", "IBAN_CODE", "AWS_ACCESS_KEY"]
    )
    pieces, longest = [], 0
    for seed, (at, kind) in enumerate(zip(range(0, len(text), distance), kinds, strict=False)):
        lead, value, _ = made(kind, seed)
        longest = max(longest, len(value))
        pieces.append(f"{text[at : at + distance]} {lead}{value}. ")
    return "".join(pieces), longest


@pytest.mark.parametrize("script", SPACED)
def test_nothing_waits_at_the_end_of_a_word_of_prose(guard, script):
    text = PROSE[script] * 3
    chunks = re.findall(r"\S+\s+", text)

    assert [0] * len(chunks) == list(run(guard, chunks).held)


@pytest.mark.parametrize("script", SPACED)
def test_on_the_mean_few_characters_of_prose_wait(guard, script):
    text = PROSE[script] * 3
    held = run(guard, list(text)).held

    assert MEAN >= sum(held) / len(held)


@pytest.mark.parametrize("script", UNSPACED)
def test_text_without_spaces_does_not_wait_for_one(guard, script):
    text = PROSE[script] * 8
    held = run(guard, list(text)).held

    assert MOST >= max(held)
    assert MOST / 4 >= sum(held) / len(held)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        pytest.param(JSON * 8, MOST, id="minified JSON"),
        pytest.param(NUMBERS * 3, MOST, id="a column of numbers"),
        pytest.param(TABLE * 6, MOST, id="a table"),
        pytest.param(MARKDOWN * 5, MOST, id="Markdown"),
        pytest.param(CODE * 4, MOST, id="code"),
        pytest.param(LOG * 5, MOST, id="a log"),
        pytest.param(BASE64 * 2, 1024, id="base 64"),
    ],
)
def test_text_of_machines_does_not_wait_long(guard, text, most):
    """A run of base 64 may be a key, and that far it may wait."""
    held = run(guard, list(text)).held

    assert most >= max(held)


@pytest.mark.parametrize("script", ["Latin", "Cyrillic", "Chinese"])
def test_a_value_holds_what_belongs_to_it_and_no_more(guard, script):
    text, longest = values_every((PROSE[script] * 30)[:4000], 500)
    held = run(guard, list(text)).held

    assert max(MOST, longest + 1) >= max(held)
    assert (MEAN + 2 if script in SPACED else MOST / 4) >= sum(held) / len(held)


@pytest.mark.parametrize("action", ["flag", "allow"])
def test_a_rule_that_only_flags_never_holds(registry, action):
    found = rule({"pii": "all", "secrets": "all", "toxicity": "all"}, action)
    text, _ = values_every(PROSE["Latin"] * 3, 100)

    assert {0} == set(run(guard_of(registry, found), list(text)).held)


def test_monitor_mode_never_holds(registry):
    text, _ = values_every(PROSE["Latin"] * 3, 100)
    guard = Guard.load("monitor-only", registry=registry)
    done = run(guard, list(text))

    assert ({0}, text) == (set(done.held), done.released)
    assert "allow" == done.decision["action"]
    assert done.decision["rules"]


def test_a_rule_about_sentences_holds_the_sentence_and_no_more(registry):
    guard = guard_of(registry, rule({"toxicity": "all"}, "block", when="score >= 0.8"))
    sentences = re.findall(r"[^.;]+[.;] ", PROSE["Latin"] * 2)
    longest = max(map(len, re.findall(r"[^.]+\. ", PROSE["Latin"])))
    held = run(guard, sentences).held

    assert longest >= max(held)
    assert any(wait <= 1 for wait in held)


def test_what_is_released_never_falls_behind_what_is_settled(guard):
    """Every chunk of calm text comes out with what it completes: none is saved up for later."""
    text = PROSE["Latin"] * 4
    source = random.Random(5)
    at, given, seen = 0, 0, 0
    stream = guard.stream()
    while at < len(text):
        size = source.choice([1, 2, 4, 9])
        chunk = text[at : at + size]
        at += size
        given += len(chunk)
        seen += len(stream.feed(chunk))
        word = re.search(r"\S*$", text[:given])[0]
        assert given - seen <= len(word)
    assert len(text) == seen + len(stream.finish())
