"""A finding before it becomes a detection: offsets into whatever text was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Found:
    """One value of one type.

    ``pattern`` says which of Presidio's patterns, or which rule of ours, found it; ``words`` are
    the words that, before the value, raise its score, to ``named`` at least. ``label`` is a pattern
    that must match right before the value, where there is one.
    """

    type: str
    start: int
    end: int
    score: float
    pattern: str
    words: tuple[str, ...] = ()
    context: str = ""
    named: float = 0.0
    label: Any = None

    def move(self, by: int) -> None:
        """Moves the offsets, which were into a part of the text."""
        self.start += by
        self.end += by

    def within(self, other: Found) -> bool:
        """Tells whether another finding covers this one."""
        return other.start <= self.start and self.end <= other.end

    def overlaps(self, other: Found) -> bool:
        """Tells whether another finding shares a character with this one."""
        return other.start < self.end and self.start < other.end


def without_duplicates(found: list[Found]) -> list[Found]:
    """Drops what lies in a finding of the same type with the same score or a higher one.

    >>> card = Found("CREDIT_CARD", 0, 19, 1.0, "a")
    >>> without_duplicates([Found("CREDIT_CARD", 0, 16, 1.0, "b"), card]) == [card]
    True
    """
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (f.type, f.start, f.start - f.end, -f.score)):
        if not any(one.type == k.type and one.within(k) and one.score <= k.score for k in kept):
            kept.append(one)
    return kept
