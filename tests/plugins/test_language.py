"""The language plugin: accuracy on sentences of each language, odd texts, long texts, settings."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plugins.sentences import SENTENCES

from tokenward.errors import UsageError
from tokenward.testing import check_detector
from tokenward.testing.plugin import examine_plugin
from tokenward_plugins import language
from tokenward_plugins.language import language_of
from tokenward_plugins.language.classifier import LanguageClassifier
from tokenward_plugins.language.languages import LANGUAGES
from tokenward_plugins.language.settings import LanguageSettings

ALL = [(code, text) for code, texts in SENTENCES.items() for text in texts]


@pytest.fixture(scope="module")
def classifier():
    return LanguageClassifier(LanguageSettings())


def test_every_language_has_at_least_three_sentences():
    assert set(SENTENCES) == set(LANGUAGES)
    assert all(len(texts) >= 3 for texts in SENTENCES.values())


def test_no_sentence_is_taken_for_another_language():
    taken = [(code, language_of(text), text) for code, text in ALL]

    assert [] == [row for row in taken if row[1] not in (row[0], "und")]


def test_at_least_95_of_100_sentences_get_their_language():
    right = sum(language_of(text) == code for code, text in ALL)

    assert right / len(ALL) >= 0.95


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_three_sentences_together_get_their_language(code, classifier):
    text = " ".join(SENTENCES[code])
    [row] = classifier.score([text])

    assert code == language_of(text)
    assert row[code] >= 0.9
    assert sum(row.values()) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    "text",
    ["", " \n", "\x00", "\ud800", "lone \udfff", "42 + 7 = 49", "😀😀 👩‍💻", "ok", "@", "…",
     '{"a": 1, "b": [2, 3]}', "x = y[i] ** 2", "qzvwk jfpt zrrgh bbnt", "ქართული ენა", "תשע"[:1]],
)  # fmt: skip
def test_what_is_short_or_in_no_known_language_is_undetermined(text):
    assert "und" == language_of(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The file is here: \x00\x00 and you can open it now.", "en"),
        ("Ich weiß nicht, \ud83d was das ist.", "de"),
        ("I love this so much 😍😍😍 thank you!", "en"),
        ("Bitte lies `df.groupby('x')` und sag mir, was das macht.", "de"),
        ("ＴＨＥ　ＳＨＯＰ　ＩＳ　ＯＰＥＮ　ＡＬＬ　ＤＡＹ", "en"),
        ("İSTANBUL'DA HAVA NASIL, BUGÜN YAĞMUR VAR MI?", "tr"),
        ("Wa\u0308re das mo\u0308glich, oder nicht?", "de"),
    ],
)
def test_odd_characters_do_not_hide_the_language(text, code):
    assert code == language_of(text)


def test_code_is_never_taken_for_anything_but_english():
    code = "def total(rows):\n    return sum(row.price for row in rows if row.price > 0)\n" * 3

    assert language_of(code) in {"en", "und"}


def test_a_text_of_two_scripts_gives_each_language_its_share(classifier):
    [row] = classifier.score(["Моя соседка посадила помидоры. 이웃집이 집 뒤에 토마토를 심었어요."])

    assert row["ru"] > 0.2
    assert row["ko"] > 0.2
    assert row["ru"] + row["ko"] == pytest.approx(1.0, abs=0.1)


def test_only_the_first_characters_are_read(classifier):
    german = "Der Zug ist heute nicht pünktlich, und wir warten noch. "
    text = german * 100 + "This is English and it is the rest of the text. " * 20_000

    assert len(text) > 900_000
    assert "de" == language_of(text)
    assert classifier.score([text]) == classifier.score([text[:4000]])


@pytest.mark.parametrize("piece", ["a", "é\u0301", "中", "\u0301", "ﷺ", "word ", "\x00", "ก"])
def test_a_megabyte_takes_no_longer_than_its_sample(piece, classifier):
    [row] = classifier.score([piece * (1_000_000 // len(piece))])

    assert sum(row.values()) <= 1.000001


def test_settings_bound_the_sample_and_the_letters():
    short = LanguageClassifier(LanguageSettings(sample=30))
    strict = LanguageClassifier(LanguageSettings(min_letters=100))
    text = "Where did you put the keys? " + "Ich habe sie nicht, und du auch nicht. " * 9

    assert short.score([text])[0]["en"] > 0.9
    assert 0.0 == sum(strict.score(["Where did you put the keys?"])[0].values())


@pytest.mark.parametrize("name", ["sample", "min_letters"])
def test_a_setting_below_one_is_refused(name):
    with pytest.raises(UsageError, match=f"detector 'language': '{name}' is 0; use 1 or more"):
        LanguageSettings(**{name: 0})


@given(st.lists(st.text(max_size=80) | st.sampled_from([text for _, text in ALL]), max_size=5))
def test_any_texts_score_every_language_and_sum_to_one_at_most(classifier, texts):
    rows = classifier.score(texts)

    assert len(texts) == len(rows)
    assert all(set(row) == set(LANGUAGES) for row in rows)
    assert all(0.0 <= score <= 1.0 for row in rows for score in row.values())
    assert all(sum(row.values()) <= 1.000001 for row in rows)


def test_the_plugin_keeps_the_contract():
    reports = examine_plugin("language", language, [text for _, text in ALL])

    assert [] == [(report.subject, report.failures) for report in reports if not report.passed]


def test_py3langid_tells_the_languages_of_sentences_too():
    [plugin] = language.register_detectors()
    classifier = plugin.create(LanguageSettings(backend="py3langid"), None)
    rows = classifier.score([text for _, text in ALL])
    right = sum(max(row, key=row.get) == code for (code, _), row in zip(ALL, rows, strict=True))

    assert right / len(ALL) >= 0.95
    assert all(set(row) == set(LANGUAGES) for row in rows)
    assert {0.0} == set(classifier.score(["42 + 7"])[0].values())
    assert check_detector(plugin, [text for _, text in ALL[:9]], {"backend": "py3langid"}).passed


def test_importing_the_plugin_loads_no_profile_and_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); import tokenward_plugins.language; "
        "new = set(sys.modules) - before; "
        "print(sorted(new & {'numpy', 'torch', 'tomllib', 'tokenward_plugins.language.profiles'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()
