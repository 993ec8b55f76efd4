"""One pattern recognizer of Presidio, asked where in a text its values are.

Presidio's own loop takes the leftmost longest match and, if the check digits refuse it, goes on
behind it; the value inside is missed ("1234 4111 1111 1111 1111"). Here each start is tried, and
for numbers in groups each shorter end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import regex

from tokenward_plugins.pii.found import Found

SHORTER_ENDS = frozenset({"CREDIT_CARD", "IBAN_CODE"})
WORD_LEFT = re.compile(r"[^\W_]\Z")
WORD_RIGHT = re.compile(r"[^\W_]")
FRACTION = re.compile(r"\d\.\Z")
DOTTED = re.compile(r"\.\d")
NEVER = re.compile(r"(?!)")
NEIGHBOURS = {
    "CRYPTO": (WORD_LEFT, WORD_RIGHT),  # else it is found inside base64
    "MEDICAL_LICENSE": (WORD_LEFT, WORD_RIGHT),
    "IP_ADDRESS": (FRACTION, DOTTED),  # version 1.2.3.4.5
    "DATE_TIME": (FRACTION, DOTTED),
    **dict.fromkeys(
        ("CREDIT_CARD", "UK_NHS", "US_BANK_NUMBER", "US_DRIVER_LICENSE", "US_ITIN", "US_PASSPORT"),
        (FRACTION, NEVER),
    ),
}
"""What must not stand left and right of a value: longer words, dotted and decimal numbers."""

SAMPLE_SSNS = frozenset({"123456789", "078051120", "987654320"})
"""Published examples that Presidio refuses; with separators they are found here: whoever tries a
guard tries it with them, and a guard that lets them through looks broken."""


class PatternJudge:
    """Asks one recognizer: its patterns, its check digits, its scores, its context words."""

    __slots__ = ("_left", "_patterns", "_recognizer", "_right", "_shorter", "type", "words")

    def __init__(
        self, kind: str, recognizer: Any, more: tuple[tuple[str, float, str], ...] = ()
    ) -> None:
        self.type = kind
        self.words = context_words(recognizer)
        self._recognizer = recognizer
        self._shorter = kind in SHORTER_ENDS
        self._left, self._right = NEIGHBOURS.get(kind, (NEVER, NEVER))
        self._patterns = [
            (regex.compile(pattern, recognizer.global_regex_flags), score, name)
            for pattern, score, name in (
                *((p.regex, p.score, p.name) for p in recognizer.patterns),
                *more,
            )
        ]

    def find(self, text: str, low: int, high: int) -> list[Found]:
        """Returns the values between two offsets; what lies around them is seen as well."""
        found = []
        for pattern, score, name in self._patterns:
            taken = low
            for match in pattern.finditer(text, overlapped=True):
                start = match.start()
                if start < taken or match.end() > high:
                    continue
                if self._left.search(text, max(0, start - 2), start):
                    continue
                for end in self._ends(pattern, text, start, match.end()):
                    sure = self.score(text[start:end], score)
                    if sure and not self._right.match(text, end):
                        found.append(Found(self.type, start, end, sure, name, self.words))
                        taken = end
                        break
        return found

    def score(self, value: str, score: float) -> float:
        """Returns 1 for right check digits, 0 for wrong ones, the pattern's score without any."""
        valid = self._recognizer.validate_result(value)
        if valid is not None:
            score = 1.0 if valid else 0.0
        if self._recognizer.invalidate_result(value):
            sample = self.type == "US_SSN" and re.sub(r"\D", "", value) in SAMPLE_SSNS
            return score if sample and re.fullmatch(r"\d{3}([- .])\d\d\1\d{4}", value) else 0.0
        return float(score)

    def _ends(self, pattern: Any, text: str, start: int, end: int) -> Iterator[int]:
        yield end
        if not self._shorter:
            return
        for at in range(end - 1, start + 11, -1):
            if text[at] in " -" and (
                self.type == "IBAN_CODE" or pattern.fullmatch(text, start, at)
            ):
                yield at


def context_words(recognizer: Any) -> tuple[str, ...]:
    """Returns the context words of a recognizer, in lower case."""
    return tuple(word.strip().lower() for word in recognizer.context or ())
