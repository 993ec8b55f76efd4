"""Takes the features of the texts of an interaction."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tokenward.types import Feature, FeatureValue

logger = logging.getLogger(__name__)

MAX_CATEGORY = 64
"""A category longer than this could be a text, and is not kept."""
MAX_COMPONENTS = 64
PROBE = "counterfactuals"
"""The name under which failures of probes are counted."""

Probe = Callable[[str | None, str | None], Mapping[str, float]]


class FeatureTaker:
    """Computes features one by one: one that fails is left out and counted, the others stay.

    What several of them are prepared from is prepared once a text.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self._features = tuple(features)
        self.errors: Counter[str] = Counter()

    def __call__(self, role: str, text: str | None) -> dict[str, FeatureValue]:
        """Returns the features of a text, named ``role.feature``; none where there is no text."""
        found: dict[str, FeatureValue] = {}
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

    def probed(self, probe: Probe, prompt: str | None, answer: str | None) -> dict[str, float]:
        """Returns what a probe measures of two texts; what is no number is left out."""
        try:
            return {name: finite(value) for name, value in probe(prompt, answer).items()}
        except Exception as error:  # noqa: BLE001 - it runs detectors, which may raise anything
            self._count(PROBE, type(error).__name__)
        return {}

    def _count(self, name: str, kind: str) -> None:
        self.errors[name] += 1
        if self.errors[name] == 1:
            logger.warning("feature %r failed and is left out: %s", name, kind)


def checked(feature: Feature, value: FeatureValue) -> FeatureValue:
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
    if feature.kind == "vector":
        if isinstance(value, float | str) or not 1 <= len(value) <= MAX_COMPONENTS:
            raise ValueError(f"a vector has 1 to {MAX_COMPONENTS} components")
        return tuple(finite(one) for one in value)
    return finite(value)


def finite(value: FeatureValue) -> float:
    """Returns a number; refuses what is none, and what is not finite.

    >>> finite(3)
    3.0
    """
    if isinstance(value, str | tuple) or not math.isfinite(value):
        raise ValueError("a number must be finite")
    return float(value)
