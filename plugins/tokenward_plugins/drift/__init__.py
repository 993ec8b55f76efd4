"""Takes numbers and categories of texts, from which drift reports tell whether texts changed."""

from __future__ import annotations

from operator import attrgetter

from tokenward.hookspecs import hookimpl
from tokenward.types import Feature
from tokenward_plugins.drift.embedding import embedding, embeddings
from tokenward_plugins.drift.repetition import repetition, repetitions
from tokenward_plugins.drift.scripts import script
from tokenward_plugins.drift.sizes import sizes_of
from tokenward_plugins.tokens.feature import of_texts
from tokenward_plugins.tokens.text import Text

__all__ = ["register_features"]


@hookimpl
def register_features() -> list[Feature]:
    """Returns the features; what the tokens were is recorded where they are made, not here."""
    return [
        _size("characters", "code points"),
        _size("words", "words; each Han or kana character is one"),
        _size("mean_word_length", "code points a word"),
        _size("sentences", "sentences, by their end marks and lines"),
        _size("mean_sentence_length", "words a sentence"),
        of_texts(
            "repetition",
            "number",
            repetition,
            repetitions,
            "share of 4-grams of words seen before",
        ),
        _size("non_letter_share", "share of marks, digits, signs"),
        Feature("script", "category", script, "script of most letters of the beginning"),
        of_texts("embedding", "vector", embedding, embeddings, "its words, projected at random"),
    ]


def _size(name: str, description: str) -> Feature:
    of = attrgetter(name)
    return Feature(
        name,
        "number",
        lambda text: of(sizes_of([text])[0]),
        description,
        prepare=Text,
        many=lambda texts: list(map(of, sizes_of(texts))),
    )
