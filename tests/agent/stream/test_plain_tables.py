"""The tables of disguises: complete where Unicode says what is there, and free of contradictions."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from tests.agent.stream.plainly import plain_of

from tokenward.stream.plain.hidden import ALLOWED, FOLDED
from tokenward.stream.plain.tables import (
    AFTER_ASCII,
    ALIKE,
    DIGIT_ALIKE,
    DIGITS,
    DOTS,
    FORMS,
    HIDDEN,
    MARKS,
    NUMBERED,
    STOPS,
    TAG_LIKE,
    TAGS,
    inside,
)

ALL = [chr(point) for point in range(0x80, sys.maxunicode + 1)]
TABLES = [set(FORMS), set(DIGITS), set(NUMBERED), set(ALIKE), set(AFTER_ASCII), set(HIDDEN),
          set(MARKS), set(TAG_LIKE), set(STOPS), set(DOTS)]  # fmt: skip


def test_every_decimal_digit_of_unicode_is_known():
    missing = [hex(ord(c)) for c in ALL if c.isdecimal() and c not in DIGITS]
    assert [] == missing


def test_digits_have_the_value_that_unicode_gives_them():
    known = {c: unicodedata.decimal(c, None) for c in DIGITS}
    assert {} == {c: v for c, v in known.items() if v is not None and str(v) != DIGITS[c]}


def test_raised_and_circled_digits_have_the_value_that_unicode_gives_them():
    values = {c: unicodedata.digit(c, None) for c in NUMBERED}
    assert {} == {c: v for c, v in values.items() if v is not None and str(v) != NUMBERED[c]}
    signs = {c for c, v in values.items() if v is None}
    assert {"+": 2, "-": 2} == {sign: [NUMBERED[c] for c in signs].count(sign) for sign in "+-"}


def test_zero_width_characters_are_hidden():
    """All that Unicode calls a format character, but for signs that are seen."""
    formats = {c for c in ALL if unicodedata.category(c) == "Cf"}
    seen = {c for c in formats if unicodedata.name(c, "").startswith(
        ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN"))} - {"\u061c"}  # fmt: skip
    assert set() == formats - seen - HIDDEN - TAG_LIKE


def test_marks_are_marks():
    assert set() == {c for c in MARKS if unicodedata.category(c) not in ("Mn", "Me", "Cn")}


def test_forms_are_what_unicode_says_they_are():
    for form, plain in FORMS.items():
        known = unicodedata.normalize("NFKC", form)
        assert known in (form, plain, f"({plain})")


@pytest.mark.parametrize("table", [FORMS, DIGITS, ALIKE, NUMBERED, AFTER_ASCII, DIGIT_ALIKE])
def test_one_character_stands_for_one_of_ascii(table):
    assert all(len(key) == 1 and not key.isascii() for key in table)
    assert all(len(plain) == 1 and plain.isascii() for plain in table.values())


def test_no_character_is_in_two_tables():
    assert sum(map(len, TABLES)) == len(set().union(*TABLES))


def test_letters_stand_for_letters():
    letters = {**FORMS, **ALIKE}
    assert [] == [key for key, plain in letters.items() if key.isalpha() and not plain.isalpha()]
    assert all(key.isalpha() for key in ALIKE)


def test_look_alikes_keep_their_case():
    odd = {key for key, plain in ALIKE.items() if key.isupper() and plain.islower()}
    assert {"CHEROKEE"} == {unicodedata.name(key).split()[0] for key in odd}  # knows no case


def test_what_is_undone_is_what_values_are_made_of():
    assert set(FOLDED.values()) <= ALLOWED
    assert set(TAGS.values()) == set(map(chr, range(0x20, 0x7F)))


def test_a_class_holds_its_characters_and_no_others():
    characters = {"a", "b", "c", "-", "]", "^", "\\", "\u200b", "\u200c", "\U000e0041", "é"}
    pattern = re.compile(f"[{inside(characters)}]")
    assert characters == {c for c in map(chr, range(0xE0100)) if pattern.match(c)}


def test_no_letter_of_a_living_orthography_is_folded_by_itself():
    """A word of one script stays, whatever its letters look like."""
    for script in ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "LISU", "COPTIC"):
        word = "".join(c for c in ALIKE if unicodedata.name(c).startswith(script))
        assert len(word) > 5
        assert f"{word} {word}." == plain_of(f"{word} {word}.")
