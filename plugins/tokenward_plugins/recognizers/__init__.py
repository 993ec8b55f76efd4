"""Runs recognizers of Presidio that a user has already, as they are, on sentences.

``recognizers`` imports code: whoever writes a policy that names a class decides what runs in this
process. Policies are files of the operator, never of a client.
"""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin, DetectorSource, Tagger
from tokenward_plugins.recognizers.settings import RecognizersSettings

__all__ = ["RecognizersSettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> Tagger:
    del source
    settings.check()
    from tokenward_plugins.recognizers.tagger import RecognizerTagger  # noqa: PLC0415  (presidio)

    return RecognizerTagger.load(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``presidio``."""
    return [
        DetectorPlugin(
            name="presidio",
            create=_create,
            settings=RecognizersSettings,
            # what recognizers find is theirs to say
            types=None,
            description="whatever Presidio recognizers of yours find: classes, YAML files, objects",
        )
    ]
