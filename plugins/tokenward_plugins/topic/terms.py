"""Finds the terms of topics in a text: words, beginnings of words, and phrases."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
LONGEST_PHRASE = 5


def words_of(text: str) -> list[str]:
    """Returns the words of a text in small letters; a part of a hyphened one is none.

    >>> words_of("My X-ray, AK-47.")
    ['my', 'x-ray', 'ak-47']
    """
    return [word.replace("’", "'") for word in WORD.findall(text.casefold())]


class Terms:
    """Terms by topic; a star at the end of one stands for any ending.

    >>> terms = Terms({"money": ["tax*", "interest rate"], "law": ["tax lawyer"]})
    >>> sorted(terms.found("A tax lawyer on taxes and the interest rate"))
    [('law', 'tax lawyer'), ('money', 'interest rate'), ('money', 'tax')]
    """

    def __init__(self, topics: Mapping[str, Iterable[str]]) -> None:
        self._whole: defaultdict[str, set[str]] = defaultdict(set)
        self._begun: defaultdict[str, set[str]] = defaultdict(set)
        for topic, terms in topics.items():
            for term in terms:
                key = " ".join(words_of(term))
                if key:
                    (self._begun if term.rstrip().endswith("*") else self._whole)[key].add(topic)
        keys = (*self._whole, *self._begun)
        self._firsts = frozenset(key.split()[0] for key in keys if " " in key)
        self._sizes = sorted({len(key) for key in self._begun if " " not in key})
        self._phrases = [key for key in self._begun if " " in key]

    def found(self, text: str) -> Iterator[tuple[str, str]]:
        """Yields the topics with the terms that a text has, each once."""
        words = words_of(text)
        seen: set[tuple[str, str]] = set()
        for word in set(words):
            seen |= {(topic, word) for topic in self._whole.get(word, ())}
            for size in self._sizes:
                if size > len(word):
                    break
                begun = word[:size]
                seen |= {(topic, begun) for topic in self._begun.get(begun, ())}
        for at, word in enumerate(words):
            if word in self._firsts:
                seen |= self._phrases_at(words[at : at + LONGEST_PHRASE])
        yield from seen

    def _phrases_at(self, words: list[str]) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for size in range(2, len(words) + 1):
            phrase = " ".join(words[:size])
            found |= {(topic, phrase) for topic in self._whole.get(phrase, ())}
        whole = " ".join(words)
        for begun in self._phrases:
            if whole.startswith(begun):
                found |= {(topic, begun) for topic in self._begun[begun]}
        return found
