"""Drives one scan, and watches that every answer keeps the contract of ``types.Scan``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward.types import Detection, ScanContext, SpanDetector

NAME = "under_test"
"""What a policy could call the instance: detections must carry it."""

SHAPE = "feed() returns detections and the settled offset"
BOUNDS = "detections lie in the text"
LABELS = "detections carry the instance's name, a type of the detector and a score in [0, 1]"
ORDER = "nothing is found before the settled offset"
SETTLED = "the settled offset never goes back, nor past the text"
INSIDE = "the settled offset never lies inside a detection"
HOLD_BACK = "no more than hold_back characters stay open"
EVIDENCE = "evidence holds no text"
ONCE = "no detection comes twice"
RULES = (SHAPE, BOUNDS, LABELS, ORDER, SETTLED, INSIDE, HOLD_BACK, EVIDENCE, ONCE)

EVIDENT = 4
"""Characters of a detection from which on its text in the evidence is no coincidence."""


@dataclass(slots=True)
class Faults:
    """What was wrong, by the rule that it breaks; ``most_open`` is the longest hold-back seen."""

    by_rule: dict[str, list[str]] = field(default_factory=lambda: {rule: [] for rule in RULES})
    most_open: int = 0

    def add(self, rule: str, fault: str) -> None:
        """Notes a fault."""
        self.by_rule[rule].append(fault)


class Watch:
    """One scan of a detector: chunks go in, faults are noted, detections gathered."""

    def __init__(
        self,
        detector: SpanDetector,
        faults: Faults,
        where: str,
        types: frozenset[str] | None = None,
    ) -> None:
        asked = detector.types if types is None else types
        self._scan = detector.open(ScanContext(NAME, "output", asked))
        self._types = detector.types
        self._hold_back = detector.hold_back
        self._faults = faults
        self._where = where
        self._settled = 0
        self._text = ""
        self._found: dict[Detection, None] = {}

    def feed(self, chunk: str) -> None:
        """Gives the scan its next chunk."""
        self._text += chunk
        answer: Any = self._scan.feed(chunk)
        if not _is_answer(answer):
            self._fault(SHAPE, f"returned {type(answer).__name__}")
            return
        detections, settled = answer
        self._take(detections)
        length = len(self._text)
        if not self._settled <= settled <= length:
            self._fault(SETTLED, f"{settled} after {self._settled}, with {length} characters given")
            return
        self._settled = settled
        for found in self._found:
            if found.start < settled < found.end:
                self._fault(INSIDE, f"{settled} lies in {_span(found)}")
        opened = length - settled
        self._faults.most_open = max(self._faults.most_open, opened)
        if opened > self._hold_back:
            self._fault(HOLD_BACK, f"{opened} are open, hold_back is {self._hold_back}")

    def finish(self) -> list[Detection]:
        """Ends the text; returns all its detections in order."""
        answer = self._scan.finish()
        if isinstance(answer, Sequence):
            self._take(answer)
        else:
            self._fault(SHAPE, f"finish() returned {type(answer).__name__}")
        return sorted(self._found, key=lambda d: (d.start, d.end, d.type, d.score))

    def _take(self, detections: Sequence[Any]) -> None:
        for found in detections:
            if not isinstance(found, Detection):
                self._fault(SHAPE, f"a detection is a {type(found).__name__}")
                continue
            if found in self._found:
                self._fault(ONCE, f"{_span(found)} again")
            self._found[found] = None
            self._check(found)

    def _check(self, found: Detection) -> None:
        if not 0 <= found.start < found.end <= len(self._text):
            self._fault(BOUNDS, f"{_span(found)} with {len(self._text)} characters given")
        elif found.start < self._settled:
            self._fault(ORDER, f"{_span(found)} after {self._settled} was settled")
        if found.detector != NAME:
            self._fault(LABELS, f"detector is {found.detector!r}, the context said {NAME!r}")
        if found.type not in self._types:
            self._fault(LABELS, f"type {found.type!r} is not among the detector's types")
        if not is_score(found.score):
            self._fault(LABELS, f"score is {found.score!r}")
        value = self._text[found.start : found.end]
        if len(value) >= EVIDENT and any(value in text for text in texts_in(found.evidence)):
            self._fault(EVIDENCE, f"evidence of {_span(found)} repeats the text it found")

    def _fault(self, rule: str, fault: str) -> None:
        self._faults.add(rule, f"{self._where}: {fault}")


def watch(
    detector: SpanDetector, chunks: Iterable[str], faults: Faults, where: str
) -> list[Detection]:
    """Scans a text given in chunks; returns its detections, and notes what breaks the contract."""
    scan = Watch(detector, faults, where)
    for chunk in chunks:
        scan.feed(chunk)
    return scan.finish()


def is_score(value: object) -> bool:
    """Tells whether a value is a number in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value <= 1


def _is_answer(answer: object) -> bool:
    return (
        isinstance(answer, tuple)
        and len(answer) == 2  # noqa: PLR2004  # detections, settled
        and isinstance(answer[0], Sequence)
        and isinstance(answer[1], int)
    )


def _span(found: Detection) -> str:
    return f"{found.type} [{found.start}, {found.end})"


def texts_in(evidence: object) -> Iterable[str]:
    """Yields the texts that evidence holds, at any depth."""
    if isinstance(evidence, str):
        yield evidence
    elif isinstance(evidence, dict):
        for key, value in evidence.items():
            yield from (*texts_in(key), *texts_in(value))
    elif isinstance(evidence, list | tuple | set | frozenset):
        for value in evidence:
            yield from texts_in(value)
