"""Finds personal data that has a written form: cards, accounts, addresses, numbers, dates."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin, DetectorSource, SpanDetector
from tokenward_plugins.pii.kinds import TYPES
from tokenward_plugins.pii.settings import PiiSettings

__all__ = ["PiiSettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> SpanDetector:
    from tokenward_plugins.pii.detector import PiiDetector  # noqa: PLC0415  (loads Presidio)

    del source
    return PiiDetector.create(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``pii``."""
    return [
        DetectorPlugin(
            name="pii",
            create=_create,
            settings=PiiSettings,
            types=TYPES,
            description="personal data in written forms, decided by Presidio's recognizers",
        )
    ]
