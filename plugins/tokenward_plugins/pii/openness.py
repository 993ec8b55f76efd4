"""Where in a text a value may begin: the pre-filter that looks at every character once."""

from __future__ import annotations

import re

from tokenward_plugins.pii.beginnings import BEGINNINGS, LONGEST_BEGINNING, OVER_SPACES
from tokenward_plugins.pii.characters import WITHIN
from tokenward_plugins.pii.kinds import ADDRESSES, NUMBERS, PHONES
from tokenward_plugins.pii.limits import OPEN, TOKEN
from tokenward_plugins.pii.quiet import LEAD, passing, quiet

TOKEN_CHARACTERS = re.compile(f"[{WITHIN}]*")
LEAD_AT_END = re.compile(rf"{LEAD}\Z")
LONG_TOKEN = re.compile(f"[{WITHIN}]{{{TOKEN + 1}}}")
BRACKETED = r"[(\[{<][ ]?(?:@|[aA][tT])[ ]?[)\]}>]"
BRACKET_AT_END = re.compile(r"[(\[{<][ ]?(?:@|[aA][tT]?)?[ ]?\Z")
BOUNDARY = rf"(?:(?<![^\W_])|(?<=[^{WITHIN}]))"


class Openness:
    """Tells, for the types asked for, which characters matter and what may have begun.

    A *trigger* is a character without which no value is complete: a digit, ``@``, a dot or colon
    inside a word. Where values may begin with any word, ``quiet`` takes in whole quiet words at
    once; for other types, text without triggers costs one search.
    """

    __slots__ = (
        "_addresses",
        "_beginning",
        "_email",
        "_passing",
        "_phone",
        "quiet",
        "special",
        "trigger",
    )

    def __init__(self, types: frozenset[str]) -> None:
        self._addresses = bool(types & ADDRESSES)
        self._phone = bool(types & PHONES)
        self._email = "EMAIL_ADDRESS" in types
        trigger = _trigger(types)
        self.trigger = re.compile(trigger)
        opening = r"|[+(\[{<\uff08\uff3b]" if self._phone or self._email else ""
        self.special = re.compile(trigger + opening)
        beginning = types & OVER_SPACES if self._addresses else types
        known = "|".join(BEGINNINGS[kind] for kind in sorted(beginning) if kind in BEGINNINGS)
        self._beginning = re.compile(rf"{BOUNDARY}(?:{known})\Z") if known else None
        by_word = self._addresses and self._beginning is None
        self.quiet = quiet(types).match if by_word else None
        self._passing = None if self._addresses else passing(types)

    def following(self, text: str, mark: int) -> tuple[int, int]:
        """Returns where the next run begins behind what is settled, and its trigger.

        Without a trigger (-1), it is what may be open at the end of the text.
        """
        if self._addresses and LONG_TOKEN.match(text, mark):
            return mark, mark
        low = mark
        if self._passing is not None:
            low = self._passing.match(text, mark).end()  # type: ignore[union-attr]
        trigger = self.trigger.search(text, low)
        if trigger is None:
            return self.start(text, mark, len(text)), -1
        at, end = trigger.span()
        return (at if at == end else self.start(text, mark, at)), at

    def start(self, text: str, low: int, high: int) -> int:
        """Returns where the value that may be open at ``high`` begins, or ``high``."""
        start = token_start(text, low, high) if self._addresses else high
        if self._beginning is not None:
            begun = self._beginning.search(text, max(low, high - LONGEST_BEGINNING), high)
            start = min(start, begun.start()) if begun else start
        if self._phone:
            lead = LEAD_AT_END.search(text, max(low, high - 5), high)
            start = min(start, lead.start()) if lead else start
        if self._email and (high == len(text) or text[high] == "@"):
            bracket = BRACKET_AT_END.search(text, max(low, high - 5), high)
            start = min(start, token_start(text, low, bracket.start())) if bracket else start
        return start


def token_start(text: str, low: int, high: int) -> int:
    """Returns where the token that ends at ``high`` begins."""
    size = OPEN
    while True:
        begin = max(low, high - size)
        length = TOKEN_CHARACTERS.match(text[begin:high][::-1]).end()  # type: ignore[union-attr]
        if length < high - begin or begin == low:
            return high - length
        size *= 4


def _trigger(types: frozenset[str]) -> str:
    parts = []
    if types & (NUMBERS | PHONES):
        parts.append(r"\d")
    if "EMAIL_ADDRESS" in types:
        parts.append(rf"@|{BRACKETED}")
    if types & ADDRESSES:  # a token too long to be waited for is looked at, whatever is in it
        parts.append(rf"(?<![{WITHIN}])(?=[{WITHIN}]{{{TOKEN + 1}}})")
    if types & {"URL", "MAC_ADDRESS"}:
        parts.append(r"\.(?=[^\W_]|\Z)")
    if types & {"URL", "IP_ADDRESS", "MAC_ADDRESS"}:
        parts.append(r":(?=[/:0-9A-Fa-f]|\Z)")
    if "MAC_ADDRESS" in types:  # one without a single digit, with hyphens
        parts.append(r"(?<=[A-Fa-f]{2}-[A-Fa-f]{2})-")
    return "|".join(parts) or r"(?!)"
