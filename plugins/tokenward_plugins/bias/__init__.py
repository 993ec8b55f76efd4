"""The ``bias`` detector: groups put down or stereotyped, and toxicity that hangs on the group."""

from __future__ import annotations

from tokenward.hookspecs import hookimpl
from tokenward.types import Detector, DetectorPlugin, DetectorSource
from tokenward_plugins.bias.settings import TYPES, BiasSettings


def _create(settings: BiasSettings, source: DetectorSource) -> Detector:
    from tokenward_plugins.bias.classifier import BiasClassifier  # noqa: PLC0415  # on demand

    return BiasClassifier(settings, source)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Registers the detector."""
    return [
        DetectorPlugin(
            name="bias",
            create=_create,
            settings=BiasSettings,
            types=TYPES,
            description="Groups put down or stereotyped; scores that change with the group named.",
        )
    ]
