"""Runs recognizers over sentences, and gives what Presidio would say of each sentence."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import chain
from typing import Any

import regex
from presidio_analyzer import (
    EntityRecognizer,
    LemmaContextAwareEnhancer,
    PatternRecognizer,
    RecognizerResult,
)

from tokenward.errors import DetectorError, PluginError
from tokenward.types import Tag, UnitKind
from tokenward_plugins.recognizers.classes import given, made
from tokenward_plugins.recognizers.definitions import read
from tokenward_plugins.recognizers.quiet import silenced
from tokenward_plugins.recognizers.results import (
    IDENTIFIER,
    analyzed,
    checked,
    evidence,
    failures_named,
)
from tokenward_plugins.recognizers.settings import RecognizersSettings, check_deny_list
from tokenward_plugins.recognizers.words import Words

FILES = (".yaml", ".yml")


class RecognizerTagger:
    """A tagger over recognizers, which see one text after another, in one thread at a time."""

    unit: UnitKind = "sentence"
    # what recognizers cost is not known, and some ask services
    inline = False

    def __init__(
        self, recognizers: Sequence[EntityRecognizer], words: Words, *, context: bool
    ) -> None:
        self._recognizers = recognizers
        self._words = words
        self._enhancer = LemmaContextAwareEnhancer() if context else None
        self._lock = threading.Lock()
        self._thresholds = {one.id: one.score_thresholds for one in recognizers}
        self.types = frozenset(chain.from_iterable(one.supported_entities for one in recognizers))

    @classmethod
    def load(cls, settings: RecognizersSettings) -> RecognizerTagger:
        """Returns the tagger of the recognizers that the settings list."""
        with silenced():
            recognizers = [
                recognizer
                for number, entry in enumerate(settings.recognizers, 1)
                for recognizer in _recognizers(entry, settings.language, number)
            ]
            for recognizer in recognizers:
                _compile(recognizer)
            return cls(recognizers, Words.load(settings), context=settings.context)

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """Returns what the recognizers find in each text."""
        with self._lock, silenced(), self._words.zone():
            return [self._tags(text) for text in texts]

    def _tags(self, text: str) -> list[Tag]:
        # a lone surrogate is no character, and spaCy refuses it; the length stays the same
        text = text.encode("utf-8", "replace").decode("utf-8")
        artifacts = self._words.of(text)
        results: list[RecognizerResult] = []
        for recognizer in self._recognizers:
            results += analyzed(recognizer, text, artifacts)
        if self._enhancer is not None:
            results = self._enhanced(text, results, artifacts)
        results = [result for result in results if result.score >= self._threshold(result)]
        tags = [
            Tag(result.entity_type, result.start, result.end, result.score, evidence(result))
            for result in EntityRecognizer.remove_duplicates(results)
        ]
        return sorted(tags, key=lambda tag: (tag.start, tag.end, tag.type))

    def _enhanced(
        self, text: str, results: Sequence[RecognizerResult], artifacts: Any
    ) -> list[RecognizerResult]:
        """Raises scores by context: first each recognizer in its own way, then in Presidio's."""
        enhanced: list[RecognizerResult] = []
        for recognizer in self._recognizers:
            own = [r for r in results if r.recognition_metadata[IDENTIFIER] == recognizer.id]
            others = [r for r in results if r.recognition_metadata[IDENTIFIER] != recognizer.id]
            with failures_named(recognizer):
                again = recognizer.enhance_using_context(text, own, others, artifacts)
                enhanced += checked(recognizer, again, text)
        assert self._enhancer is not None
        try:
            return list(
                self._enhancer.enhance_using_context(text, enhanced, artifacts, self._recognizers)
            )
        except Exception as error:  # noqa: BLE001  # its own message quotes the text
            raise DetectorError(f"presidio: context words: {type(error).__name__}") from None

    def _threshold(self, result: RecognizerResult) -> float:
        """Returns the least score at which a recognizer lets a result of its own count."""
        own = self._thresholds.get(result.recognition_metadata[IDENTIFIER], {})
        return float(own.get(result.entity_type, own.get("default", 0.0)))


def _recognizers(entry: Any, language: str, number: int) -> list[Any]:
    if not isinstance(entry, str):
        return [given(entry, language, number)]
    return read(entry, language) if entry.endswith(FILES) else [made(entry, language)]


def _compile(recognizer: EntityRecognizer) -> None:
    """Compiles patterns now: a wrong one is a mistake of the policy, not of a text."""
    if not isinstance(recognizer, PatternRecognizer):
        return
    check_deny_list(recognizer.deny_list, f"presidio: recognizer {recognizer.name!r}")
    for pattern in recognizer.patterns:
        try:
            pattern.compiled_regex = regex.compile(
                pattern.regex, flags=recognizer.global_regex_flags
            )
        except regex.error as error:
            raise PluginError(
                f"presidio: pattern {pattern.name!r} of recognizer {recognizer.name!r} does not "
                f"compile: {error}"
            ) from None
        pattern.compiled_with_flags = recognizer.global_regex_flags
