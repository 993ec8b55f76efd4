"""Scores sentences that degrade a group, stereotype it, or would read otherwise for another."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import Classifier, DetectorPlugin, DetectorSource, Feature
from tokenward_plugins.bias.settings import TYPES, BiasSettings

__all__ = ["BiasSettings", "register_detectors", "register_features"]


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
            description="derogation and stereotypes of groups, and unequal toxicity when swapped",
        )
    ]


@hookimpl
def register_features() -> list[Feature]:
    """Returns the feature by which rates are compared between groups."""
    return [Feature("group", "category", _named, "the group of people that is named first")]


def _named(text: str) -> str:
    from tokenward_plugins.bias.named import named  # noqa: PLC0415  (reads a file)

    return named(text)
