"""Scores texts for languages by py3langid, which is installed apart.

References:
    Lui, Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool", ACL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenward.errors import MissingExtra
from tokenward.types import UnitKind
from tokenward_plugins.language.languages import LANGUAGES
from tokenward_plugins.language.scripts import runs_of
from tokenward_plugins.language.settings import LanguageSettings


class LangidClassifier:
    """Scores windows for each language; every text with enough letters is taken for one of them."""

    types = LANGUAGES
    unit: UnitKind = "window"
    inline = True

    def __init__(self, settings: LanguageSettings) -> None:
        try:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  # on demand
        except ImportError:
            what = "'backend: py3langid' of detector 'language'"
            raise MissingExtra(what, "language", "py3langid") from None
        self._settings = settings
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._identifier.set_languages(sorted(LANGUAGES))

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the score of every language for each text; the scores sum to 1, or are 0."""
        return [dict.fromkeys(LANGUAGES, 0.0) | self._scores(text) for text in texts]

    def _scores(self, text: str) -> dict[str, float]:
        sample = text[: self._settings.sample]
        if runs_of(sample).letters.total() < self._settings.min_letters:
            return {}
        ranked = self._identifier.rank(sample)
        return {code: min(1.0, max(0.0, round(float(score), 6))) for code, score in ranked}
