"""Finds URLs in answers that would carry data of the conversation to somebody else."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin, DetectorSource, SpanDetector
from tokenward_plugins.exfiltration.settings import TYPES, ExfiltrationSettings

__all__ = ["ExfiltrationSettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> SpanDetector:
    from tokenward_plugins.exfiltration.detector import ExfiltrationDetector  # noqa: PLC0415

    del source
    return ExfiltrationDetector(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``exfiltration``."""
    return [
        DetectorPlugin(
            name="exfiltration",
            create=_create,
            settings=ExfiltrationSettings,
            types=TYPES,
            description="URLs of images and links that carry data away, exact in any chunking",
        )
    ]
