"""Scores what a text is about: built-in topics, and those of a policy."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tokenward.errors import UsageError, one_of
from tokenward.types import UnitKind
from tokenward_plugins.topic.learned import Features, Learned, features_of
from tokenward_plugins.topic.settings import BUILT_IN, TopicSettings
from tokenward_plugins.topic.terms import Terms, words_of

OFF_TOPIC = "off_topic"
BIAS, STRONG, WEAK, LIKE = -3.15, 2.87, 1.85, 4.94
"""A logistic regression over terms and likeness to examples, on rows that are not those of the
evaluation. It is calibrated for those topics together, not for each."""
MOST_STRONG, MOST_WEAK = 3, 4
WEAKER = "?"
"""Marks the weak terms of a topic."""
OF_WORDS = 0.9
"""Score of a topic of the policy's own where one of its words is in the text."""
LEAST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """A built-in topic, as its file has it."""

    strong: tuple[str, ...]
    weak: tuple[str, ...]
    examples: tuple[str, ...]


@cache  # read when the first detector is made
def topics() -> Mapping[str, Topic]:
    """Returns the built-in topics."""
    return {name: _read(name) for name in BUILT_IN}


def _read(name: str) -> Topic:
    written = tomllib.loads(
        files("tokenward_plugins.topic").joinpath("topics", f"{name}.toml").read_text("utf-8")
    )
    return Topic(*(tuple(written[key]) for key in ("strong", "weak", "examples")))


@cache
def everyday() -> tuple[str, ...]:
    """Returns sentences of no topic."""
    text = files("tokenward_plugins.topic").joinpath("everyday.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["sentences"])


@cache  # the built-in topics are learned once a process
def learned() -> Mapping[str, Learned]:
    """Returns what the examples of the built-in topics tell."""
    return {name: Learned(topic.examples, _others(name)) for name, topic in topics().items()}


def _others(name: str) -> list[str]:
    apart = [text for other, topic in topics().items() if other != name for text in topic.examples]
    return [*everyday(), *apart]


class TopicClassifier:
    """The ``topic`` detector; it looks at a sentence with the ones before it."""

    unit: UnitKind = "window"
    inline = True

    def __init__(self, settings: TopicSettings) -> None:
        own = {*settings.words, *settings.examples}
        _check(settings, own)
        self._allow = tuple(settings.allow)
        self._min_words = settings.min_words
        strong = {name: topic.strong for name, topic in topics().items()}
        weak = {name + WEAKER: topic.weak for name, topic in topics().items()}
        self._terms = Terms({**strong, **weak})
        self._words = Terms(settings.words)
        self._built_in = {name: one for name, one in learned().items() if name not in own}
        self._own = {
            name: Learned(examples, _others(name)) for name, examples in settings.examples.items()
        }
        names = {*BUILT_IN, *own}
        self._zero = dict.fromkeys(sorted(names), 0.0)
        self.types = frozenset(names | {OFF_TOPIC} if self._allow else names)

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the score of every topic for each text.

        >>> classifier = TopicClassifier(TopicSettings(words={"rivals": ["Acme"]}))
        >>> [row] = classifier.score(["Which dosage of ibuprofen is safe? Ask Acme."])
        >>> row["medical"] > 0.5, row["politics"] < 0.1, row["rivals"]
        (True, True, 0.9)
        """
        return [self._score(text) for text in texts]

    def _score(self, text: str) -> Mapping[str, float]:
        words = len(words_of(text))
        row = dict(self._zero)
        if words:
            features = features_of(text)
            number = Counter(topic for topic, _ in self._terms.found(text))
            for name in {topic.removesuffix(WEAKER) for topic in number}:
                if name in self._built_in:
                    row[name] = self._probability(
                        name, number[name], number[name + WEAKER], features
                    )
            for name, one in self._own.items():
                row[name] = round(one.score(features), 6)
            for name in {topic for topic, _ in self._words.found(text)}:
                row[name] = max(row[name], OF_WORDS)
        if self._allow:
            on_topic = max(row[name] for name in self._allow)
            row[OFF_TOPIC] = 0.0 if words < self._min_words else round(1.0 - on_topic, 6)
        return row

    def _probability(self, name: str, strong: int, weak: int, features: Features) -> float:
        logit = BIAS + STRONG * min(strong, MOST_STRONG) + WEAK * min(weak, MOST_WEAK)
        logit += LIKE * self._built_in[name].margin(features)
        return round(1.0 / (1.0 + math.exp(-logit)), 6)


def _check(settings: TopicSettings, own: set[str]) -> None:
    known = {*BUILT_IN, *own}
    for name in settings.allow:
        if name not in known:
            raise UsageError(f"detector 'topic': unknown topic {name!r}; {one_of(sorted(known))}")
    if OFF_TOPIC in own:
        raise UsageError("detector 'topic': a topic is called 'off_topic'; call it otherwise")
    for name, examples in settings.examples.items():
        if len(examples) < LEAST_EXAMPLES:
            raise UsageError(
                f"detector 'topic': {name!r} has {len(examples)} examples; give at least "
                f"{LEAST_EXAMPLES}, better 20"
            )
    for name, words in settings.words.items():
        if not all(map(words_of, words)) or not words:
            raise UsageError(f"detector 'topic': {name!r} has an empty word, or none; write some")
