"""Finds words in answers that only the instructions of the model hold."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin, DetectorSource, SpanDetector
from tokenward_plugins.leak.settings import TYPES, LeakSettings

__all__ = ["LeakSettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> SpanDetector:
    from tokenward_plugins.leak.detector import LeakDetector  # noqa: PLC0415  (on demand)

    del source
    return LeakDetector(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``leak``."""
    return [
        DetectorPlugin(
            name="leak",
            create=_create,
            settings=LeakSettings,
            types=TYPES,
            description="canary words of yours, in any disguise: the system prompt got out",
        )
    ]
