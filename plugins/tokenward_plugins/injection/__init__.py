"""Scores text for attacks on a model's instructions: overrides, jailbreaks, hidden orders."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import Classifier, DetectorPlugin, DetectorSource
from tokenward_plugins.injection.settings import TYPES, InjectionSettings

__all__ = ["InjectionSettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> Classifier:
    from tokenward_plugins.injection.detector import InjectionDetector  # noqa: PLC0415  (numpy)

    del source
    return InjectionDetector.create(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``injection``."""
    return [
        DetectorPlugin(
            name="injection",
            create=_create,
            settings=InjectionSettings,
            types=TYPES,
            description="attempts to override, extract or smuggle in instructions, by sentence",
        )
    ]
