"""Tells what in an answer its documents do not bear out, and whether it is to the question."""

from __future__ import annotations

from typing import Any, cast

from tokenward.hookspecs import hookimpl
from tokenward.types import Classifier, DetectorPlugin, DetectorSource, Tagger
from tokenward_plugins.groundedness.settings import GroundednessSettings, RelevanceSettings

__all__ = ["GroundednessSettings", "RelevanceSettings", "register_detectors"]

TYPES = frozenset({"unsupported", "UNSUPPORTED_DATE", "UNSUPPORTED_NAME", "UNSUPPORTED_NUMBER"})


def _create(settings: Any, source: DetectorSource) -> Tagger:
    from tokenward_plugins.groundedness.detector import Groundedness  # noqa: PLC0415  (numpy)
    from tokenward_plugins.groundedness.language import English  # noqa: PLC0415

    return Groundedness(settings, English(source("language")))


def _create_relevance(_: Any, source: DetectorSource) -> Classifier:
    from tokenward_plugins.groundedness.language import English  # noqa: PLC0415
    from tokenward_plugins.groundedness.relevance import Relevance  # noqa: PLC0415  (numpy)

    return Relevance(English(source("language")), cast("Classifier", source("refusal")))


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the tagger ``groundedness`` and the classifier ``relevance``."""
    return [
        DetectorPlugin(
            name="groundedness",
            create=_create,
            settings=GroundednessSettings,
            types=TYPES,
            description="sentences, numbers, names and dates that the request's documents lack",
        ),
        DetectorPlugin(
            name="relevance",
            create=_create_relevance,
            settings=RelevanceSettings,
            types=frozenset({"off_question"}),
            description="answers that are about something else than the question",
        ),
    ]
