"""Scores sentences that degrade a group, stereotype it, or would read otherwise for another."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import Classifier, DetectorPlugin, DetectorSource
from tokenward_plugins.bias.settings import TYPES, BiasSettings

__all__ = ["BiasSettings", "register_detectors"]


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
