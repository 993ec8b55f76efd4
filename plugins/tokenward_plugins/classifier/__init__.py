"""Scores text with a text classifier that the user brings: of transformers, or in ONNX."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import Classifier, DetectorPlugin, DetectorSource
from tokenward_plugins.classifier.settings import ClassifierSettings

__all__ = ["ClassifierSettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> Classifier:
    del source
    settings.check()
    from tokenward_plugins.classifier.loading import load  # noqa: PLC0415  (numpy, and a framework)

    return load(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``classifier``."""
    return [
        DetectorPlugin(
            name="classifier",
            create=_create,
            settings=ClassifierSettings,
            # which labels there are is the model's affair
            types=None,
            description="any text classifier of yours, of transformers or in ONNX, by sentence",
        )
    ]
