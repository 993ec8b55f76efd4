"""Finds what a text hides from the eye, and reads it."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin, DetectorSource, SpanDetector
from tokenward_plugins.hidden.settings import TYPES, HiddenSettings

__all__ = ["HiddenSettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> SpanDetector:
    from tokenward_plugins.hidden.detector import HiddenDetector  # noqa: PLC0415  (on demand)

    return HiddenDetector.create(settings, source)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``hidden``."""
    return [
        DetectorPlugin(
            name="hidden",
            create=_create,
            settings=HiddenSettings,
            types=TYPES,
            description="text that people do not see, and orders to a model in it",
        )
    ]
