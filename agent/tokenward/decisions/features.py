"""Takes the features of the texts of interactions."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any, Final

from tokenward.types import Feature, FeatureValue

logger = logging.getLogger(__name__)

MAX_CATEGORY = 64
"""A category longer than this could be a text, and is not kept."""
MAX_COMPONENTS = 64
SIZES = frozenset(range(1, MAX_COMPONENTS + 1))
PROBE = "counterfactuals"
"""The name under which failures of probes are counted."""

Probe = Callable[[str | None, str | None], Mapping[str, float]]
Found = dict[str, FeatureValue]


class Failed:
    """Stands where a text could not be prepared, or has no value; ``kind`` names the error."""

    __slots__ = ("kind",)

    def __init__(self, error: Exception) -> None:
        self.kind: Final = type(error).__name__


class FeatureTaker:
    """Computes features one by one: one that fails is left out and counted, the others stay.

    What several of them are prepared from is prepared once a text. Of several texts one feature
    after the other is taken: what a feature needs of a processor's caches is loaded once, then.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self._features = tuple(features)
        self.errors: Counter[str] = Counter()

    def __call__(self, role: str, text: str | None) -> Found:
        """Returns the features of a text, named ``role.feature``; none where there is no text."""
        [found] = self.together([(role, text)])
        return found

    def together(self, given: Sequence[tuple[str, str | None]]) -> list[Found]:
        """Returns the features of several texts, each with its role."""
        there = [one for one in given if one[1] is not None]
        taken = iter(self._named(there, self._columns([text for _, text in there])))
        return [{} if text is None else next(taken) for _, text in given]

    def _columns(self, texts: Sequence[str | None]) -> list[Sequence[FeatureValue | Failed]]:
        """Returns the values of each feature."""
        prepared: dict[int, Sequence[Any]] = {id(None): texts}
        columns = []
        for feature in self._features if texts else ():
            prepare, key = feature.prepare, id(feature.prepare)
            if prepare is not None and key not in prepared:
                prepared[key] = each(prepare, texts)
            columns.append(values(feature, prepared[key]))
        return columns

    def _named(
        self,
        given: Sequence[tuple[str, str | None]],
        columns: Sequence[Sequence[FeatureValue | Failed]],
    ) -> Iterator[Found]:
        """Yields the values of each text by their names, without those that failed."""
        roles = dict.fromkeys(role for role, _ in given)
        names = {role: [f"{role}.{feature.name}" for feature in self._features] for role in roles}
        rows = zip(*columns, strict=True) if columns else repeat(())
        for (role, _), row in zip(given, rows, strict=False):
            found = dict(zip(names[role], row, strict=True))
            if Failed in map(type, row):
                found = self._without_failed(found)
            yield found

    def _without_failed(self, found: dict[str, Any]) -> Found:
        for name, value in found.items():
            if isinstance(value, Failed):
                self._count(name.partition(".")[2], value.kind)
        return {name: one for name, one in found.items() if not isinstance(one, Failed)}

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


def each(call: Callable[[Any], Any], given: Iterable[Any]) -> list[Any]:
    """Returns what a function gives for each of several values, and ``Failed`` where it raises.

    >>> [one if isinstance(one, int) else one.kind for one in each(int, ["7", "seven"])]
    [7, 'ValueError']
    """
    found: list[Any] = []
    for one in given:
        try:
            found.append(one if isinstance(one, Failed) else call(one))
        except Exception as error:  # noqa: BLE001 - a plugin's function may raise anything
            found.append(Failed(error))
    return found


def values(feature: Feature, prepared: Sequence[Any]) -> Sequence[FeatureValue | Failed]:
    """Returns the values of a feature of its kind, and ``Failed`` where there is none."""
    try:
        if Failed not in map(type, prepared):
            return alike(feature, all_at_once(feature, prepared))
    except Exception:  # noqa: BLE001, S110 - one by one it shows which of them it was
        pass
    return each(lambda one: checked(feature, feature.of(one)), prepared)


def all_at_once(feature: Feature, prepared: Sequence[Any]) -> Sequence[FeatureValue]:
    """Returns what a feature gives, unchecked; raises what any of the calls raises."""
    if feature.many is None:
        return list(map(feature.of, prepared))
    found = feature.many(prepared)
    if len(found) != len(prepared):
        raise ValueError("'many' gives one value for each text")
    return found


def alike(feature: Feature, found: Sequence[Any]) -> Sequence[FeatureValue]:
    """Returns the values if each of them is of the feature's kind, as ``checked`` tells."""
    kinds = set(map(type, found))
    if feature.kind == "number" and all(map(math.isfinite, found)):
        return found if kinds == {float} else list(map(float, found))
    if feature.kind == "category" and kinds == {str} and max(map(len, found)) <= MAX_CATEGORY:
        return found
    if feature.kind == "vector" and kinds == {tuple}:
        components = list(chain.from_iterable(found))
        sized = set(map(len, found)) <= SIZES and set(map(type, components)) == {float}
        if sized and all(map(math.isfinite, components)):
            return found
    return [checked(feature, value) for value in found]


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
        return tuple(map(finite, value))
    return finite(value)


def finite(value: FeatureValue) -> float:
    """Returns a number; refuses what is none, and what is not finite.

    >>> finite(3)
    3.0
    """
    if isinstance(value, str | tuple) or not math.isfinite(value):
        raise ValueError("a number must be finite")
    return float(value)
