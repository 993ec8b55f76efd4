"""Names by a spaCy pipeline: whatever of its components sets entities."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from tokenward.errors import PluginError, UsageError
from tokenward.types import Tag, UnitKind
from tokenward_plugins.names.labels import types_of
from tokenward_plugins.names.pieces import encodable, trimmed
from tokenward_plugins.names.settings import NamesSettings

SCORE = 0.85
"""What a name scores, as in Presidio: spaCy does not say how sure it is."""

ENTITIES = "doc.ents"
NETWORKS = ("ner", "beam_ner")
UNUSED = ("parser", "senter", "tagger", "morphologizer", "attribute_ruler", "lemmatizer")
"""Components that the networks do not look at; rules of a pipeline may, and then they run."""


class PipelineNames:
    """A tagger over a spaCy pipeline; it runs on the processor, one thread at a time."""

    unit: UnitKind = "sentence"
    inline = False

    def __init__(self, pipeline: Any, settings: NamesSettings) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._kinds = types_of(_labels(pipeline, settings), settings.labels)
        self.types = frozenset(self._kinds.values())
        self._lock = threading.Lock()  # a memory zone is for one thread

    @classmethod
    def load(cls, folder: Path, settings: NamesSettings) -> PipelineNames:
        """Returns the tagger of the pipeline in a folder."""
        if settings.device != "cpu":
            raise UsageError(
                f"names: device is {settings.device!r}; a spaCy pipeline runs on 'cpu' here"
            )
        try:
            import spacy  # noqa: PLC0415  (heavy)
        except ImportError:
            raise UsageError(
                f"names: the model {settings.model!r} needs 'spacy', which is not installed; "
                "pip install spacy"
            ) from None
        try:
            pipeline = spacy.load(folder)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise PluginError(
                f"names: {str(folder)!r}: the pipeline does not load: {_first_line(error)}; "
                f"install what it was made with (spaCy is {metadata.version('spacy')})"
            ) from None
        makers = [pipeline.get_pipe_meta(name) for name in _makers(pipeline)]
        if makers and all(meta.factory in NETWORKS for meta in makers):
            pipeline.select_pipes(disable=[name for name in UNUSED if name in pipeline.pipe_names])
        return cls(pipeline, settings)

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """Returns the names in each text."""
        # what the pipeline learns of words of a text is forgotten when the zone is left
        with self._lock, self._pipeline.memory_zone():
            documents = self._pipeline.pipe(
                [encodable(text) for text in texts], batch_size=self._settings.batch_size
            )
            return [
                list(self._tags(text, document))
                for text, document in zip(texts, documents, strict=True)
            ]

    def _tags(self, text: str, document: Any) -> list[Tag]:
        if self._settings.min_score > SCORE:
            return []
        found = []
        for entity in document.ents:
            kind = self._kinds.get(entity.label_)
            start, end = trimmed(text, entity.start_char, entity.end_char)
            if kind is not None and start < end:
                found.append(Tag(kind, start, end, SCORE, {"label": entity.label_}))
        return found


def _makers(pipeline: Any) -> list[str]:
    """Returns the components that set entities."""
    return [
        name for name in pipeline.pipe_names if ENTITIES in pipeline.get_pipe_meta(name).assigns
    ]


def _labels(pipeline: Any, settings: NamesSettings) -> list[str]:
    makers = _makers(pipeline)
    if not makers:
        held = ", ".join(pipeline.pipe_names) or "nothing"
        raise PluginError(
            f"names: no component of the pipeline {settings.model!r} sets entities; it holds "
            f"{held}: use one with 'ner' or 'entity_ruler'"
        )
    labels = [
        label
        for name in makers
        for label in getattr(pipeline.get_pipe(name), "labels", None) or settings.labels
    ]
    return list(dict.fromkeys(labels))


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
