"""What is known of the languages that share a script: words, parts of words, letters."""

from __future__ import annotations

import re
import struct
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tokenward_plugins.language.languages import PROFILED

WORD = {1: 12, 2: 25}
LONG_WORD = 35
"""How much a common word tells, in tenths of a nat: one in 40 words of its language, one in 1,300
elsewhere. Words of one and two letters are also initials, variables, abbreviations: less."""

PART = 12
MOST_PARTS = 2
"""How much a part of a word tells, in tenths, and how many parts of one word count."""

FOREIGN_LETTER = 30
"""How much a letter speaks against a language, in tenths, whose alphabet does not have it; names
and loans have some."""

LONGEST_PART = 4
"""Letters of the parts that are looked for; longer ones are not."""

LONGEST_WORD = 24
"""Letters of a word that are looked at: what is longer is an encoded value."""

TENTHS = 10.0
FIELD = 32
"""Bits of a number in a row of numbers, one a language, that is kept as one integer: it adds up
a row at once. Ten million words do not fill a field."""
WORTH = bytes(PART * min(count, MOST_PARTS) for count in range(256))
"""What so many parts of a word tell; no word has 256."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One script: its languages, and for each of them what their words tell.

    Evidence is a row of numbers, in tenths of a nat. ``known`` has that of the listed words.
    ``part`` finds the longest part at each letter; ``places`` has a one for each language that has
    it, and for each that has a part with which it begins. ``foreign`` has a one for each language
    that has not the letter. ``ones`` has a one for all; a row has ``size`` bytes.
    """

    languages: tuple[str, ...]
    known: dict[str, int]
    part: re.Pattern[str]
    places: Mapping[str, int]
    foreign: Mapping[str, int]
    ones: int
    size: int

    def evidence(self, word: str) -> int:
        """Returns how much the word speaks for each language, ``FOREIGN_LETTER`` added to each."""
        listed = self.known.get(word)
        return self.of_letters(word) + self.of_parts(word) if listed is None else listed

    def of_letters(self, word: str) -> int:
        """Returns what the letters of a word that is not listed tell, likewise from above 0."""
        strange = 0
        if not word.isascii():
            for letter in word[:LONGEST_WORD]:
                if not "a" <= letter <= "z":
                    strange |= self.foreign.get(letter, self.ones)
        return FOREIGN_LETTER * (self.ones - strange)

    def of_parts(self, word: str) -> int:
        """Returns what the parts of a word that is not listed tell."""
        parts = self.part.findall(f"_{word[:LONGEST_WORD]}_")
        if not parts:
            return 0
        found = sum([self.places[part] for part in parts])
        return int.from_bytes(found.to_bytes(self.size, "little").translate(WORTH), "little")

    def nats(self, evidence: int, words: int) -> list[float]:
        """Returns the evidence of so many words, summed up, in nats for each language."""
        base = FOREIGN_LETTER * words
        return [(tenths - base) / TENTHS for tenths in self.tenths(evidence)]

    def tenths(self, evidence: int) -> tuple[int, ...]:
        """Returns the numbers of a row."""
        return struct.unpack(f"<{len(self.languages)}I", evidence.to_bytes(self.size, "little"))


@cache  # read once a process, when the first text comes or the first policy asks for it
def profiles() -> Mapping[str, Profile]:
    """Returns the profiles by script."""
    text = files("tokenward_plugins.language").joinpath("profiles.toml").read_text("utf-8")
    written = tomllib.loads(text)
    return {script: _profile(codes, written[script]) for script, codes in PROFILED.items()}


def _profile(codes: tuple[str, ...], written: Mapping[str, Mapping[str, str]]) -> Profile:
    parts = {
        part: _row(places)
        for part, places in _places(written[code]["parts"].split() for code in codes).items()
        if len(part) <= LONGEST_PART
    }
    alphabets = [frozenset(written[code]["letters"]) for code in codes]
    profile = Profile(
        languages=codes,
        known={},
        part=re.compile(f"(?=({_longest(parts)}))"),
        places={
            part: sum(parts.get(part[:length], 0) for length in range(1, len(part) + 1))
            for part in parts
        },
        foreign={
            letter: _row(place for place, some in enumerate(alphabets) if letter not in some)
            for letter in frozenset().union(*alphabets)
        },
        ones=_row(range(len(codes))),
        size=len(codes) * FIELD // 8,
    )
    for word, places in _places(written[code]["words"].split() for code in codes).items():
        parts_tell = profile.of_parts(word)
        worth = WORD.get(len(word), LONG_WORD)
        for place in places:  # there the word counts, and not its parts
            parts_tell += (worth - (parts_tell >> FIELD * place) % (1 << FIELD)) << FIELD * place
        profile.known[word] = profile.of_letters(word) + parts_tell
    return profile


def _longest(parts: Iterable[str], at: int = 0) -> str:
    """Returns an expression for the longest of the parts, which begin alike, from a place on."""
    by_letter: defaultdict[str, list[str]] = defaultdict(list)
    for part in parts:
        by_letter[part[at : at + 1]].append(part)
    ends = by_letter.pop("", None)
    if not by_letter:
        return ""
    ways = "|".join(letter + _longest(some, at + 1) for letter, some in sorted(by_letter.items()))
    return f"(?:{ways})?" if ends else f"(?:{ways})"


def _row(places: Iterable[int]) -> int:
    """Returns a row with a one at these places."""
    return sum(1 << FIELD * place for place in places)


def _places(lists: Iterable[list[str]]) -> dict[str, tuple[int, ...]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, items in enumerate(lists):
        for item in dict.fromkeys(items):
            places[item].append(place)
    return {item: tuple(some) for item, some in places.items()}
