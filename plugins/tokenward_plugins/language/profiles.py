"""What is known of the languages that share a script: words, parts of words, letters."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tokenward_plugins.language.languages import PROFILED

WORD = {1: 1.2, 2: 2.5}
LONG_WORD = 3.5
"""How much a common word tells, in nats: one in 40 words of its language, one in 1,300 elsewhere.
Words of one and two letters are also initials, variables and abbreviations, and tell less."""

PART = 1.2
MOST_PARTS = 2
"""How much a part of a word tells, and how many parts of one word count."""

FOREIGN_LETTER = -3.0
"""How much a letter that the alphabet does not have tells; names and loans have some."""

PART_LENGTHS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Profile:
    """One script: its languages, and for each of them what their words tell.

    ``words`` and ``parts`` give the places in ``languages`` of those that have them.
    """

    languages: tuple[str, ...]
    words: Mapping[str, tuple[int, ...]]
    parts: Mapping[str, tuple[int, ...]]
    letters: tuple[frozenset[str], ...]

    def evidence(self, word: str) -> list[float]:
        """Returns, for each language, how much the word speaks for it, in nats."""
        evidence = [0.0] * len(self.languages)
        for place, count in self._parts_in(word).items():
            evidence[place] = PART * min(count, MOST_PARTS)
        for place in self.words.get(word, ()):
            evidence[place] = WORD.get(len(word), LONG_WORD)
        strange = {letter for letter in word if not "a" <= letter <= "z"}
        for place, letters in enumerate(self.letters if strange else ()):
            if not strange <= letters:
                evidence[place] += FOREIGN_LETTER
        return evidence

    def _parts_in(self, word: str) -> Counter[int]:
        edged = f"_{word}_"
        found: Counter[int] = Counter()
        for length in PART_LENGTHS:
            for at in range(len(edged) - length + 1):
                found.update(self.parts.get(edged[at : at + length], ()))
        return found


@cache  # read once a process, when the first text comes or the first policy asks for it
def profiles() -> Mapping[str, Profile]:
    """Returns the profiles by script."""
    text = files("tokenward_plugins.language").joinpath("profiles.toml").read_text("utf-8")
    written = tomllib.loads(text)
    return {script: _profile(codes, written[script]) for script, codes in PROFILED.items()}


def _profile(codes: tuple[str, ...], written: Mapping[str, Mapping[str, str]]) -> Profile:
    return Profile(
        codes,
        _places(written[code]["words"].split() for code in codes),
        _places(written[code]["parts"].split() for code in codes),
        tuple(frozenset(written[code]["letters"]) for code in codes),
    )


def _places(lists: Iterable[list[str]]) -> dict[str, tuple[int, ...]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, items in enumerate(lists):
        for item in dict.fromkeys(items):
            places[item].append(place)
    return {item: tuple(some) for item, some in places.items()}
