"""The features give, by their shorter ways, what plain counting gives, for text of many scripts."""

from __future__ import annotations

import json
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins import plain_features as plain
from tests.plugins.sentences import SENTENCES

from tokenward_plugins import bias, drift, language, style
from tokenward_plugins.drift import classes
from tokenward_plugins.language import language_of
from tokenward_plugins.language.classifier import LanguageClassifier
from tokenward_plugins.language.profiles import profiles
from tokenward_plugins.language.scripts import RUN, runs_of
from tokenward_plugins.language.settings import LanguageSettings
from tokenward_plugins.tokens.lexer import Lexer
from tokenward_plugins.tokens.numbers import Numbers
from tokenward_plugins.tokens.text import Text
from tokenward_plugins.tokens.vocabulary import Vocabulary

ALL = [text for texts in SENTENCES.values() for text in texts]
PROFILED = [text for code in ("en", "de", "fr", "pl", "tr", "vi", "ru", "uk", "ar", "fa") for text in SENTENCES[code]]  # fmt: skip
WORDS = sorted({word for text in PROFILED for word in text.split()})
WRITTEN = [
    "I’m sorry — but I can’t help with that…",
    "“It’s 3.5 km,” she said. (Really?) ‘Yes!’ …",
    "Que sera, sera; non posso aiutarti. Wait: je ne sais pas, and nicht.",
    "rock'n'roll 'n' a'b'c''d ''' 'tis",
    "internationalised things internationalised things internationalised things",
    "✅ Done! 😀 → next: naïve ﬁne ＡＢＣ ½ ² ª º µ ™ ß İ ǅ",
    "def total(rows):\n    return sum(row.price_of_everything_sold for row in rows)\n",
    json.dumps({"id": 7, "name": "Ann's", "tags": ["a", "b"], "text": 'one. two! "three." 今日は。'}),
    "نعم؟ لا أستطيع مساعدتك. हाँ। नहीं॥ 你好！再见？ ありがとう。",
]  # fmt: skip
ODD = "'’`\"”»)]…..!?؟。！？।॥ \t\n\r\x1c\x85\u00a0\u3000\u200c_-—0٣½²ªºµßÿŒǅıİıŁщӨ中々゛あ゙ー가ไé\u0301\u0903\u0e31\u0660ʼ\u2460\u24eb😀\ud800\x00zA"
PIECES = (
    st.sampled_from(ALL + WRITTEN)
    | st.text(ODD, max_size=12)
    | st.text(max_size=12)
    | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
    | st.text("aeiothnsr'", max_size=20)
)
TEXTS = st.builds(str.join, st.sampled_from(["", " ", "\n", ". "]), st.lists(PIECES, max_size=5))
FEATURES = {feature.name: feature for feature in drift.register_features()}
NAMES = ["words", "mean_word_length", "sentences", "mean_sentence_length", "non_letter_share",
         "repetition", "script"]  # fmt: skip
SAMPLED = [*range(0x3400), *range(0x3400, 0x110000, 211)]
"""All characters of the small scripts and some of the large."""


def told(text, names=NAMES):
    return {name: FEATURES[name].take(text) for name in names}


def plainly(text, names=NAMES):
    return {name: getattr(plain, name)(text) for name in names}


@given(TEXTS)
@settings(max_examples=400)
def test_features_are_what_plain_counting_gives(text):
    assert plainly(text) == told(text)


@pytest.mark.parametrize("text", [*WRITTEN, *ALL, " ".join(ALL), "\n".join(WRITTEN * 9)])
def test_a_written_text_has_the_plain_values(text):
    assert plainly(text) == told(text)


def test_every_character_counts_as_it_does_plainly():
    names = ["words", "mean_word_length", "sentences", "non_letter_share", "script"]
    for code in SAMPLED:
        text = f"a{chr(code)}b.{chr(code)} c"
        assert plainly(text, names) == told(text, names), hex(code)


def test_a_text_of_more_characters_than_are_kept_counts_as_it_does_plainly():
    rare = (
        "".join(map(chr, range(0x20000, 0x20000 + classes.MOST_KNOWN + 50))) + "\ua000" * 9 + ". a"
    )

    assert plain.mean_word_length(rare) == FEATURES["mean_word_length"].take(rare)
    assert len(classes._known()) <= classes.MOST_KNOWN


AT_ONCE = {
    feature.name: feature
    for plugin in (bias, drift, language, style)
    for feature in plugin.register_features()
    if feature.many is not None
}
FOR_TOKENS = TEXTS | st.lists(
    st.sampled_from(["the old", "Muslim", "i'm sorry", "nicht", "I can't help with that.", "cafe1",
                     "covid19", "x_y", "straße", "STRASSE", "Ÿ", "m²", "™", "a" * 17, "3.5", "no"]),
    max_size=9,
).map(" ".join)  # fmt: skip


def at_once(name, texts):
    feature = AT_ONCE[name]
    return [repr(one) for one in feature.many(list(map(feature.prepare, texts)))]


@given(st.lists(FOR_TOKENS, max_size=6))
@settings(max_examples=200)
def test_of_many_texts_a_feature_is_what_it_is_of_each(texts):
    for name, feature in AT_ONCE.items():
        assert [repr(feature.take(text)) for text in texts] == at_once(name, texts), name


def test_of_all_written_texts_at_once_a_feature_is_what_it_is_of_each():
    texts = [
        *WRITTEN,
        *ALL,
        " ".join(ALL),
        "\n".join(WRITTEN * 9),
        *(word * 400 for word in WORDS[:40]),
    ]
    for name, feature in AT_ONCE.items():
        assert [repr(feature.take(text)) for text in texts] == at_once(name, texts), name


def test_every_character_is_the_same_for_many_texts_as_for_each():
    texts = [f"old{chr(code)}nicht {chr(code)}men.{chr(code)}" for code in range(0x3400)]
    for name, feature in AT_ONCE.items():
        assert [repr(feature.take(text)) for text in texts] == at_once(name, texts), name


@given(
    st.lists(st.sampled_from(PROFILED) | PIECES | st.sampled_from(WORDS), max_size=6).map(" ".join)
)
@settings(max_examples=200)
def test_a_language_is_the_one_that_has_half_of_all_evidence(text):
    shares = plain.shares(text)
    [row] = LanguageClassifier(LanguageSettings()).score([text])
    best = max(row, key=row.get)

    assert language_of(text) == (best if row[best] >= 0.5 else "und")
    for code, share in shares.items():
        assert row[code] == pytest.approx(share, abs=1e-9)


@st.composite
def contested(draw):
    """Draws listed words of a language, and about as much evidence for another in parts of words."""
    written = plain.written("latin")
    one, other = draw(st.permutations(sorted(written)))[:2]
    listed = draw(st.lists(st.sampled_from(sorted(written[one][0])), min_size=4, max_size=20))
    parts = st.sampled_from(sorted(part.strip("_") for part in written[other][1]))
    made = st.lists(parts, min_size=2, max_size=4).map("".join)
    number = int(len(listed) * 1.5) + draw(st.integers(-3, 6))
    return draw(st.permutations(listed + draw(st.lists(made, min_size=number, max_size=number))))


@given(contested())
@settings(max_examples=300)
def test_a_leader_is_found_early_only_where_no_word_could_change_it(words):
    text = " ".join(words)
    shares = plain.shares(text)
    best = max(shares, key=shares.get)

    assert language_of(text) == (best if shares[best] >= 0.5 else "und")


def test_runs_of_every_character_are_those_of_the_blocks():
    for code in SAMPLED:
        for text in (f"ab {chr(code)}{chr(code)}I", f"é→😀{chr(code)}b"):
            found = runs_of(text)
            words = {name: Counter(some) for name, some in found.words.items()}
            assert _runs(text) == (+found.letters, words), hex(code)


def _runs(text):
    letters, words = Counter(), {}
    for match in RUN.finditer(plain.small(text)):
        name, run = match.lastgroup, match.group()
        letters[name] += len(run) * (3 if name in ("han", "kana", "hangul") else 1)
        if name in ("latin", "cyrillic", "arabic"):
            word = run.translate(plain.VOWEL_SIGNS) if name == "arabic" else run
            words.setdefault(name, Counter())[word] += 1
    return letters, words


def held(one, seen):
    """Yields the strings that an object holds, and those within."""
    if id(one) in seen or isinstance(one, type):
        return
    seen.add(id(one))
    if isinstance(one, str):
        yield one
    elif isinstance(one, dict):
        for pair in one.items():
            yield from held(pair, seen)
    elif isinstance(one, list | tuple | set | frozenset):
        for some in one:
            yield from held(some, seen)
    elif hasattr(one, "__dict__"):
        yield from held(vars(one), seen)


@given(st.lists(FOR_TOKENS, max_size=5))
def test_tokens_are_those_of_a_search(texts):
    plainly = [re.findall(r"\w+|[^\w\s]", text.lower()) for text in texts if Text(text).is_plain]
    lexed = Lexer().lex([Text(text) for text in texts if Text(text).is_plain])
    tokens = lexed.tokens(np.arange(len(lexed.starts)))

    assert [token for some in plainly for token in some] == tokens
    assert list(map(len, plainly)) == lexed.lengths.tolist()
    assert len(set(tokens)) == len(set(lexed.keys.tolist()))
    assert 0 not in lexed.keys


def test_keys_in_one_place_are_found_apart():
    keys = np.array([*range(1, 900), *(2**64 - 1 - one for one in range(700))], np.uint64)
    numbers = Numbers()
    for some in np.array_split(keys, 7):
        numbers.add(some)

    assert list(range(len(keys))) == numbers.of(keys).tolist()
    assert {-1} == set(numbers.of(np.arange(900, 2000, dtype=np.uint64)).tolist())


def test_a_vocabulary_keeps_no_word():
    vocabulary = Vocabulary()
    table = vocabulary.table(lambda tokens: np.array(list(map(len, tokens)), np.int64))
    looked = vocabulary.look([Text("Frobnicate the Wombles"), Text(""), Text("the")], table)

    assert [10, 3, 7, 3] == looked.tables[0][looked.tokens].tolist()
    assert [20, 0, 3] == looked.sums(*looked.tables).tolist()
    assert not {"frobnicate", "wombles", "the"} & set(held(vocabulary, set()))


def test_a_vocabulary_that_is_full_begins_again_and_tells_the_same():
    vocabulary = Vocabulary(most=5)
    table = vocabulary.table(lambda tokens: np.array(list(map(len, tokens)), np.int64))
    kept = Text("one three seven")
    for number in range(40):
        texts = [kept, Text(f"word{number} and {'x' * number}")]
        looked = vocabulary.look(texts, table)
        assert [13, len(f"word{number}and") + number] == looked.sums(*looked.tables).tolist()
    assert len(vocabulary._numbers) <= 5 + 3 + 3


def test_a_table_that_is_begun_later_has_the_words_of_before():
    vocabulary = Vocabulary()
    length = vocabulary.table(lambda tokens: np.array(list(map(len, tokens)), np.int64))
    text = Text("one three")
    vocabulary.look([text], length)
    first = vocabulary.table(lambda tokens: np.array([ord(one[0]) for one in tokens], np.int64))

    assert [[8], [ord("o") + ord("t")]] == [
        looked.sums(*looked.tables).tolist()
        for looked in (vocabulary.look([text], length), vocabulary.look([text], first))
    ]


def test_no_word_of_a_text_is_kept():
    language_of("Where is the station?")
    before = {script: set(profile.known) for script, profile in profiles().items()}
    language_of("Quuxley Zyzzyva secretly frobnicates the Wombles of Żyrzynowo.")

    assert before == {script: set(profile.known) for script, profile in profiles().items()}
    assert all(len(word) < 24 for words in before.values() for word in words)
