"""Post office boxes, and the military addresses of the US."""

from __future__ import annotations

import re

from tokenward_plugins.pii.phrases import Reader, Word
from tokenward_plugins.pii.street_words import ARMED, BOXES, SHIPS

NUMBER = re.compile(r"[A-Za-z]?-?\d{1,6}[A-Za-z]?")
ZIP = re.compile(r"\d{5}(?:-\d{4})?")
OFFICES = frozenset({"apo", "fpo", "dpo"})
REGIONS = frozenset({"aa", "ae", "ap"})
MOST_NAMES = 3
GROUP = re.compile(r"\d{2,3}")
MOST_GROUPS = 2


def box(reader: Reader, first: Word) -> Word | None:
    """Returns the last word of "P.O. Box 123", in six languages."""
    for words in BOXES:
        last = _sequence(reader, first, words)
        if last is not None and last.next > last.stop:
            number = reader.after(last)
            if number is not None and NUMBER.fullmatch(number.text):
                return _groups(reader, number)
    return None


def _groups(reader: Reader, number: Word) -> Word:
    """Returns the last group of a number that is written in groups."""
    for _ in range(MOST_GROUPS):
        group = None if number.closed else reader.after(number)
        if group is None or GROUP.fullmatch(group.text) is None:
            break
        number = group
    return number


def armed(reader: Reader, first: Word) -> Word | None:
    """Returns the last word of "PSC 1234, Box 5678, APO AP 96326", and of the same for ships."""
    word: Word | None = first
    if first.lower in ARMED:
        for known in (NUMBER, re.compile("box", re.IGNORECASE), NUMBER):
            word = reader.after(word) if word else None
            if word is None or known.fullmatch(word.text) is None:
                return None
        word = reader.after(word) if word else None
        return _office(reader, word)
    for _ in range(MOST_NAMES):
        word = reader.after(word) if word else None
        if word is not None and word.lower in OFFICES and word is not first:
            return _office(reader, word)
    return None


def _office(reader: Reader, word: Word | None) -> Word | None:
    if word is None or word.lower not in OFFICES:
        return None
    region = reader.after(word)
    if region is None or region.lower not in REGIONS:
        return None
    code = reader.after(region)
    return code if code and ZIP.fullmatch(code.text) else None


def _sequence(reader: Reader, first: Word, words: tuple[str, ...]) -> Word | None:
    word: Word | None = first
    for place, expected in enumerate(words):
        if place:
            word = reader.after(word) if word else None
        if word is None or word.lower != expected:
            return None
    return word


BEGIN = ARMED | SHIPS | {words[0] for words in BOXES}
"""The words with which one of them begins, in small letters."""
