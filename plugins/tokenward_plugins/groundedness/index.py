"""What an answer may go by, cut into sentences and put in order to be looked up."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from tokenward_plugins.groundedness.dates import Date, dates_of
from tokenward_plugins.groundedness.names import root_of
from tokenward_plugins.groundedness.numbers import Number, numbers_of
from tokenward_plugins.groundedness.relations import Matrix, Relations
from tokenward_plugins.groundedness.words import (
    FUNCTION_WORDS,
    Word,
    sentences_of,
    stem_of,
    words_of,
)

DENIALS = frozenset(
    """
    not no never none nobody nothing neither nor without cannot can't won't don't doesn't didn't
    isn't aren't wasn't weren't hasn't haven't hadn't couldn't shouldn't wouldn't unable
    """.split()
)
NEAREST = 3
"""Sentences that most of a sentence is looked for in, with one before and behind each."""
MOST_COMMON = 400
"""A word that stands in more sentences than this tells none of them."""
MOST_VECTORS = 4096
"""Words of the context that others are compared with: those that come first."""


class Index:
    """The texts of a request, indexed once; linear in their length.

    Of ``rest`` is known only whether something stands in it as it is written, in lower case.
    """

    def __init__(self, texts: Iterable[str], relations: Relations, rest: str = "") -> None:
        self.rest = rest.lower()
        self.sentences: list[list[Word]] = []
        self.numbers: list[Number] = []
        self.dates: list[Date] = []
        self.near_numbers: dict[float, set[str]] = defaultdict(set)
        self.places: dict[str, list[int]] = defaultdict(list)
        self.pairs: set[tuple[str, str]] = set()
        self.words: dict[str, None] = {}
        for text in texts:
            for sentence in sentences_of(text):
                self._add(sentence)
        self.roots = {root_of(word) for word in self.words}
        self.initials = "".join(word.text[0].lower() for some in self.sentences for word in some)
        said = [word.text.lower() for some in self.sentences for word in some]
        self.said = f" {' '.join(said)} "
        self.denials = [
            any(word.text.lower() in DENIALS for word in some) for some in self.sentences
        ]
        matter = [word for word in self.words if word not in FUNCTION_WORDS]
        self.vectors: Matrix = relations.rows(matter[:MOST_VECTORS])

    def _add(self, sentence: str) -> None:
        words = words_of(sentence)
        place = len(self.sentences)
        self.sentences.append(words)
        for word in words:
            self.words[word.text.lower()] = None
        stems = [word.stem for word in words if word.is_content]
        for stem in dict.fromkeys(stems):
            self.places[stem].append(place)
        self.pairs.update(pairwise(stems))
        self.dates += dates_of(sentence)
        for number in numbers_of(sentence):
            self.numbers.append(number)
            self.near_numbers[number.value] |= neighbours(words, number, 60)

    def has(self, stem: str) -> bool:
        """Tells whether a stem occurs."""
        return stem in self.places or (bool(self.rest) and stem in self.rest)

    def weight(self, stem: str) -> float:
        """Returns how much a stem tells: more, the fewer sentences have it."""
        seen = len(self.places.get(stem, ()))
        return min(5.0, math.log(1 + max(1, len(self.sentences)) / (1 + seen)) + 0.3)

    def nearest(self, stems: Iterable[str]) -> list[int]:
        """Returns the sentences that have most of some stems, the best first."""
        found: Counter[int] = Counter()
        for stem in stems:
            places = self.places.get(stem, ())
            if len(places) <= MOST_COMMON:
                weight = self.weight(stem)
                for place in places:
                    found[place] += weight  # type: ignore[assignment]  # a weight is a float

        def worth(place: int) -> tuple[float, int]:
            return found[place] + 0.5 * (found[place - 1] + found[place + 1]), -place

        return sorted(found, key=worth, reverse=True)[:NEAREST]

    def around(self, places: Iterable[int]) -> set[int]:
        """Returns sentences with one before and behind each."""
        near = {place + by for place in places for by in (-1, 0, 1)}
        return {place for place in near if 0 <= place < len(self.sentences)}


def neighbours(words: Iterable[Word], number: Number, distance: int) -> set[str]:
    """Returns the stems of the words within some characters of a number."""
    return {
        stem_of(word.text)
        for word in words
        if not word.is_number
        and word.is_content
        and (0 <= word.start - number.end < distance or 0 <= number.start - word.end < distance)
    }
