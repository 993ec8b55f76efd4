"""Tells whether a sentence is in the language that the model of sentences knows."""

from __future__ import annotations

from typing import Any

SHORT = 24
"""Characters below which a language cannot be told: such a text is taken for English."""
SURE = 0.6


class English:
    """A classifier of languages, asked for one of them."""

    def __init__(self, classifier: Any) -> None:
        self._classifier = classifier

    def __call__(self, text: str) -> bool:
        """Tells whether a text is English, or may be."""
        if len(text) < SHORT and text.isascii():
            return True
        (row,) = self._classifier.score([text])
        other = max((score for code, score in row.items() if code != "en"), default=0.0)
        return row.get("en", 0.0) >= other or other < SURE
