"""Scores sentences that degrade a group, and writes texts as they would be about another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import (
    Classifier,
    DetectorPlugin,
    DetectorSource,
    Feature,
    Grouping,
    Swap,
    Swapper,
)
from tokenward_plugins.bias.settings import TYPES, BiasSettings
from tokenward_plugins.tokens.feature import of_texts
from tokenward_plugins.tokens.text import Text

__all__ = [
    "BiasSettings",
    "register_detectors",
    "register_features",
    "register_groupings",
    "register_swappers",
]


def _create(settings: Any, source: DetectorSource) -> Classifier:
    from tokenward_plugins.bias.detector import BiasDetector  # noqa: PLC0415  (compiles patterns)

    return BiasDetector.create(settings, source)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``bias``."""
    return [
        DetectorPlugin(
            name="bias",
            create=_create,
            settings=BiasSettings,
            types=TYPES,
            description="derogation of groups, and unequal toxicity when another is meant",
        )
    ]


@hookimpl
def register_features() -> list[Feature]:
    """Returns the feature by which rates are compared between groups."""
    return [
        of_texts(
            "group",
            "category",
            _named,
            _named_of,
            "the group of people that is named first",
        )
    ]


@hookimpl
def register_groupings() -> list[Grouping]:
    """Returns the groups of people by which detectors are measured."""
    return [Grouping("identity", _all_named, "the groups of people that are named")]


def _all_named(text: str) -> Iterable[str]:
    from tokenward_plugins.bias.named import all_named  # noqa: PLC0415  (reads a file)

    return all_named(text)


def _named(text: str) -> str:
    from tokenward_plugins.bias.named import named  # noqa: PLC0415  (reads a file)

    return named(text)


def _named_of(texts: Sequence[Text]) -> Sequence[str]:
    from tokenward_plugins.bias.named import named_of  # noqa: PLC0415  (reads a file)

    return named_of(texts)


@hookimpl
def register_swappers() -> list[Swapper]:
    """Returns what writes texts about other groups, in seven languages."""
    return [Swapper("groups", _swapped, "a text about other groups, where that is grammatical")]


def _swapped(text: str, most: int) -> Sequence[Swap]:
    from tokenward_plugins.bias.swapper import swapped  # noqa: PLC0415  (reads files)

    return swapped(text, most)
