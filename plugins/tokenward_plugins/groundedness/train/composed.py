"""Composes answers whose support is known: parts of a document, edited ones, parts of others."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tokenward_plugins.groundedness.names import names_of
from tokenward_plugins.groundedness.numbers import numbers_of
from tokenward_plugins.groundedness.relations import Relations
from tokenward_plugins.groundedness.words import sentences_of, stem_of, words_of

LENGTHS = (1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 8)
SHORT, LONG = 40, 12
"""Rounds of short answers and of sentences for each document."""
RELATED = (0.45, 0.8)
"""Cosines of words that are of a kind, and not the same."""
STEPS = (-1, 1, 2, 5, 10)


@dataclass(slots=True)
class Composer:
    """Composes from documents, which must be given with the relations of words."""

    documents: Mapping[str, str]
    relations: Relations
    seed: int = 0
    sentences: dict[str, list[str]] = field(init=False)
    stems: dict[str, frozenset[str]] = field(init=False)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.sentences = {
            name: [s for s in sentences_of(text) if 4 <= len(s.split()) <= 40]
            for name, text in self.documents.items()
        }
        self.stems = {
            name: frozenset(word.stem for word in words_of(text))
            for name, text in self.documents.items()
        }

    def rows(self, name: str) -> Iterator[tuple[str, int]]:
        """Yields answers about a document, and whether each is unsupported."""
        others = [other for other in self.documents if other != name]
        for _ in range(SHORT):
            other = self.chance.choice(others)
            yield from self._kept([self._span(name), self._fact(name)])
            yield from self._new(name, [self._span(other), self._fact(other)])
            yield from self._new(name, [self._edited(self._span(name))])
        for _ in range(LONG):
            own, foreign = self._sentence(name), self._sentence(self.chance.choice(others))
            yield from self._kept([own])
            begun = " ".join(own.split()[: self.chance.randint(2, 6)])
            tail = " ".join(foreign.split()[-self.chance.randint(1, 6) :])
            yield from self._new(name, [self._edited(own), foreign, f"{begun} {tail}"])

    def _kept(self, texts: Sequence[str]) -> Iterator[tuple[str, int]]:
        yield from ((text, 0) for text in texts if text)

    def _new(self, name: str, texts: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Yields those that say something of which the document has nothing."""
        known = self.stems[name]
        for text in texts:
            if any(word.is_content and word.stem not in known for word in words_of(text)):
                yield text, 1

    def _sentence(self, name: str) -> str:
        return self.chance.choice(self.sentences[name])

    def _span(self, name: str) -> str:
        words = self._sentence(name).split()
        length = min(len(words), self.chance.choice(LENGTHS))
        at = self.chance.randrange(len(words) - length + 1)
        span = " ".join(words[at : at + length]).strip('.,;:!?"()')
        found = words_of(span)
        whole = found and found[0].is_content and found[-1].is_content
        return span if whole else ""

    def _fact(self, name: str) -> str:
        text = self.documents[name]
        found = [(one.start, one.end) for one in names_of(text, self.relations.is_word)]
        found += [(one.start, one.end) for one in numbers_of(text)]
        if not found:
            return ""
        start, end = self.chance.choice(found)
        return text[start:end]

    def _edited(self, text: str) -> str:
        """Returns a text with one word or number exchanged for one of its kind."""
        words = [word for word in words_of(text) if word.is_content]
        self.chance.shuffle(words)
        for word in words:
            new = self._exchanged(word.text)
            if new:
                return text[: word.start] + new + text[word.end :]
        return ""

    def _exchanged(self, word: str) -> str:
        if word.isdigit():
            return str(max(0, int(word) + self.chance.choice(STEPS)))
        own = self.relations.rows([word.lower()])
        if not len(own):
            return ""
        names = self.relations.words
        cosines = self.relations.rows(names) @ own[0]
        low, high = RELATED
        fit = [
            names[place]
            for place in np.argsort(-cosines)[1:40].tolist()
            if low < cosines[place] < high and stem_of(names[place]) != stem_of(word)
        ]
        if not fit:
            return ""
        new: str = self.chance.choice(fit)
        return new.capitalize() if word[0].isupper() else new
