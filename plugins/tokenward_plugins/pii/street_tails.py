"""What may stand behind a street and its number: a flat, a town, a state, a postal code."""

from __future__ import annotations

import re

from tokenward_plugins.pii.phrases import BEFORE, Reader, Word
from tokenward_plugins.pii.prefixes import in_each_case, whole_or_begun
from tokenward_plugins.pii.street_countries import country
from tokenward_plugins.pii.street_words import DIRECTIONS, PARTICLES, STATES, UNITS

UNIT_NUMBER = re.compile(r"#?(?:[A-Za-z]?-?\d{1,5}[A-Za-z]?|[A-Z])")
MARKED_NUMBER = re.compile(r"#[A-Za-z]?-?\d{1,5}[A-Za-z]?")
FLOOR_NUMBER = re.compile(r"\d{1,3}(?:st|nd|rd|th|\.)?", re.IGNORECASE)
CODE = re.compile(r"\d{5}(?:-\d{3,4})?|(?!19|20)\d{4}|\d{6}|\d{2}-\d{3}|\d{4}-\d{3}|\d{3}")
BRITISH = (
    re.compile(r"[A-Z]{1,2}\d[A-Z\d]?", re.IGNORECASE),
    re.compile(r"\d[A-Z]{2}", re.IGNORECASE),
)
CANADIAN = (
    re.compile(r"[A-Z]\d[A-Z]", re.IGNORECASE),
    re.compile(r"\d[A-Z]\d", re.IGNORECASE),
)
AUSTRALIAN = re.compile(r"\d{4}")
DUTCH = (re.compile(r"\d{4}"), re.compile(r"[A-Z]{2}"))
IN_TWO = (BRITISH, CANADIAN, DUTCH)
ANNOUNCED = re.compile(
    r"\b(?:zip|zip[ -]?code|post(?:al)?[ -]?code|plz|postleitzahl|code postal|c[óo]digo postal)"
    r"(?: (?:is|ist|est|es|é))?[:=#\s]{1,4}\Z",
    re.IGNORECASE,
)
ALONE = re.compile(r"\d{3,6}|\d{2,5}-\d{3,4}")
GROUP = re.compile(r"\d{2}")
FLATS = frozenset({"apt", "apartment", "suite", "ste", "flat"})
FLAT_BEHIND = re.compile(whole_or_begun(in_each_case(FLATS)))
UNIT_BEHIND = re.compile(whole_or_begun(UNITS))
MOST_UNITS = 2
MOST_WORDS = 7
MOST_TOWN = 3
SENTENCE = 3
"""A full stop behind a longer word ends the sentence; behind a shorter one it abbreviates."""


def direction(reader: Reader, last: Word) -> Word:
    """Returns the point of the compass behind a street, or the street's last word again."""
    if last.closed or not reader.text[last.next : last.next + 1].isupper():
        return last
    word = reader.after(last)
    if word and word.lower.replace(".", "") in DIRECTIONS:
        return word
    return last


def tail(reader: Reader, last: Word) -> Word | None:
    """Returns the last word of the flat and the town behind an address; ``None`` if none is."""
    end = last
    if reader.text[last.next : last.next + 1].islower() and not _begins_unit(reader, last):
        return None
    for _ in range(MOST_UNITS):
        unit = _unit(reader, end)
        if unit is None:
            break
        end = unit
    if ends_sentence(end):
        return end if end is not last else None
    town = _town(reader, end, lines=end is not last and end.line)
    return town or (end if end is not last else None)


def flat(reader: Reader, last: Word) -> Word | None:
    """Returns the number of the flat behind a number, where a word says that it is one."""
    if FLAT_BEHIND.match(reader.text, last.next) is None:
        return None
    word = reader.after(last)
    if word is None or word.lower not in FLATS:
        return None
    number = reader.after(word)
    return number if number and UNIT_NUMBER.fullmatch(number.text) else None


def _begins_unit(reader: Reader, last: Word) -> bool:
    return UNIT_BEHIND.match(reader.text, last.next) is not None


def ends_sentence(word: Word) -> bool:
    """Tells whether a full stop behind a word ends a sentence, as far as its length says."""
    return "." in word.marks and len(word.text) > SENTENCE


def _unit(reader: Reader, last: Word) -> Word | None:
    if ends_sentence(last):
        return None
    word = reader.after(last)
    if word is None:
        return None
    if MARKED_NUMBER.fullmatch(word.text):
        return word
    if word.lower in UNITS:
        number = reader.after(word)
        return number if number and UNIT_NUMBER.fullmatch(number.text) else None
    if FLOOR_NUMBER.fullmatch(word.text) and not word.closed:
        floor = reader.after(word)
        return floor if floor and floor.lower in {"floor", "fl"} else None
    return None


def _town(reader: Reader, last: Word, *, lines: bool) -> Word | None:
    """Reads capitalised words up to a state, a country or a postal code.

    ``lines`` says that the address stands on several lines, its flat at the end of one: then the
    next line will do if it holds nothing else.
    """
    word, town = reader.after(last), None
    for names in range(MOST_WORDS):
        if word is None:
            break
        code = _code(reader, word)
        if code is not None:
            return code if names else _town_behind(reader, code)
        state = word if word.text in STATES else country(reader, word)
        if names and state:
            return _code_behind(reader, state)
        if not word.capital and not (names and word.lower in PARTICLES):
            break
        if ends_sentence(word):
            break
        if lines and word.line and town is None:
            town = word
        word = reader.after(word)
    return town


def _code(reader: Reader, word: Word) -> Word | None:
    """Returns the last word of the postal code that a word is, or begins."""
    for first, second in IN_TWO:
        if first.fullmatch(word.text) and not word.closed:
            behind = reader.after(word)
            if behind and second.fullmatch(behind.text):
                return behind
    return word if CODE.fullmatch(word.text) else None


def announced(reader: Reader, word: Word) -> Word | None:
    """Returns the last word of a postal code behind words that say that it is one."""
    before = reader.text[max(0, word.start - BEFORE) : word.start]
    if ALONE.fullmatch(word.text) is None or ANNOUNCED.search(before) is None:
        return None
    behind = None if word.closed else reader.after(word)
    if behind and len(word.text) == len("394") and GROUP.fullmatch(behind.text):
        return behind
    return _code(reader, word) or word


def _code_behind(reader: Reader, state: Word) -> Word:
    if state.next == state.stop:
        return state
    word = reader.after(state)
    if word is None:
        return state
    return word if AUSTRALIAN.fullmatch(word.text) else _code(reader, word) or state


def _town_behind(reader: Reader, code: Word) -> Word | None:
    """Returns the last word of the town behind a postal code ("10115 Berlin"), if there is one."""
    town, word = None, code
    for _ in range(MOST_TOWN):
        if "," in word.marks or (town and (word.line or ends_sentence(word))):
            break
        behind = reader.after(word)
        if behind is None or not behind.capital:
            break
        town = word = behind
    return town
