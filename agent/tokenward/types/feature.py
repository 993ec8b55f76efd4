"""What monitoring measures of a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

FeatureValue = float | str | tuple[float, ...]
"""A number, a category, or the components of a vector."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A number, category or vector of a text that is recorded to watch for drift.

    ``of`` must be pure and linear in the text; it runs off the request's path. Features that look
    at a text in the same way can share that: ``of`` gets what ``prepare`` returned for the text,
    which is called once for all features that name it, and must be pure and linear, too. Where
    several texts wait, ``many`` gets what ``of`` would get of each, and returns the same values in
    their order, for less than one by one.

    >>> Feature("words", "number", len, "Words.", prepare=str.split).take("two words")
    2
    """

    name: str
    kind: Literal["number", "category", "vector"]
    of: Callable[[Any], FeatureValue]
    description: str
    prepare: Callable[[str], Any] | None = None
    many: Callable[[Sequence[Any]], Sequence[FeatureValue]] | None = None

    def take(self, text: str) -> FeatureValue:
        """Returns the feature of one text; whoever takes several features shares what they may."""
        return self.of(text if self.prepare is None else self.prepare(text))
