"""Measures how far a context bears out a sentence, as numbers for the trees."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tokenward_plugins.groundedness.dates import dates_of
from tokenward_plugins.groundedness.index import DENIALS, Index, neighbours
from tokenward_plugins.groundedness.names import Name, is_known, names_of
from tokenward_plugins.groundedness.numbers import Number, numbers_of
from tokenward_plugins.groundedness.relations import Relations
from tokenward_plugins.groundedness.words import Word, words_of

DEGREES = frozenset(
    """
    all every each always only most many few some none several both entire entirely completely
    must may might could never solely exclusively
    """.split()
)
CLOSE, ALIKE = 0.45, 0.6
NAMES = (
    "cover", "cover_best", "cover_near", "pairs", "reversed", "copied", "longest", "new",
    "new_share", "new_synonym", "new_else", "new_name", "nearest_least", "nearest_mean", "far",
    "close", "alike", "opposed_near", "opposed", "opposed_other", "denies", "denies_alone",
    "denies_best", "denial_lost", "numbers", "no_number", "no_word_number", "no_date",
    "number_elsewhere", "no_name", "names", "degree_near", "degree", "order", "length", "apart",
)  # fmt: skip


@dataclass(slots=True)
class Reading:
    """A sentence beside its context."""

    text: str
    index: Index
    relations: Relations
    words: list[Word] = field(init=False)
    matter: list[Word] = field(init=False)
    nearest: list[int] = field(init=False)
    near: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.words = words_of(self.text)
        self.matter = [word for word in self.words if word.is_content]
        self.nearest = self.index.nearest([word.stem for word in self.matter])
        self.near = self.index.around(self.nearest)

    def row(self) -> list[float]:
        """Returns the features, in the order of ``NAMES``."""
        return [
            *self._cover(),
            *self._copied(),
            *self._new(),
            *self._denials(),
            *self._facts(),
            *self._degrees(),
            self._order(),
            math.log1p(len(self.matter)),
            self._apart(),
        ]

    def _stems(self, places: Iterable[int]) -> set[str]:
        return {word.stem for place in places for word in self.index.sentences[place]}

    def _cover(self) -> list[float]:
        index = self.index
        weights = [index.weight(word.stem) for word in self.matter]
        total = sum(weights) + 1e-9
        best, near = self._stems(self.nearest[:1]), self._stems(self.near)

        def share(known: Iterable[bool]) -> float:
            return sum(w for w, one in zip(weights, known, strict=True) if one) / total

        stems = [word.stem for word in self.matter]
        pairs = list(pairwise(stems))
        turned = sum(p not in index.pairs and (p[1], p[0]) in index.pairs for p in pairs)
        return [
            share(index.has(stem) for stem in stems),
            share(stem in best for stem in stems),
            share(stem in near for stem in stems),
            sum(pair in index.pairs for pair in pairs) / max(1, len(pairs)),
            float(turned),
        ]

    def _copied(self) -> list[float]:
        """Returns the share of words that stand in the context in the same row, and the longest."""
        said = [word.text.lower() for word in self.words]
        at, copied, longest, count = 0, 0, 0, len(said)
        while at < count:
            to = at
            while to < count and f" {' '.join(said[at : to + 1])} " in self.index.said:
                to += 1
            length = to - at
            copied += length if length > 1 or count == 1 else 0
            longest = max(longest, length)
            at = max(to, at + 1)
        return [copied / max(1, count), longest / max(1, count)]

    def _new(self) -> list[float]:
        """Looks at words that the context has not."""
        index, relations = self.index, self.relations
        near = self._stems(self.near)
        new = [word for word in self.matter if not index.has(word.stem)]
        synonym, other, name = 0.0, 0.0, 0.0
        cosines: list[float] = []
        for word in new:
            if word.is_number:
                continue
            if word.text[0].isupper() and word.start > 0:
                name += 1
                continue
            cosines.append(self._cosine(word))
            same = relations.synonyms(word.stem)
            if any(one in near for one in same):
                synonym += 1
            elif any(index.has(one) for one in same):
                synonym += 0.7
            else:
                other += 1
        return [
            math.log1p(len(new)),
            len(new) / max(1, len(self.matter)),
            synonym,
            other,
            name,
            min(cosines, default=1.0),
            sum(cosines) / len(cosines) if cosines else 1.0,
            float(sum(one < CLOSE for one in cosines)),
            float(sum(CLOSE <= one < ALIKE for one in cosines)),
            float(sum(one >= ALIKE for one in cosines)),
            *self._opposed(near),
        ]

    def _cosine(self, word: Word) -> float:
        own = self.relations.rows([word.text.lower()])
        if not len(own) or not len(self.index.vectors):
            return 0.2
        return round(float(np.max(self.index.vectors @ own[0])), 4)

    def _opposed(self, near: set[str]) -> list[float]:
        index, counts = self.index, [0.0, 0.0, 0.0]
        for word in self.matter:
            opposites = () if word.is_number else self.relations.opposites(word.stem)
            by = any(one in near for one in opposites)
            if index.has(word.stem):
                counts[2] += by and word.stem not in near
            else:
                counts[0] += by
                counts[1] += any(index.has(one) for one in opposites)
        return counts

    def _denials(self) -> list[float]:
        denies = sum(word.text.lower() in DENIALS for word in self.words)
        said = self.index.denials
        best = any(said[place] for place in self.nearest[:1])
        return [
            float(denies),
            float(denies > 0 and not any(said[place] for place in self.near)),
            float(denies > 0 and not best),
            float(denies == 0 and best),
        ]

    def _facts(self) -> list[float]:
        numbers, found = numbers_of(self.text), names_of(self.text, self.relations.is_word)
        lacking = [one for one in numbers if not has_number(self.index, one, self.text)]
        apart = [one for one in numbers if one.exact and one not in lacking and self._strays(one)]
        return [
            float(sum(one.exact for one in numbers)),
            float(sum(one.exact for one in lacking)),
            float(sum(not one.exact and one.value != 1 for one in lacking)),
            float(len(lacking_dates(self.index, self.text))),
            float(len(apart)),
            float(sum(one.sure and not has_name(self.index, one) for one in found)),
            float(len(found)),
        ]

    def _strays(self, number: Number) -> bool:
        """Tells whether a number that the context has stands among other words there."""
        own = neighbours(self.words, number, 25)
        theirs = self.index.near_numbers.get(number.value, set())
        return bool(own) and len(own & theirs) < 0.3 * len(own)

    def _degrees(self) -> list[float]:
        said = [word.text.lower() for word in self.words if word.text.lower() in DEGREES]
        near = {word.text.lower() for place in self.near for word in self.index.sentences[place]}
        return [
            float(sum(one not in near for one in said)),
            float(sum(one not in self.index.words for one in said)),
        ]

    def _order(self) -> float:
        """Returns how often words stand the other way round than in the best sentence."""
        if not self.nearest:
            return 0.0
        places: dict[str, int] = {}
        for at, word in enumerate(self.index.sentences[self.nearest[0]]):
            places.setdefault(word.stem, at)
        found = [places[word.stem] for word in self.matter if word.stem in places]
        turned = sum(a > b for i, a in enumerate(found) for b in found[i + 1 : i + 4])
        return turned / max(1, len(found))

    def _apart(self) -> float:
        """Returns the share of neighbours that no sentence of the context has both."""
        index, stems = self.index, [word.stem for word in self.matter]
        pairs = list(pairwise(stems))
        apart = 0
        for one, other in pairs:
            if index.has(one) and index.has(other) and (one, other) not in index.pairs:
                apart += not set(index.places[one]) & set(index.places[other])
        return apart / max(1, len(pairs))


def has_number(index: Index, number: Number, text: str) -> bool:
    """Tells whether a context has a number of a text, perhaps written otherwise or rounded."""
    if any(number.same(other) for other in index.numbers):
        return True
    return bool(index.rest) and text[number.start : number.end].lower() in index.rest


def has_name(index: Index, name: Name) -> bool:
    """Tells whether a context has a name."""
    if is_known(name, index.words, index.roots, index.initials):
        return True
    return bool(index.rest) and all(part in index.rest for part in name.parts)


def lacking_dates(index: Index, text: str) -> Sequence[tuple[int, int]]:
    """Returns the places of dates of more than a year that a context has not."""
    return [
        (one.start, one.end)
        for one in dates_of(text)
        if (one.month or one.day) and not one.within(index.dates)
    ]
