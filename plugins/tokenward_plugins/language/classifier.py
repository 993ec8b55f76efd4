"""Scores texts for languages."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tokenward.types import UnitKind
from tokenward_plugins.language.evidence import leader, shares
from tokenward_plugins.language.languages import LANGUAGES, ONE_LANGUAGE
from tokenward_plugins.language.leaders import leaders
from tokenward_plugins.language.profiles import Profile, profiles
from tokenward_plugins.language.scripts import Runs, runs_of
from tokenward_plugins.language.settings import LanguageSettings
from tokenward_plugins.tokens.text import Text, of_each

UNKNOWN = "und"

DEFAULTS = LanguageSettings()
HALF = 0.5

SURE_LETTERS = 3.0
"""Letters by which doubt about a script of one language falls to 1/e."""

KANA_OF_JAPANESE = 0.15
"""Share of kana in kana and Han from which a text is Japanese without doubt; most have half."""

HAN_ALONE = 24
"""Letters of Han, at three a character, up to which a text without kana may be Japanese yet."""


def most_likely_of(texts: Sequence[Text]) -> list[str]:
    """Returns the same of several texts.

    >>> most_likely_of([Text("Wo ist denn hier der Bahnhof?"), Text("42")])
    ['de', 'und']
    """
    beginnings = [text.beginning(DEFAULTS.sample) for text in texts]
    return of_each(beginnings, _leaders, most_likely)


def _leaders(texts: Sequence[Text]) -> list[str]:
    return leaders(texts, DEFAULTS.min_letters, UNKNOWN)


class LanguageClassifier:
    """Scores windows for each language; what is missing to 1 is the score of no known language."""

    types = LANGUAGES
    unit: UnitKind = "window"
    inline = True

    def __init__(self, settings: LanguageSettings) -> None:
        self._settings = settings
        profiles()

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the score of every language for each text.

        >>> [row] = LanguageClassifier(LanguageSettings()).score(["Where is the station, please?"])
        >>> max(row, key=row.get), row["en"] > 0.95, round(sum(row.values()), 1)
        ('en', True, 1.0)
        """
        return [dict.fromkeys(LANGUAGES, 0.0) | scores(text, self._settings) for text in texts]


def most_likely(text: str) -> str:
    """Returns the language that has half of the score or more, or else ``und``."""
    runs = runs_of(text[: DEFAULTS.sample])
    if len(runs.letters) == 1 and len(runs.words) == 1:
        [(script, words)] = runs.words.items()
        enough = runs.letters[script] >= DEFAULTS.min_letters
        return (leader(profiles()[script], words) if enough else None) or UNKNOWN
    found = _shares(runs, DEFAULTS)
    best = max(found, key=lambda code: found[code], default=UNKNOWN)
    return best if found.get(best, 0.0) >= HALF else UNKNOWN


def scores(text: str, settings: LanguageSettings) -> dict[str, float]:
    """Returns the languages that the beginning of a text may be in; the scores sum to 1 at most.

    Each script has the share of its letters, and divides it among its languages.
    """
    return _shares(runs_of(text[: settings.sample]), settings)


def _shares(runs: Runs, settings: LanguageSettings) -> dict[str, float]:
    total = runs.letters.total()
    if total < settings.min_letters:
        return {}
    found: defaultdict[str, float] = defaultdict(float)
    for code, score in _scores(runs):
        found[code] += score / total
    return {code: min(score, 1.0) for code, score in found.items()}


def _scores(runs: Runs) -> Iterator[tuple[str, float]]:
    """Yields languages with the letters that speak for them."""
    for script, code in ONE_LANGUAGE.items():
        yield code, runs.letters[script] * _sure(runs.letters[script])
    for script, words in runs.words.items():
        for code, share in _divide(profiles()[script], words).items():
            yield code, runs.letters[script] * share
    yield from _east_asian(runs.letters["han"], runs.letters["kana"])


def _sure(letters: float) -> float:
    return 1.0 - math.exp(-letters / SURE_LETTERS)


def _east_asian(han: int, kana: int) -> Iterator[tuple[str, float]]:
    letters = han + kana
    if not letters:
        return
    japanese = min(1.0, kana / letters / KANA_OF_JAPANESE)
    if not kana:  # Japanese headings and names may have none
        japanese = 0.25 * max(0.0, 1.0 - han / HAN_ALONE)
    yield "ja", letters * _sure(letters) * japanese
    yield "zh", letters * _sure(letters) * (1.0 - japanese)


def _divide(profile: Profile, words: Sequence[str]) -> dict[str, float]:
    """Divides 1 among the languages of a script and an unknown one, by the evidence of words."""
    counted = Counter(words).items()
    evidence = sum(count * profile.evidence(word) for word, count in counted)
    return shares(profile, profile.nats(evidence, len(words)), len(words))
