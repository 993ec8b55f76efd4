"""Tells texts in languages that the model does not know: it knows English."""

from __future__ import annotations

import re

from tokenward.errors import TokenwardError
from tokenward.types import Classifier, DetectorSource
from tokenward_plugins.linear.normalise import plain

KNOWN = "en"
DETECTOR = "language"
SURE = 0.95
"""Score of another language from which a text is in it; English, spelt as people do, has less."""

LETTERS = 24
"""Letters of the Latin script below which its languages are not told apart."""

LETTER = re.compile(r"[^\W\d_]")
OTHER_SCRIPT = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")


class Foreign:
    """Decides by the scripts of the letters, and in the Latin script by the detector of languages.

    Where that detector is not loaded scripts alone decide.
    """

    def __init__(self, languages: Classifier | None) -> None:
        self._languages = languages

    @classmethod
    def create(cls, source: DetectorSource) -> Foreign:
        """Returns the judge of languages, with the detector that the source gives."""
        try:
            found = source(DETECTOR)
        except TokenwardError:
            return cls(None)
        return cls(found if isinstance(found, Classifier) else None)

    def __call__(self, text: str) -> bool:
        """Tells whether most of a text is in a language that the model does not know.

        >>> foreign = Foreign(None)
        >>> foreign("Hello there"), foreign("Привет"), foreign("\u263a!")
        (False, True, False)
        """
        if not text.isascii():
            reading = plain(text)
            others = len(OTHER_SCRIPT.findall(reading))
            if others and 2 * others >= len(LETTER.findall(reading)):
                return True
        if self._languages is None or len(LETTER.findall(text)) < LETTERS:
            return False
        [scores] = self._languages.score([text])
        best = max(scores, key=lambda code: scores[code])
        return best != KNOWN and scores[best] >= SURE
