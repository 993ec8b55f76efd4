"""Asks one recognizer, and checks that what it answers is a finding in the text."""

from __future__ import annotations

import math
import operator
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from presidio_analyzer import (
    AnalysisExplanation,
    EntityRecognizer,
    PatternRecognizer,
    RecognizerResult,
    pattern_recognizer,
)

from tokenward.errors import DetectorError

NAME = RecognizerResult.RECOGNIZER_NAME_KEY
IDENTIFIER = RecognizerResult.RECOGNIZER_IDENTIFIER_KEY


@contextmanager
def failures_named(recognizer: EntityRecognizer) -> Iterator[None]:
    """Says which recognizer failed, and how, but not in its words: they may quote the text."""
    try:
        yield
    except DetectorError:
        raise
    except Exception as error:  # noqa: BLE001  # code of others may fail in any way
        raise DetectorError(
            f"presidio: recognizer {recognizer.name!r} raised {type(error).__name__}"
        ) from None


NEARLY = 0.9
"""Of the time that a pattern may take: CPU time of all threads, by a clock that is coarse."""


def analyzed(recognizer: EntityRecognizer, text: str, artifacts: Any) -> list[RecognizerResult]:
    """Returns what a recognizer finds in a text, each with the marks that Presidio gives it."""
    started = time.process_time()
    with failures_named(recognizer):
        entities = list(recognizer.supported_entities)
        found = checked(recognizer, recognizer.analyze(text, entities, artifacts), text)
    limit = pattern_recognizer.REGEX_TIMEOUT_SECONDS
    took = time.process_time() - started
    if isinstance(recognizer, PatternRecognizer) and took >= limit * NEARLY:
        # Presidio leaves out a pattern that takes longer, and says so only in its log
        raise DetectorError(f"presidio: recognizer {recognizer.name!r} took over {limit} s")
    for result in found:
        # in place, as Presidio's engine does; what a recognizer has said already stays
        marks = result.recognition_metadata or {}
        result.recognition_metadata = {
            IDENTIFIER: recognizer.id,
            NAME: recognizer.name,
            **marks,
        }
        if result.analysis_explanation is None:  # Presidio would fall over it at a context word
            result.analysis_explanation = AnalysisExplanation(recognizer.name, result.score)
    return found


def checked(recognizer: EntityRecognizer, results: Any, text: str) -> list[RecognizerResult]:
    """Returns results with plain numbers, without empty ones; raises ``DetectorError`` else."""
    found = []
    for result in results or ():
        if not isinstance(result, RecognizerResult):
            _fail(recognizer, f"a {type(result).__name__}, not a RecognizerResult")
        if result.entity_type not in recognizer.supported_entities:
            _fail(recognizer, "a type that is not among its supported_entities")
        start, end = operator.index(result.start), operator.index(result.end)
        if not 0 <= start <= end <= len(text):
            _fail(recognizer, f"[{start}, {end}) in a text of {len(text)} characters")
        score = float(result.score)
        if not (math.isfinite(score) and 0 <= score <= 1):
            _fail(recognizer, f"the score {score!r}, which is not in [0, 1]")
        if start < end:
            result.start, result.end, result.score = start, end, score
            found.append(result)
    return found


def _fail(recognizer: EntityRecognizer, what: str) -> None:
    raise DetectorError(f"presidio: recognizer {recognizer.name!r} returned {what}")


def evidence(result: RecognizerResult) -> dict[str, Any]:
    """Returns which recognizer found something, and by which of its patterns."""
    said = {"recognizer": result.recognition_metadata.get(NAME)}
    if result.analysis_explanation.pattern_name:
        said["pattern"] = result.analysis_explanation.pattern_name
    return said
