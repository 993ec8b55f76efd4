"""Readability: the formulas by hand, order of easy and hard texts, odd texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.errors import UsageError
from tokenward.testing import check_detector
from tokenward_plugins import style
from tokenward_plugins.style.counts import Counts, counts, syllables
from tokenward_plugins.style.readability import ReadabilityClassifier, grade, lix
from tokenward_plugins.style.settings import ReadabilitySettings

PLUGIN = {one.name: one for one in style.register_detectors()}["readability"]
FEATURES = {one.name: one for one in style.register_features()}
EASY = "The dog ran to the big red barn. It saw a cat. The cat sat on the hay. They were glad. " * 2
HARD = (
    "Notwithstanding the aforementioned considerations, institutional stakeholders increasingly "
    "necessitate comprehensive methodological clarification regarding interdisciplinary "
    "collaboration, particularly concerning administrative accountability. "
) * 3
SYLLABLES = {
    1: "cat made jumped whole queue through strength makes friend",
    2: "table maker wanted houses going quiet people nation unique science ancient lion",
    3: "created radio area beautiful continue video family energy",
    4: "experience information society application",
    5: "university",
}  # fmt: skip


@pytest.mark.parametrize(("number", "words"), SYLLABLES.items())
def test_syllables_are_those_that_are_spoken(number, words):
    assert dict.fromkeys(words.split(), number) == {w: syllables(w) for w in words.split()}


def test_the_formulas_give_what_they_give_by_hand():
    of = Counts(words=100, long_words=20, sentences=5)

    assert pytest.approx(0.39 * 20 + 11.8 * 1.5 - 15.59) == grade(of, syllables=150)
    assert pytest.approx(20 + 20) == lix(of)


def test_words_and_sentences_are_counted():
    of = counts("It isn't 3.5 km, is it? No!\n- one\n- two")

    assert (8, 4) == (of.words, of.sentences)


def test_a_hard_text_scores_above_an_easy_one_by_each_measure():
    classifier = ReadabilityClassifier(ReadabilitySettings(min_words=5))
    easy, hard = classifier.score([EASY, HARD])

    assert easy["lix"] < 0.3
    assert hard["lix"] > 0.6
    assert easy["grade"] < 0.3
    assert hard["grade"] > 0.8
    assert FEATURES["lix"].take(EASY) < FEATURES["lix"].take(HARD)


def test_lix_works_for_other_languages():
    easy = "Der Hund lief zum Haus. Er sah eine Katze. Sie saß im Heu. " * 3
    hard = (
        "Die Berücksichtigung verwaltungsrechtlicher Zuständigkeitsregelungen erfordert eine "
        "umfassende Auseinandersetzung mit verfassungsrechtlichen Grundsatzentscheidungen. "
    ) * 3

    assert FEATURES["lix"].take(easy) < 30
    assert FEATURES["lix"].take(hard) > 60


def test_a_short_text_has_no_score():
    [row] = ReadabilityClassifier(ReadabilitySettings()).score(["Notwithstanding considerations."])

    assert {"grade": 0.0, "lix": 0.0} == row


@given(st.text(max_size=300))
def test_any_text_has_scores_in_bounds_and_finite_features(text):
    [row] = ReadabilityClassifier(ReadabilitySettings(min_words=1)).score([text])

    assert all(0 <= score <= 1 for score in row.values())
    assert all(abs(one.take(text)) < 100_000 for one in FEATURES.values())


def test_it_keeps_the_contract():
    assert check_detector(PLUGIN, [EASY, HARD], {"min_words": 5}).passed


def test_a_setting_out_of_bounds_is_refused():
    with pytest.raises(UsageError, match="'min_words' is 0; use 1 to 10000"):
        ReadabilitySettings(min_words=0)
