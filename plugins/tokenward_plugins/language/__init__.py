"""Tells the language of a text from its scripts, its commonest words and parts of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import Classifier, DetectorPlugin, DetectorSource, Feature
from tokenward_plugins.language.languages import LANGUAGES
from tokenward_plugins.language.settings import LanguageSettings
from tokenward_plugins.tokens.feature import of_texts
from tokenward_plugins.tokens.text import Text

__all__ = ["LanguageSettings", "language_of", "register_detectors", "register_features"]


def language_of(text: str) -> str:
    """Returns the code of a text's language, ``und`` where none reaches half of the score.

    Only the first 4,000 characters are read.

    >>> language_of("Wo ist denn hier der Bahnhof?"), language_of("42"), language_of("안녕하세요")
    ('de', 'und', 'ko')
    """
    from tokenward_plugins.language.classifier import most_likely  # noqa: PLC0415  (the profiles)

    return most_likely(text)


def _languages_of(texts: Sequence[Text]) -> Sequence[str]:
    from tokenward_plugins.language.classifier import most_likely_of  # noqa: PLC0415  (as above)

    return most_likely_of(texts)


def _create(settings: Any, source: DetectorSource) -> Classifier:
    from tokenward_plugins.language.classifier import LanguageClassifier  # noqa: PLC0415  (as above)

    del source
    if settings.backend == "py3langid":
        from tokenward_plugins.language.langid import LangidClassifier  # noqa: PLC0415  # on demand

        return LangidClassifier(settings)
    return LanguageClassifier(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the classifier ``language``."""
    return [
        DetectorPlugin(
            name="language",
            create=_create,
            settings=LanguageSettings,
            types=LANGUAGES,
            description="the language of a text, by scripts, common words and parts of words",
        )
    ]


@hookimpl
def register_features() -> list[Feature]:
    """Returns the category ``language``."""
    return [
        of_texts(
            "language",
            "category",
            language_of,
            _languages_of,
            "code of the language of the first 4,000 characters; und where it is not clear",
        )
    ]
