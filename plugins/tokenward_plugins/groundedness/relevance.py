"""Judges whether an answer is about what the question of its request asks."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from tokenward.types import NOT_MEASURED, Classifier, RequestContext, UnitKind
from tokenward_plugins.groundedness.asked import NAMES, Question, distinct
from tokenward_plugins.groundedness.relations import Relations, checked
from tokenward_plugins.groundedness.words import words_of

OFF_QUESTION = "off_question"
LEAD = 1000
"""Characters of an answer that are read: what is to the point comes early."""
LONGEST_QUESTION = 1500
LEAST_WORDS, LEAST_MATTER = 4, 3
LETTERS = 0.75
"""Share of letters and spaces below which a text is no prose."""
UNHELPFUL = 0.5

POINTS = re.compile(
    r"\b(?:this|these|those|that|following|above|below|it|its|he|him|his|she|her|they|them|their"
    r"|again|more|else|other one|same|summari[sz]e|translate|rewrite|rephrase|shorten|correct"
    r"|proofread|continue)\b",
    re.IGNORECASE,
)
"""Words of a question that lean on another text."""
GREETING = re.compile(
    r"\W*(?:(?:hi|hello|hey)(?: there)?|good (?:morning|afternoon|evening|day)|thanks|thank you"
    r"|welcome|you(?:'|\u2019)?re welcome|bye|goodbye)\b",
    re.IGNORECASE,
)
SHORT_GREETING = 14
ASKS_BACK = re.compile(r"[^.!?]*\?\W*")

NOTHING: Mapping[str, float] = NOT_MEASURED
IsEnglish = Callable[[str], bool]


class Relevance:
    """The detector as a policy has it; without a question there is nothing to judge by.

    It knows the language ``is_english`` tells, and scores a refusal 0, which is not off the point.
    """

    types = frozenset({OFF_QUESTION})
    unit: UnitKind = "text"
    inline = False

    def __init__(self, is_english: IsEnglish, refusals: Classifier) -> None:
        self._is_english = is_english
        self._refusals = refusals
        Relations.load(), Weights.load()  # what is missing or wrong is told at start-up

    def for_request(self, context: RequestContext) -> Relevance | Asked:
        """Returns the detector for answers to a request, itself where no question stands alone."""
        question = context.question.strip()
        if not question or len(question) > LONGEST_QUESTION or leans(question):
            return self
        return Asked(question, self._is_english, self._refusals)

    def score(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        """Says that nothing was measured."""
        return [NOTHING for _ in texts]


class Asked:
    """The detector for the answers to one question."""

    types = frozenset({OFF_QUESTION})
    unit: UnitKind = "text"
    inline = False

    def __init__(self, question: str, is_english: IsEnglish, refusals: Classifier) -> None:
        self._text = question
        self._is_english = is_english
        self._refusals = refusals

    @cached_property
    def _question(self) -> Question | None:
        """The question made ready, ``None`` where it is in another language or of no matter."""
        question = Question(self._text, Relations.load())
        return question if question.words and self._is_english(self._text) else None

    def score(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        """Returns for each answer how surely it is about something else."""
        return [self._score(text.lstrip()[:LEAD]) for text in texts]

    def _score(self, text: str) -> Mapping[str, float]:
        if self._question is None or not is_prose(text) or not self._is_english(text):
            return NOTHING
        if self._is_neutral(text):
            return {OFF_QUESTION: 0.0}
        return {OFF_QUESTION: round(Weights.load().score(self._question.row(text)), 4)}

    def _is_neutral(self, text: str) -> bool:
        """Tells whether a text is no answer, and not off the point: it refuses, greets or asks."""
        if ASKS_BACK.fullmatch(text):
            return True
        if GREETING.match(text) and len(text.split()) <= SHORT_GREETING:
            return True
        (row,) = self._refusals.score([text])
        return max(row.values(), default=0.0) >= UNHELPFUL


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression over the features of an answer.

    >>> Weights(0.0, (1.0, -1.0)).score([2.0, 2.0])
    0.5
    """

    bias: float
    weights: tuple[float, ...]

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Weights:
        """Reads what the package ships."""
        told: dict[str, Any] = json.loads(checked("relevance"))
        return cls(told["bias"], tuple(told["weights"][name] for name in NAMES))

    def score(self, row: Sequence[float]) -> float:
        """Returns the probability that an answer is about something else."""
        odds = self.bias + sum(w * value for w, value in zip(self.weights, row, strict=True))
        return 1 / (1 + math.exp(-odds))


def leans(question: str) -> bool:
    """Tells whether a question cannot be understood alone, or asks nothing.

    >>> [leans(q) for q in ("Who wrote it?", "Hello there!", "Who wrote Faust?")]
    [True, True, False]
    """
    begun = question.partition(",")[0].strip(" !.")
    return bool(POINTS.search(question) or GREETING.fullmatch(begun))


def is_prose(text: str) -> bool:
    """Tells whether a text is long enough to be judged, and no code or table.

    >>> is_prose("Yes."), is_prose("The tower opened to visitors in 1889.")
    (False, True)
    """
    if "```" in text or sum(c.isalpha() or c.isspace() for c in text) < LETTERS * len(text):
        return False
    words = words_of(text)
    return len(words) >= LEAST_WORDS and len(distinct(words)) >= LEAST_MATTER
