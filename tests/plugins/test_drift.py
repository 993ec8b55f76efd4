"""The drift plugin: values of each feature, odd and long texts."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.testing.plugin import examine_plugin
from tokenward_plugins import drift
from tokenward_plugins.drift.repetition import repetition

FEATURES = {feature.name: feature for feature in drift.register_features()}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("characters", "", 0.0),
        ("characters", "é\u0301😀", 3.0),
        ("words", "state-of-the-art, isn't it?", 6.0),
        ("words", "नमस्ते दुनिया", 2.0),
        ("words", "我爱 Python 3", 4.0),
        ("words", "\x00\ud800 ...", 0.0),
        ("mean_word_length", "ab abcd", 3.0),
        ("sentences", 'One. Two?! "Three." Four', 4.0),
        ("sentences", "Version 3.11 is out", 1.0),
        ("sentences", "- one\n- two\n\n\n- three\n", 3.0),
        ("sentences", "今日は。明日は！", 2.0),
        ("sentences", "... --- !!!", 0.0),
        ("mean_sentence_length", "A b c. D.", 2.0),
        ("mean_sentence_length", "", 0.0),
        ("non_letter_share", "a1 b2 c3", 0.5),
        ("non_letter_share", "สวัสดี", 0.0),
        ("non_letter_share", "", 0.0),
        ("non_letter_share", "😀", 1.0),
        ("repetition", "a b c", 0.0),
        ("repetition", "a b c d e", 0.0),
        ("repetition", "A b c d a B c d", 0.2),
        ("script", "", "none"),
        ("script", "\ud800\x00 12", "none"),
        ("script", "漢字", "han"),
        ("script", "カタカナ と 漢字", "kana"),
        ("script", "한국어 OK", "hangul"),
        ("script", "ＡＢＣ", "latin"),
        ("script", "שלום עולם", "hebrew"),
    ],
)  # fmt: skip
def test_a_feature_has_its_value(name, text, value):
    assert pytest.approx(value) == FEATURES[name].take(text)


def test_a_loop_repeats_and_prose_does_not():
    loop = "The answer is the answer is " + "the answer is " * 50
    prose = (
        "The harbour was quiet when we arrived. Two boats lay at the pier, and a man in a blue "
        "coat mended a net. He nodded, asked where we came from, and went on with his work."
    )

    assert repetition(loop) > 0.9
    assert repetition("a" * 2000) > 0.9
    assert 0.0 == repetition(prose)


@given(st.text(max_size=200), st.text(min_size=1, max_size=30))
def test_saying_a_text_again_never_lowers_its_repetition(text, last):
    assert (
        repetition(text + " " + last + " " + text + " " + last)
        >= repetition(text + " " + last) - 1e-9
    )


@given(st.text(max_size=300))
def test_shares_lie_between_zero_and_one(text):
    for name in ("repetition", "non_letter_share"):
        assert 0.0 <= FEATURES[name].take(text) <= 1.0


@given(st.text(max_size=300))
def test_words_and_sentences_fit_together(text):
    words, sentences = FEATURES["words"].take(text), FEATURES["sentences"].take(text)

    assert sentences <= words <= len(text)
    assert (words == 0.0) == (sentences == 0.0)


@pytest.mark.parametrize("piece", ["a", "a ", "'", "a'", ".", '"', '!"', "\n", "我", "\u0301", "i'm sorry "])  # fmt: skip
def test_a_megabyte_takes_seconds_at_most(piece):
    text = piece * (1_000_000 // len(piece))
    begin = time.process_time()
    for feature in FEATURES.values():
        feature.take(text)

    assert time.process_time() - begin < 20


def test_the_plugin_keeps_the_contract():
    reports = examine_plugin("drift", drift)

    assert 1 + len(FEATURES) == len(reports)
    assert [] == [(report.subject, report.failures) for report in reports if not report.passed]
