"""What a user can expect a detector to cost, by how it works."""

from __future__ import annotations

from dataclasses import dataclass

from tokenward.engine.escalate import EscalatingClassifier
from tokenward.types import Detector, SpanDetector


@dataclass(frozen=True, slots=True)
class Cost:
    """A class of cost, and what it means."""

    name: str
    means: str


PATTERN = Cost("pattern", "microseconds a chunk")
INLINE_MODEL = Cost("inline model", "less than a millisecond a unit")
SENTENCE_MODEL = Cost("sentence model", "milliseconds a unit, in a worker")
ESCALATED = Cost("sentence model", "less than a millisecond a unit; in a worker where unsure")
MODEL = Cost("model", "milliseconds a text, in a worker")


def cost_of(detector: Detector) -> Cost:
    """Returns the class of a detector.

    >>> class Reader:
    ...     types, unit, inline = frozenset({"rude"}), "sentence", False
    ...     def score(self, texts):
    ...         return [{"rude": 0.0} for _ in texts]
    >>> cost_of(Reader()).name
    'sentence model'
    """
    if isinstance(detector, SpanDetector):
        return PATTERN
    if isinstance(detector, EscalatingClassifier) and detector.triages:
        return ESCALATED
    if detector.inline:
        return INLINE_MODEL
    return MODEL if detector.unit == "text" else SENTENCE_MODEL
