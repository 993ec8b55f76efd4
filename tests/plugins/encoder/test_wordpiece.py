"""The pieces, against the library with which models are trained."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.errors import PluginError
from tokenward_plugins.encoder.train.vocabulary import Cutter
from tokenward_plugins.encoder.wordpiece import SPECIAL, WordPiece

LETTERS = (
    string.ascii_lowercase
    + string.digits
    + "äöüßéñøłçабвгдежзиклмнопрстуфхαβγδεζηθ東京中文日本語ひらがなアイウ한국어שלוםمرحبا"
)
PIECES = (
    *dict.fromkeys(unicodedata.normalize("NFD", LETTERS)),
    *string.punctuation,
    *"¿¡«»“”…—。、！？",
    *("the", "ing", "ness", "un", "like", "ly", "walk", "ed", "don", "5", "ss", "st"),
)
TOKENS = list(dict.fromkeys([*SPECIAL, *PIECES, *(f"##{piece}" for piece in PIECES)]))
OURS, THEIRS = WordPiece(TOKENS), Cutter(TOKENS)

SENTENCES = [
    "Unlikely! The walking-ness isn't walked; o'clock 5:30 (a_b)\t\n ok?",
    "Größe, naïve façade — «déjà vu» … ¿Qué? ¡No!",
    "東京へ行く。这是中文！한국어 문장, שלום עולם مرحبا",
    "zero\u200bwidth soft\u00adhyphen nul\x00byte bell\x07 form\x0cfeed del\x7f",
    "e\u0301 combining A\u030a, \U0001f600 face, \u0661\u0662 digits, x\u00b2, ½, №5",
    "a" * 64 + " " + "a" * 65 + " " + "東" * 70,
    "[CLS] [SEP] ##ing [unused1] $5 + 3 < 4 ~ ^",
    "İstanbul ΣΊΣΥΦΟΣ ﬁre ＦＵＬＬ Ⅷ",
    "nbsp\u00a0here line\u2028sep ideographic\u3000space next\u0085line",
    "\ufffd replaced, \ue000 private, \U000e0041\U000e0042 tags",
]


@pytest.mark.parametrize("text", SENTENCES)
def test_pieces_are_those_of_the_library(text):
    assert OURS.ids(text) == THEIRS.ids(text)


# the library's Unicode is older: marks that came later are letters to it
LATER = "".join(map(chr, (0x61D, 0x890, 0x891, 0x8E2, 0x9FD, 0xA76, 0xC77, 0xC84, 0x166D, 0x1734)))
known = st.characters(
    max_codepoint=0x1AFF,
    exclude_categories=("Cs", "Cn", "Co", "Mn"),
    exclude_characters=LATER,
)
words = st.sampled_from(["walk", "unlikely", "'s", "東京", "...", "é", "\u0301", "\u00a0", "\t"])


@given(st.lists(st.one_of(st.text(st.sampled_from(LETTERS + " .,'!-")), words, st.text(known))))
def test_pieces_of_any_text_are_those_of_the_library(parts):
    text = "".join(parts)
    assert OURS.ids(text) == THEIRS.ids(text)


def test_a_text_of_any_characters_is_read():
    assert OURS.ids("\ud800 a") == [OURS.ids("a")[0]]
    assert OURS.ids("") == OURS.ids(" \n") == []
    assert OURS.framed([]) == [TOKENS.index("[CLS]"), TOKENS.index("[SEP]")]


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["[PAD]", "[UNK]", "[CLS]", "a"], r"lacks '\[SEP\]'"),
        ([*SPECIAL, "a", "a"], "tokens twice"),
    ],
)
def test_a_vocabulary_that_is_none_is_told(tokens, told):
    with pytest.raises(PluginError, match=told):
        WordPiece(tokens)
