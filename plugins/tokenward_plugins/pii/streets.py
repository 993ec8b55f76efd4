"""Street addresses: written forms of a dozen countries, read word by word."""

from __future__ import annotations

import re

from tokenward_plugins.pii.characters import CLOSING
from tokenward_plugins.pii.kinds import STREET
from tokenward_plugins.pii.phrases import BEFORE, BREAKS, LONGEST_WORD, Phrase, Reader, Word
from tokenward_plugins.pii.prefixes import in_each_case, whole_or_begun
from tokenward_plugins.pii.street_boxes import BEGIN, armed, box
from tokenward_plugins.pii.street_names import (
    HOUSE,
    KIND_BEHIND,
    Street,
    british,
    french,
    named,
    typed,
)
from tokenward_plugins.pii.street_tails import announced, direction, tail
from tokenward_plugins.pii.street_words import (
    ADJECTIVES,
    BEFORE_NAME,
    CUES,
    DATING,
    FIRM_CUES,
    FLATS,
    FRENCH,
    LINKS,
    LOWER,
    MONTHS,
    NUMBERED,
    VIA,
)

SMALL_BEHIND = re.compile(whole_or_begun(FRENCH | LINKS))
"""The words in small letters that may stand behind a number."""
YEAR = re.compile(r"(?:1[89]|20)\d\d")
FLAT_NUMBER = re.compile(r"[A-Za-z]?\d{1,4}[A-Za-z]?|[A-Z]")
CUE = re.compile(rf"\b{CUES}\b[^.!?]{{0,40}}\Z", re.IGNORECASE)
FIRM = re.compile(rf"\b{FIRM_CUES}[:\s]{{1,3}}\Z", re.IGNORECASE)
LAST_WORD = re.compile(r"([^\W\d_]+)[.:]?\s*\Z")
LINE_BEFORE = re.compile(r"[^\s:][ \t]{0,4}\r?\n[^\w\n]{0,5}\Z")
DATED = re.compile(r"\d(?:st|nd|rd|th)?,\s*\Z")
PLAIN, COMPLETE, LOOSELY = 0.7, 0.85, 0.6
"""Scores: a street; one with a flat or a town behind it; one whose last word is a common one."""
CAPITAL = "A-Z\u00c0-\u00d6\u00d8-\u00de\u0100-\u017f\u0370-\u03ff"


LETTER = rf"(?:[^{CLOSING}{BREAKS}]|[,\u2019\u00b0])"
PAIR = rf"{LETTER}{{0,{LONGEST_WORD - 1}}}+(?:\Z|\s{{1,12}}+(?:\Z|[\d{CAPITAL}]))"
BEFORE_KIND = rf"{LETTER}{{0,{LONGEST_WORD - 1}}}+(?:\Z|\s{{1,12}}+(?:\Z|\d|{KIND_BEHIND.pattern}))"
"""Behind the first letter of a capitalised word: the word, and a number or a kind of street; where
the text ends before, that may still come."""
BELONGING = (
    rf"(?:[{CAPITAL}]{LETTER}{{0,{LONGEST_WORD}}}?er"
    rf"|{whole_or_begun(word.capitalize() for word in ADJECTIVES)})"
    rf"(?=\Z|\s{{1,12}}+(?:\Z|[{CAPITAL}]))"
)
"""A word that goes with a name that ends like a street: "Brucker Bundesstraße"."""
OPENING = whole_or_begun(
    LOWER | in_each_case(FLATS | BEGIN) | in_each_case(BEFORE_NAME) - BEFORE_NAME
)


class Streets:
    """The grammar of street addresses."""

    type = STREET
    candidate = re.compile(
        rf"(?<![\w.,/$€£¥#%+\-\u2013'\u2019])(?:\d|{OPENING}"
        rf"|[{CAPITAL}](?={BEFORE_KIND})|{BELONGING}"
        rf"|(?<=[:nots]\s)[{CAPITAL}](?={PAIR}))"
    )

    def read(self, reader: Reader, start: int) -> Phrase | None:
        """Returns the address that begins at an offset."""
        first = reader.word(start)
        if first is None:
            return None
        if first.text[0].isdecimal():
            code = announced(reader, first)
            return Phrase(code.end, PLAIN, "code") if code else self._number_first(reader, first)
        lower = first.lower
        if lower in BEGIN:
            last = armed(reader, first) or box(reader, first)
            if last is not None:
                return _phrase(reader, Street(last), "box")
        if lower in FLATS:
            return self._flat_first(reader, first)
        street = None
        if lower in BEFORE_NAME and (
            first.capital or (lower in LOWER and _is_street(reader, first))
        ):
            street = typed(reader, first)
        if street is None and first.capital:
            firm = FIRM.search(reader.text, max(0, start - BEFORE), start) is not None
            street = named(reader, first, firm=firm)
        return _phrase(reader, street, "name, number") if street else None

    @staticmethod
    def _number_first(reader: Reader, house: Word) -> Phrase | None:
        if HOUSE.fullmatch(house.text) is None or house.line or house.next == house.stop:
            return None
        before = reader.text[max(0, house.start - BEFORE) : house.start]
        cued = CUE.search(before) is not None
        small = reader.text[house.next : house.next + 1].islower()
        if small and not cued and SMALL_BEHIND.match(reader.text, house.next) is None:
            return None
        if _is_numbered(house.text, before):
            return None
        street = french(reader, house, cued=cued)
        if street is None and "," not in house.marks:
            street = british(reader, house, cued=cued) or _whole_behind(reader, house, cued=cued)
        return _phrase(reader, street, "number, name") if street else None

    def _flat_first(self, reader: Reader, first: Word) -> Phrase | None:
        number = None if first.closed else reader.after(first)
        if number is None or FLAT_NUMBER.fullmatch(number.text) is None:
            return None
        house = reader.after(number)
        if house is not None and house.text[0].isdecimal():
            found = self._number_first(reader, house)
            if found is not None:
                return Phrase(found.end, COMPLETE, "flat, number, name")
        return Phrase(number.end, PLAIN, "flat") if _own_line(reader, first, number) else None


def _phrase(reader: Reader, street: Street, form: str) -> Phrase:
    last = direction(reader, street.last)
    behind = tail(reader, last)
    if behind is not None:
        return Phrase(behind.end, COMPLETE, form)
    return Phrase(last.end, LOOSELY if street.loose else PLAIN, form)


def _whole_behind(reader: Reader, number: Word, *, cued: bool) -> Street | None:
    """Reads a whole street behind a number on the same line: "12 Hauptstraße 5", "4 12 High St"."""
    first = reader.after(number)
    if first is None or not number.text.isdecimal():
        return None
    if first.text[0].isdecimal():
        whole = HOUSE.fullmatch(first.text) is not None and not first.closed
        return (
            (french(reader, first, cued=cued) or british(reader, first, cued=cued))
            if whole
            else None
        )
    if first.lower in BEGIN:
        last = box(reader, first)
        return Street(last) if last else None
    if first.lower in BEFORE_NAME and (first.capital or first.lower in LOWER):
        return typed(reader, first)
    return named(reader, first, firm=False) if first.capital else None


def _own_line(reader: Reader, first: Word, last: Word) -> bool:
    """Tells whether words are a line among others, as a flat is on an envelope."""
    behind = reader.text[last.stop : last.next]
    before = reader.text[max(0, first.start - BEFORE) : first.start]
    return behind.count("\n") == 1 and LINE_BEFORE.search(before) is not None


def _is_numbered(number: str, before: str) -> bool:
    """Tells whether the text before a number says that it is a year, a chapter, a room."""
    word = LAST_WORD.search(before)
    name = word.group(1).lower() if word else ""
    if name in NUMBERED:
        return True
    dated = name in DATING | MONTHS or DATED.search(before) is not None
    return dated and YEAR.fullmatch(number) is not None


def _is_street(reader: Reader, word: Word) -> bool:
    """Tells whether a word in small letters is one for streets: "in via Roma", not "via Paris"."""
    if word.lower != "via":
        return True
    before = LAST_WORD.search(reader.text, max(0, word.start - BEFORE), word.start)
    return before is not None and before.group(1).lower() in VIA
