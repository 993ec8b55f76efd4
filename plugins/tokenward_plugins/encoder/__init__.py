"""Scores text with one small transformer: toxicity, hate, attacks, refusals, unsafe requests."""

from __future__ import annotations

from functools import partial
from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import Classifier, DetectorPlugin, DetectorSource
from tokenward_plugins.encoder.settings import EncoderSettings
from tokenward_plugins.encoder.shared import Shared

__all__ = ["EncoderSettings", "register_detectors"]


def _create(shared: Shared[Any], settings: Any, source: DetectorSource) -> Classifier:
    from tokenward_plugins.encoder.detector import EncoderDetector  # noqa: PLC0415  (numpy)

    return EncoderDetector.create(settings, source, shared)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``encoder``; all that are made of it share their models."""
    return [
        DetectorPlugin(
            name="encoder",
            create=partial(_create, Shared()),
            settings=EncoderSettings,
            # a model in a folder brings its own labels
            types=None,
            description="toxicity, hate, attacks, refusals, unsafe requests, by a transformer",
        )
    ]
