"""Takes the features of the texts of an interaction."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tokenward.types import Feature

logger = logging.getLogger(__name__)

MAX_CATEGORY = 64
"""A category longer than this could be a text, and is not kept."""


class FeatureTaker:
    """Computes features one by one: one that fails is left out and counted, the others stay.

    What several of them are prepared from is prepared once a text.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self._features = tuple(features)
        self.errors: Counter[str] = Counter()

    def __call__(self, role: str, text: str | None) -> dict[str, float | str]:
        """Returns the features of a text, named ``role.feature``; none where there is no text."""
        found: dict[str, float | str] = {}
        if text is None:
            return found
        prepared: dict[int, Any] = {id(None): text}
        for feature in self._features:
            prepare, key = feature.prepare, id(feature.prepare)
            try:
                if prepare is not None and key not in prepared:
                    prepared[key] = prepare(text)
                found[f"{role}.{feature.name}"] = checked(feature, feature.of(prepared[key]))
            except Exception as error:  # noqa: BLE001 - a plugin's function may raise anything
                self._count(feature.name, type(error).__name__)
        return found

    def _count(self, name: str, kind: str) -> None:
        self.errors[name] += 1
        if self.errors[name] == 1:
            logger.warning("feature %r failed and is left out: %s", name, kind)


def checked(feature: Feature, value: float | str) -> float | str:
    """Returns the value if it is of the feature's kind.

    >>> checked(Feature("words", "number", len, "Length."), 3)
    3.0
    """
    if feature.kind == "category":
        if not isinstance(value, str):
            raise TypeError("a category must be a string")
        if len(value) > MAX_CATEGORY:
            raise ValueError(f"a category of {len(value)} characters")
        return value
    number = float(value)
    if isinstance(value, str) or not math.isfinite(number):
        raise ValueError("a number must be finite")
    return number
