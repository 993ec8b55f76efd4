"""Finds names of persons, places and organisations: a small model that ships, or the user's."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin, DetectorSource, Tagger
from tokenward_plugins.names.settings import EMBEDDED, NamesSettings

__all__ = ["NamesSettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> Tagger:
    del source
    settings.check()
    if settings.model == EMBEDDED:
        from tokenward_plugins.names.embedded import EmbeddedNames  # noqa: PLC0415  (numpy)

        return EmbeddedNames.load(settings)
    from tokenward_plugins.names.folder import find  # noqa: PLC0415  (only where a policy uses it)

    found = find(settings)
    # each framework is imported where its models are used, and nowhere else
    if found.backend == "spacy":
        from tokenward_plugins.names.pipeline import PipelineNames  # noqa: PLC0415

        return PipelineNames.load(found.folder, settings)
    if found.backend == "gliner":
        from tokenward_plugins.names.prompted import PromptedNames  # noqa: PLC0415

        return PromptedNames.load(found.folder, settings)
    from tokenward_plugins.names.tokens import TokenNames  # noqa: PLC0415

    return TokenNames.load(found.folder, settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``names``."""
    return [
        DetectorPlugin(
            name="names",
            create=_create,
            settings=NamesSettings,
            # which kinds of names are told apart is the model's affair
            types=None,
            description="Persons, places, organisations: a small model, or one of yours (spaCy, "
            "GLiNER, transformers).",
        )
    ]
