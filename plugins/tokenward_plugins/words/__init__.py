"""The ``keywords`` and ``regex`` detectors: words and patterns that a policy brings itself."""

from __future__ import annotations

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin
from tokenward_plugins.words.settings import KeywordSettings, PatternSettings


def _keywords(settings: KeywordSettings, _: object) -> object:
    from tokenward_plugins.words.keywords import KeywordDetector  # noqa: PLC0415  # on demand

    return KeywordDetector(settings)


def _patterns(settings: PatternSettings, _: object) -> object:
    from tokenward_plugins.words.patterns import PatternDetector  # noqa: PLC0415  # on demand

    return PatternDetector(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Registers both detectors; their types are those that the policy names."""
    return [
        DetectorPlugin(
            name="keywords",
            create=_keywords,  # type: ignore[arg-type]  # imported on demand
            settings=KeywordSettings,
            types=None,
            description="Whole words and phrases of yours, case folded unless you say otherwise.",
        ),
        DetectorPlugin(
            name="regex",
            create=_patterns,  # type: ignore[arg-type]  # as above
            settings=PatternSettings,
            types=None,
            description="Regular expressions of yours, found exactly in any chunking.",
        ),
    ]
