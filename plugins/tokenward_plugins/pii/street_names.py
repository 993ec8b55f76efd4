"""Names of streets, and the number before or behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tokenward_plugins.pii.phrases import Reader, Word
from tokenward_plugins.pii.prefixes import in_each_case, whole_or_begun
from tokenward_plugins.pii.street_tails import ends_sentence, flat
from tokenward_plugins.pii.street_words import (
    ADJECTIVES,
    ALONE,
    COUNTERS,
    ENDINGS,
    FRENCH,
    LINKS,
    LOOSE,
    MONTHS,
    NOT_STREETS,
    PARTICLES,
    SHARED,
    SLAVIC,
    SURE,
)

HOUSE = re.compile(r"\d{1,5}[A-Za-z]?(?:[-/\u2013]\d{1,4}[A-Za-z]?)?")
ORDINAL = re.compile(r"\d{1,3}(?:st|nd|rd|th)", re.IGNORECASE)
NUMBER_MARK = re.compile(r"n|n[°º]|nr|no|num|núm|número|n\.?°", re.IGNORECASE)
BY_ITSELF = frozenset({"broadway", "strand"})
"""Streets whose name is one word."""
LONGEST_NAME = 6
LEAST_STEM = 3
MOST_BEFORE, MOST_BEFORE_FIRM = 1, 2
KIND_BEHIND = re.compile(whole_or_begun(in_each_case(ALONE)))
"""What the second word of "Lange Straße" is, or may become."""
MONTH_DAYS = 31


@dataclass(frozen=True, slots=True)
class Street:
    """A street with its number: its last word, and whether its kind of name is a common word."""

    last: Word
    loose: bool = False


def british(reader: Reader, house: Word, *, cued: bool) -> Street | None:
    """Reads "Baker Street" behind a number: capitalised words, the last one a kind of street.

    ``cued`` says that small letters will do.
    """
    found = None
    for place, word in enumerate(_words(reader, house)):
        kind = word.lower
        named = word.capital or ORDINAL.fullmatch(word.text) is not None
        if place == 0 and not _may_begin(word, house):
            return None
        if not named and not cued and kind not in LINKS:
            return found
        if place == 0 and kind in BY_ITSELF and named:
            return Street(word)
        if (kind in SURE or kind in LOOSE) and (place or kind in BY_ITSELF) and (named or cued):
            found = Street(word, loose=kind not in SURE)
        elif found is not None:
            return found
        if place == 1 and kind not in SURE | LOOSE and _is_the(reader, house):
            return None
    return found


def _may_begin(word: Word, house: Word) -> bool:
    """Tells whether a word behind a number may begin a name: it is neither counted nor a month."""
    if word.lower in COUNTERS or word.lower in PARTICLES - LINKS:
        return False
    return not (word.lower in MONTHS and house.text.isdecimal() and int(house.text) <= MONTH_DAYS)


def _is_the(reader: Reader, house: Word) -> bool:
    first = reader.after(house)
    return first is not None and first.lower == "the"


def _words(reader: Reader, before: Word) -> Iterator[Word]:
    """Yields the words of a name: up to a comma, a line's end or a sentence's."""
    word = reader.after(before)
    for _ in range(LONGEST_NAME):
        if word is None:
            return
        yield word
        if word.closed or (ends_sentence(word) and word.lower not in SURE):
            return
        word = reader.after(word)


def french(reader: Reader, house: Word, *, cued: bool) -> Street | None:
    """Reads "rue de la Paix" behind a number, a comma or not in between."""
    kind = reader.after(house)
    if kind is None or kind.closed or kind.lower.rstrip(".") not in FRENCH:
        return None
    last = None
    for place, word in enumerate(_words(reader, kind)):
        if word.lower in COUNTERS or (place == 0 and word.lower in SURE | LOOSE):
            return None
        if word.capital or (word.text.isdecimal() and place) or _elided(word):
            last = word
        elif word.lower not in PARTICLES:
            return Street(word) if cued and last is None and word.text.isalpha() else _street(last)
    return _street(last)


def _street(last: Word | None) -> Street | None:
    return Street(last) if last else None


def _elided(word: Word) -> bool:
    """Tells whether a capital is behind an apostrophe: d'Ouchy."""
    _, _, name = word.text.replace("\u2019", "'").partition("'")
    return name[:1].isupper()


def typed(reader: Reader, kind: Word) -> Street | None:
    """Reads "Calle Mayor 5": a kind of street, its name, a number."""
    if kind.closed:
        return None
    if kind.lower == "unter":
        link = reader.after(kind)
        if link is None or link.lower != "den":
            return None
    number = _number_behind(reader, kind)
    if number is None or HOUSE.fullmatch(number.text) is None:
        return None
    shared = kind.lower in SHARED and british(reader, number, cued=False)
    return None if shared else Street(number)


def _number_behind(reader: Reader, kind: Word) -> Word | None:
    """Returns what stands where the number should, behind the words of a name."""
    names = 0
    word = reader.after(kind)
    for _ in range(LONGEST_NAME + 1):
        if word is None or (names and word.text[0].isdecimal()):
            return word
        if names and NUMBER_MARK.fullmatch(word.text):
            return reader.after(word)
        name = word.capital or _elided(word) or (kind.lower in SLAVIC and word.text.isalpha())
        if not (name or word.lower in PARTICLES) or word.line or ends_sentence(word):
            return None
        names += name
        word = reader.after(word)
    return None


def named(reader: Reader, first: Word, *, firm: bool) -> Street | None:
    """Reads "Hauptstraße 12", "Lange Straße 12": a name that ends like a street, and a number.

    ``firm`` says that an address is announced: then any name will do; and so it does where the
    number of a flat is behind it.
    """
    word, before = first, 0
    firm = firm and first.lower not in MONTHS
    most = MOST_BEFORE_FIRM if firm else MOST_BEFORE
    while word.next > word.stop and "," not in word.marks and not word.line:
        own = _ends_like_street(word)
        if reader.text[word.next : word.next + 1].isdecimal():
            fits = own or firm or (before > 0 and word.lower.rstrip(".") in ALONE)
            return _with_number(reader, word, fits=fits, loose=firm)
        if own or before == most or not _may_precede(word, before):
            return None
        if not firm and not _may_follow(reader, word):
            return None
        behind = reader.after(word)
        if behind is None or (_ends_like_street(behind) and not _belongs(word)):
            return None
        word, before = behind, before + 1
    return None


def _with_number(reader: Reader, name: Word, *, fits: bool, loose: bool) -> Street | None:
    number = reader.after(name)
    if number is None or HOUSE.fullmatch(number.text) is None:
        return None
    return Street(number, loose=loose) if fits or flat(reader, number) else None


def _may_follow(reader: Reader, word: Word) -> bool:
    """Tells whether what stands behind the first word of a name may be the last: at a glance."""
    capital = reader.text[word.next : word.next + 1].isupper()
    if capital and _belongs(word):
        return True
    return KIND_BEHIND.match(reader.text, word.next) is not None


def _ends_like_street(word: Word) -> bool:
    lower = word.lower
    if not word.capital or lower in NOT_STREETS:
        return False
    return any(
        lower.endswith(ending) and len(lower) - len(ending) >= LEAST_STEM
        for ending in ENDINGS
        if ending != "str" or "." in word.marks
    )


def _may_precede(word: Word, place: int) -> bool:
    """Tells whether a word may be the first of a street's name, or the second."""
    if word.lower in {"the", "a", "an", "this", "in", "my", "her", "his", "our", "their"}:
        return False
    return word.capital or (place > 0 and word.lower in PARTICLES | ADJECTIVES)


def _belongs(word: Word) -> bool:
    """Tells whether a word before "Bahnhofstraße" is part of the name."""
    return word.lower in ADJECTIVES or (
        word.lower.endswith("er") and len(word.text) > LONGEST_NAME - 1
    )
