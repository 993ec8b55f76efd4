"""Takes numbers and categories of texts, from which drift reports tell whether texts changed."""

from __future__ import annotations

from tokenward.hookspecs import hookimpl
from tokenward.types import Feature
from tokenward_plugins.drift.refusals import refusal
from tokenward_plugins.drift.repetition import repetition
from tokenward_plugins.drift.scripts import script
from tokenward_plugins.drift.sizes import (
    characters,
    mean_sentence_length,
    mean_word_length,
    non_letter_share,
    sentences,
    words,
)

__all__ = ["register_features"]


@hookimpl
def register_features() -> list[Feature]:
    """Returns the features; what the tokens were is recorded where they are made, not here."""
    return [
        Feature("characters", "number", characters, "code points"),
        Feature("words", "number", words, "words; each Han or kana character is one"),
        Feature("mean_word_length", "number", mean_word_length, "code points a word"),
        Feature("sentences", "number", sentences, "sentences, by their end marks and lines"),
        Feature("mean_sentence_length", "number", mean_sentence_length, "words a sentence"),
        Feature("repetition", "number", repetition, "share of 4-grams of words seen before"),
        Feature("refusal", "number", refusal, "1 where the beginning refuses, otherwise 0"),
        Feature("non_letter_share", "number", non_letter_share, "share of marks, digits, signs"),
        Feature("script", "category", script, "script of most letters of the beginning"),
    ]
