"""The tokens and lemmas that recognizers are given, by a spaCy pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import spacy
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from spacy.language import Language

from tokenward.errors import ModelMissing, PluginError, UsageError
from tokenward_plugins.recognizers.settings import BLANK, RecognizersSettings

LEMMAS = "tokenward_words_as_lemmas"


@Language.component(LEMMAS, retokenizes=False)
def words_as_lemmas(document: Any) -> Any:
    """Gives words without a lemma themselves as lemma, so that context words can be compared."""
    for token in document:
        if not token.lemma_:
            token.lemma_ = token.text
    return document


class Words:
    """A pipeline in the form in which recognizers expect it; nothing is downloaded."""

    def __init__(self, pipeline: Language, language: str) -> None:
        self._pipeline = pipeline
        self._language = language
        self._engine = SpacyNlpEngine([{"lang_code": language, "model_name": BLANK}])
        self._engine.nlp = {language: pipeline}  # in place of load(), which may download

    @classmethod
    def load(cls, settings: RecognizersSettings) -> Words:
        """Returns the pipeline of the settings."""
        pipeline = _blank(settings) if settings.nlp == BLANK else _load(settings)
        pipeline.add_pipe(LEMMAS, last=True)
        return cls(pipeline, settings.language)

    @contextmanager
    def zone(self) -> Iterator[None]:
        """Forgets at its end the words of the texts that were seen within it."""
        with self._pipeline.memory_zone():
            yield

    def of(self, text: str) -> Any:
        """Returns Presidio's NlpArtifacts of a text."""
        return self._engine.process_text(text, self._language)


def _blank(settings: RecognizersSettings) -> Language:
    try:
        return spacy.blank(settings.language)
    except ImportError:
        raise UsageError(
            f"presidio: spaCy has no tokenizer for the language {settings.language!r}; set 'nlp' "
            "to the folder of a pipeline for it"
        ) from None


def _load(settings: RecognizersSettings) -> Language:
    folder = Path(settings.nlp).expanduser()
    if not folder.is_dir():
        raise ModelMissing(
            f"presidio: nlp {settings.nlp!r} is no folder; give that of a spaCy pipeline, or "
            f"{BLANK!r}"
        )
    try:
        return spacy.load(folder)
    except (OSError, ValueError, KeyError, ImportError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise PluginError(
            f"presidio: nlp {settings.nlp!r}: the pipeline does not load: {first}; give the folder "
            "of one that this version of spaCy made"
        ) from None
