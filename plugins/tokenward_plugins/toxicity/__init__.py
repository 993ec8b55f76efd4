"""Scores text for toxicity in Detoxify's labels: with an embedded model, or one in a folder."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import Classifier, DetectorPlugin, DetectorSource, StatedError
from tokenward_plugins.toxicity.settings import EMBEDDED, ToxicitySettings

__all__ = ["ToxicitySettings", "register_detectors"]

FORUM = StatedError(
    type="toxicity",
    threshold=0.5,
    sensitivity=0.252,
    specificity=0.951,
    positive=807,
    negative=6541,
    data="hate in sentences of a forum (forum_hate), never trained on",
)
"""As in the model card: of hate that goes by allusion it misses most; coarse insults are found."""


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
            stated=(FORUM,),
        )
    ]
