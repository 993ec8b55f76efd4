"""The projection of a text's words: what it keeps of them, and what it does not."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward_plugins.drift.embedding import DIMENSIONS, MOST_CHARACTERS, embedding

SUBJECTS = {
    "parcels": ["parcel", "delivery", "courier", "depot", "tracking", "doorstep", "shipment"],
    "money": ["invoice", "refund", "payment", "balance", "account", "currency", "interest"],
    "illness": ["fever", "headache", "doctor", "medicine", "hospital", "symptoms", "treatment"],
}


def texts(subject):
    return [" ".join(words) for words in itertools.combinations(SUBJECTS[subject], 4)]


def cosine(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def means(subject):
    found = [embedding(text) for text in texts(subject)]
    return [sum(column) / len(found) for column in zip(*found, strict=True)]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_texts_of_one_subject_are_near(subject):
    mine, others = means(subject), [means(other) for other in SUBJECTS if other != subject]
    assert all(cosine(mine, mine) > abs(cosine(mine, other)) for other in others)


def test_components_have_the_same_spread_over_unlike_texts():
    words = [f"{a}{b}{c}{d}" for a in "bdfk" for b in "aeiou" for c in "lmnr" for d in "aeiou"]
    found = [embedding(" ".join(words[at : at + 8])) for at in range(0, len(words), 8)]
    for column in zip(*found, strict=True):
        variance = sum(value * value for value in column) / len(column)
        assert 0.5 < variance < 1.7


def test_order_and_case_do_not_matter_and_a_word_does():
    assert embedding("Parcel depot") == embedding("depot PARCEL")
    assert embedding("parcel depot") != embedding("parcel depots")


@pytest.mark.parametrize("text", ["", "?! 12", "\n"], ids=["empty", "no word", "a line"])
def test_a_text_without_words_is_nowhere(text):
    assert embedding(text) == (0.0,) * DIMENSIONS


def test_chinese_is_read_by_characters():
    assert embedding("包裹在路上") != embedding("发票已付款")


def test_only_the_beginning_is_read():
    beginning = "word " * (MOST_CHARACTERS // 5) + " " * (MOST_CHARACTERS % 5)
    assert embedding(beginning) == embedding(beginning + "another subject")


@given(st.text(max_size=300))
def test_no_component_is_larger_than_its_words_allow(text):
    found = embedding(text)
    assert len(found) == DIMENSIONS
    assert max(map(abs, found)) <= math.sqrt(max(1, len(text)))
