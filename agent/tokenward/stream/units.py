"""The pieces of a text that detectors of units judge, and what becomes of their judgement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tokenward.stream.plan import UnitPart
from tokenward.types import Detection, Tag, UnitDetector

Judged = Mapping[str, float] | Sequence[Tag]
"""What a unit gets: a classifier's scores by label, or a tagger's spans."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text that a detector must judge; ``start`` and ``end`` are its span.

    ``detector`` is that of the part, or what it gave for the request that the text answers.
    """

    id: int
    part: UnitPart
    start: int
    end: int
    text: str = field(repr=False)
    detector: UnitDetector = field(repr=False)


def detections_of(unit: Unit, judged: Judged) -> list[Detection] | None:
    """Returns what was found in a unit.

    ``None`` where a score is missing or not in [0, 1], or a tag lies outside of the unit.
    """
    return _scored(unit, judged) if isinstance(judged, Mapping) else _tagged(unit, judged)


def _scored(unit: Unit, scores: Mapping[str, float]) -> list[Detection] | None:
    routes = unit.part.routes
    if not all(0.0 <= scores.get(label, -1.0) <= 1.0 for label in routes):
        return None
    name, start, end = unit.part.name, unit.start, unit.end
    return [Detection(name, t, start, end, float(scores[t])) for t in routes]


def _tagged(unit: Unit, tags: Sequence[Tag]) -> list[Detection] | None:
    length = unit.end - unit.start
    if not all(0 <= t.start < t.end <= length and 0.0 <= t.score <= 1.0 for t in tags):
        return None
    name, start = unit.part.name, unit.start
    return [
        Detection(name, t.type, start + t.start, start + t.end, float(t.score), t.evidence)
        for t in tags
        if t.type in unit.part.routes
    ]
