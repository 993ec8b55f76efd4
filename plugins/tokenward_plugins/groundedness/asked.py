"""Measures how far an answer is about what a question asks, as numbers for a regression."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.groundedness.dates import dates_of
from tokenward_plugins.groundedness.names import names_of
from tokenward_plugins.groundedness.numbers import numbers_of
from tokenward_plugins.groundedness.relations import Matrix, Relations
from tokenward_plugins.groundedness.words import Word, words_of

NAMES = (
    "cover", "soft", "back", "best", "theme", "named", "nameless", "met", "missed", "length",
    "asked",
)  # fmt: skip
RARE = 0.99
"""Words without a vector, most of them names, are at least this rare."""

KINDS = (
    (
        "count",
        re.compile(r"\bhow (?:many|much|far|old|tall|large|high|often|long|fast)\b", re.IGNORECASE),
    ),
    (
        "time",
        re.compile(r"\bwhen\b|\b(?:what|which) (?:year|day|date|month|time)\b", re.IGNORECASE),
    ),
    ("person", re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)),
    ("place", re.compile(r"\bwhere\b|\bwhich (?:city|country|town|state)\b", re.IGNORECASE)),
    ("cause", re.compile(r"\bwhy\b|\bhow come\b|\bwhat (?:causes|caused)\b", re.IGNORECASE)),
    ("steps", re.compile(r"\bhow (?:do|can|should|to|would)\b|\bwhat should i\b", re.IGNORECASE)),
    (
        "yes",
        re.compile(
            r"(?:^|[.!?,]\s+)(?:is|are|was|were|do|does|did|can|could|may|should|will|would|has"
            r"|have|had|am)\s",
            re.IGNORECASE,
        ),
    ),
)
TIME = re.compile(
    r"\b(?:[ap]m|o'clock|noon|midnight|morning|evening|monday|tuesday|wednesday|thursday|friday"
    r"|saturday|sunday|spring|summer|autumn|winter|daily|weekly|tomorrow|yesterday|today|once"
    r"|days?|weeks?|months?|years?|hours?|minutes?|century|before|after|until)\b",
    re.IGNORECASE,
)
PLACE = re.compile(r"\b(?:in|at|on|near|behind|under|next to|from|to)\s+\w", re.IGNORECASE)
CAUSE = re.compile(
    r"\b(?:because|since|due|so that|so|cause[sd]?|reasons?|therefore|mostly|lead|result|owing)\b",
    re.IGNORECASE,
)
STEPS = re.compile(
    r"(?:^|[.!?;:]\s+|,\s+|\bthen\s+|\band\s+|\n\W*)(?:use|run|open|click|go|put|take|press|call"
    r"|write|fill|turn|keep|start|sign|make|add|set|wait|hold|select|choose|place|remove|pull"
    r"|push|try|check|first|eat|drink|wear|buy|ask|look|avoid|give|cut|move|change|rest|learn|get"
    r"|let|read|install|connect|enter|switch|plug|send|contact|visit|apply|begin|mix|heat|clean"
    r"|wash)\b|\byou (?:can|should|need|have)\b|\n\s*(?:\d+[.)]|[-*])\s",
    re.IGNORECASE,
)
YES = re.compile(
    r"^\W*(?:yes|no|yeah|sure|certainly|absolutely|indeed|it (?:is|does|can|depends)|not|never"
    r"|in most|usually|they|we)\b|\b(?:yes|no),",
    re.IGNORECASE,
)


def kind_of(question: str) -> str:
    """Returns what kind of answer a question wants, an empty text where it does not say.

    >>> [kind_of(q) for q in ("Who wrote it?", "How many are there?", "Tell me of Rome.")]
    ['person', 'count', '']
    """
    return next((kind for kind, said in KINDS if said.search(question)), "")


def is_met(kind: str, answer: str, relations: Relations) -> bool:
    """Tells whether an answer has what this kind of question wants.

    >>> is_met("time", "It closed in 1999.", Relations.load())
    True
    """
    if kind == "count":
        return bool(numbers_of(answer) or TIME.search(answer))
    if kind == "time":
        return bool(dates_of(answer) or numbers_of(answer) or TIME.search(answer))
    if kind == "person":
        return bool(names_of(answer, relations.is_word))
    signs = {"place": PLACE, "cause": CAUSE, "steps": STEPS, "yes": YES}
    return signs[kind].search(answer) is not None


class Question:
    """What is asked, made ready to be looked for in answers."""

    def __init__(self, text: str, relations: Relations) -> None:
        self._relations = relations
        self.kind = kind_of(text)
        self.words = distinct(words_of(text))
        self._known, self._rows = rows_of(self.words, relations)
        self._weights = weights_of(self.words, relations)

    def row(self, answer: str) -> list[float]:
        """Returns the features of an answer, in the order of ``NAMES``."""
        relations = self._relations
        words = distinct(words_of(answer))
        stems = {word.stem for word in words}
        known, rows = rows_of(words, relations)
        weights = weights_of(words, relations)
        cosines = self._rows @ rows.T
        here = np.array([self._is_in(word, stems) for word in self.words], dtype=np.float64)
        soft = here.copy()
        back = np.array([word.stem in {q.stem for q in self.words} for word in words], float)
        if cosines.size:
            soft[self._known] = np.maximum(soft[self._known], cosines.max(axis=1))
            back[known] = np.maximum(back[known], cosines.max(axis=0))
        rare = self._weights >= RARE
        met = bool(self.kind) and is_met(self.kind, answer, relations)
        return [
            mean(here, self._weights),
            mean(soft, self._weights),
            mean(back, weights),
            float(np.sort(back)[-3:].mean()) if len(back) else 0.0,
            self._theme(known, rows, weights),
            float(here[rare].mean()) if rare.any() else 0.0,
            float(not rare.any()),
            float(met),
            float(bool(self.kind) and not met),
            math.log1p(len(words)),
            math.log1p(len(self.words)),
        ]

    def _is_in(self, word: Word, stems: set[str]) -> bool:
        return word.stem in stems or any(s in stems for s in self._relations.synonyms(word.stem))

    def _theme(self, known: Sequence[int], rows: Matrix, weights: NDArray[np.float64]) -> float:
        """Returns the cosine of the mean vectors, by rarity."""
        if not len(rows) or not len(self._rows):
            return 0.0
        ours = self._weights[self._known] @ self._rows
        theirs = weights[list(known)] @ rows
        return float(ours @ theirs / (np.linalg.norm(ours) * np.linalg.norm(theirs) + 1e-9))


def distinct(words: Sequence[Word]) -> list[Word]:
    """Returns the words that carry matter, each stem once."""
    return list({word.stem: word for word in words if word.is_content}.values())


def rows_of(words: Sequence[Word], relations: Relations) -> tuple[list[int], Matrix]:
    """Returns which words have a vector, and those."""
    said = [word.text.lower() for word in words]
    known = [place for place, word in enumerate(said) if relations.is_word(word)]
    return known, relations.rows([said[place] for place in known])


def weights_of(words: Sequence[Word], relations: Relations) -> NDArray[np.float64]:
    """Returns how much each word tells: its rarity."""
    return np.array([relations.rarity(word.text.lower()) for word in words], dtype=np.float64)


def mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Returns a weighted mean, 0 of nothing."""
    total = float(weights.sum())
    return float(values @ weights) / total if total else 0.0
