"""Tells what in an answer the documents of its request do not bear out."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin, DetectorSource, Tagger
from tokenward_plugins.groundedness.settings import GroundednessSettings

__all__ = ["GroundednessSettings", "register_detectors"]

TYPES = frozenset({"unsupported", "UNSUPPORTED_DATE", "UNSUPPORTED_NAME", "UNSUPPORTED_NUMBER"})


def _create(settings: Any, source: DetectorSource) -> Tagger:
    from tokenward_plugins.groundedness.detector import Groundedness  # noqa: PLC0415  (numpy)
    from tokenward_plugins.groundedness.language import English  # noqa: PLC0415

    return Groundedness(settings, English(source("language")))


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the tagger ``groundedness``."""
    return [
        DetectorPlugin(
            name="groundedness",
            create=_create,
            settings=GroundednessSettings,
            types=TYPES,
            description="sentences, numbers, names and dates that the request's documents lack",
        )
    ]
