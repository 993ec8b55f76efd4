"""Finds badge numbers in a stream: a prefix, six digits and a check digit, as in B-482913-1."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenward.errors import UsageError
from tokenward.types import Detection, ScanContext

BADGE = "BADGE"
DIGITS = 6


@dataclass(frozen=True)
class Settings:
    """What a policy may write: ``prefix`` stands before the digits."""

    prefix: str = "B"


def check_digit(digits: str) -> int:
    """Returns the check digit of a badge's digits, after ISO 7064 MOD 11,10.

    It catches every wrong digit, and all but a few pairs of swapped ones.

    >>> check_digit("482913")
    1
    """
    state = 10
    for digit in digits:
        state = (state + int(digit)) % 10 or 10
        state = state * 2 % 11
    return (11 - state) % 10


class Badges:
    """The detector: shared by all texts, it holds patterns and no state."""

    def __init__(self, settings: Settings) -> None:
        if not re.fullmatch("[A-Z]{1,8}", settings.prefix):
            raise UsageError(
                f"setting 'prefix' of detector 'badges' is {settings.prefix!r}; "
                "use one to eight capital letters"
            )
        digit = "[0-9]"
        parts = [*settings.prefix, "-", *[digit] * DIGITS, "-", digit]
        begin, end = r"(?<![0-9A-Za-z-])", r"(?![0-9A-Za-z])"
        self.types = frozenset({BADGE})
        self.hold_back = len(parts)
        self.whole = re.compile(begin + "".join(parts) + end)
        # what a badge that is not complete yet looks like at the end of what has come
        rest = ""
        for part in reversed(parts[1:]):
            rest = f"(?:{part}{rest})?"
        self.begun = re.compile(rf"{begin}{parts[0]}{rest}\Z")

    def open(self, context: ScanContext) -> BadgeScan:
        """Starts a text."""
        return BadgeScan(self, context.detector)


class BadgeScan:
    """One text: what is open, and the character before it, which decides whether a badge begins."""

    def __init__(self, badges: Badges, detector: str) -> None:
        self._badges = badges
        self._detector = detector
        self._text = ""
        self._start = 0
        """Offset of ``_text`` in the whole text."""
        self._open = 0
        """Where in ``_text`` the open part begins."""

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters; returns the certain badges and the settled offset."""
        self._text += text
        last = max(self._open, len(self._text) - self._badges.hold_back)
        begun = self._badges.begun.search(self._text, last)
        settled = begun.start() if begun else len(self._text)
        found = list(self._find(settled))
        kept = max(settled - 1, 0)
        self._text = self._text[kept:]
        self._start += kept
        self._open = settled - kept
        return found, self._start + self._open

    def finish(self) -> Sequence[Detection]:
        """Returns a badge at the very end."""
        return list(self._find(len(self._text)))

    def _find(self, before: int) -> Iterator[Detection]:
        for match in self._badges.whole.finditer(self._text, self._open):
            digits = re.sub("[^0-9]", "", match[0])
            if match.start() < before and check_digit(digits[:-1]) == int(digits[-1]):
                start, end = self._start + match.start(), self._start + match.end()
                yield Detection(self._detector, BADGE, start, end, 1.0, {"check": "ISO 7064"})
