"""What a detector finds in a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing that a detector found in a text.

    ``start`` and ``end`` are code points of the whole original text, half open; ``score`` is in
    [0, 1]. ``evidence`` says why (pattern name, check digit, top features) and never holds text.

    >>> Detection("pii", "EMAIL_ADDRESS", 8, 21, 1.0).as_dict()
    {'detector': 'pii', 'type': 'EMAIL_ADDRESS', 'start': 8, 'end': 21, 'score': 1.0}
    """

    detector: str
    type: str
    start: int
    end: int
    score: float
    evidence: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Returns the fields that decisions and logs carry."""
        return {
            "detector": self.detector,
            "type": self.type,
            "start": self.start,
            "end": self.end,
            "score": self.score,
        }


@dataclass(frozen=True, slots=True)
class Tag:
    """A span that a ``Tagger`` found: ``start`` and ``end`` are code points of the unit's text."""

    type: str
    start: int
    end: int
    score: float
    evidence: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
