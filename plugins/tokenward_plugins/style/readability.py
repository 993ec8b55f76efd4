"""Tells how hard a text is to read, by the usual formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenward.types import UnitKind
from tokenward_plugins.style.counts import Counts, counts, syllables_of
from tokenward_plugins.style.settings import ReadabilitySettings

GRADE = "grade"
LIX = "lix"
HIGHEST_GRADE = 20.0
HIGHEST_LIX = 100.0


def grade(of: Counts, syllables: int) -> float:
    """Returns the Flesch-Kincaid grade: years at school (in the USA) that the text asks for.

    References:
        Kincaid et al. 1975, "Derivation of new readability formulas", Research Branch Report 8-75.
    """
    if not of.words or not of.sentences:
        return 0.0
    return 0.39 * of.words / of.sentences + 11.8 * syllables / of.words - 15.59


def lix(of: Counts) -> float:
    """Returns the LIX, for any language with spaces: words a sentence, and long words in 100.

    Below 30 is very easy, 40 to 50 newspapers, above 60 hard. 0 without words.

    References:
        Björnsson 1968, "Läsbarhet"; Björnsson 1983, "Readability of newspapers in 11 languages",
        doi:10.2307/747382.
    """
    if not of.words or not of.sentences:
        return 0.0
    return of.words / of.sentences + 100.0 * of.long_words / of.words


class ReadabilityClassifier:
    """The ``readability`` detector; its scores are measures, and no probabilities.

    ``lix`` is the LIX in hundredths, ``grade`` the Flesch-Kincaid grade (English) in twentieths:
    ``score >= 0.6`` is a LIX of 60, or grade 12. Lines of lists count as sentences.
    """

    types = frozenset({GRADE, LIX})
    unit: UnitKind = "text"
    inline = True

    def __init__(self, settings: ReadabilitySettings) -> None:
        self._least = settings.min_words

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the measures of each text.

        >>> classifier = ReadabilityClassifier(ReadabilitySettings(min_words=1))
        >>> [row] = classifier.score(["The cat sat. It was an extraordinary cat!"])
        >>> {name: round(score, 3) for name, score in row.items()}
        {'grade': 0.184, 'lix': 0.165}
        """
        return [self._score(text) for text in texts]

    def _score(self, text: str) -> Mapping[str, float]:
        of = counts(text)
        if of.words < self._least:
            return {GRADE: 0.0, LIX: 0.0}
        return {
            GRADE: min(1.0, max(0.0, grade(of, syllables_of(text)) / HIGHEST_GRADE)),
            LIX: min(1.0, max(0.0, lix(of) / HIGHEST_LIX)),
        }
