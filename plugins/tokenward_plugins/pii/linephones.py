"""Phone numbers of one kind of line: South Africa's mobile ones, and its fixed ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenward_plugins.pii.found import Found
from tokenward_plugins.pii.phone_shapes import NUMBER
from tokenward_plugins.pii.recognizer import context_words


class LinePhoneJudge:
    """Asks a recognizer that finds the phone numbers of one region and kind of line."""

    __slots__ = ("_recognizer", "type", "words")

    def __init__(self, kind: str, recognizer: Any) -> None:
        self.type = kind
        self.words = context_words(recognizer)
        self._recognizer = recognizer

    def without_words(self, least: float) -> LinePhoneJudge:
        """Returns this judge: a valid number needs no word before it."""
        del least
        return self

    def find(self, text: str, low: int, high: int) -> Iterator[Found]:
        """Yields the phone numbers between two offsets."""
        for match in NUMBER.finditer(text, low, high):
            before = max(0, match.start() - 1)
            for one in self._recognizer.analyze(text[before : match.end() + 1], [self.type]):
                start, end = max(low, before + one.start), min(high, before + one.end)
                pattern = "libphonenumber"
                yield Found(self.type, start, end, one.score, pattern, self.words)
