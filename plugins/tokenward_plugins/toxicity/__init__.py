"""Scores text for toxicity in Detoxify's labels: with an embedded model, or one in a folder."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import Classifier, DetectorPlugin, DetectorSource
from tokenward_plugins.toxicity.settings import EMBEDDED, ToxicitySettings

__all__ = ["ToxicitySettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> Classifier:
    del source
    settings.check()
    if settings.model == EMBEDDED:
        from tokenward_plugins.toxicity.embedded import EmbeddedToxicity  # noqa: PLC0415  (numpy)

        return EmbeddedToxicity.load()
    from tokenward_plugins.toxicity.checkpoint import load  # noqa: PLC0415  (torch)

    return load(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``toxicity``."""
    return [
        DetectorPlugin(
            name="toxicity",
            create=_create,
            settings=ToxicitySettings,
            # a model in a folder brings its own labels
            types=None,
            description="insults, obscenity, threats and hate, by sentence",
        )
    ]
