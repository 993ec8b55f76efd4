"""Looks for values in one closed run: cheap gates first, then the recognizers that they let in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tokenward_plugins.pii.characters import CLOSING, PLAIN_TABLE
from tokenward_plugins.pii.context import boosted
from tokenward_plugins.pii.emails import EMAIL
from tokenward_plugins.pii.emails import unfinished as unfinished_email
from tokenward_plugins.pii.found import Found, without_duplicates
from tokenward_plugins.pii.kinds import NOT_PHONES, PHONE
from tokenward_plugins.pii.recognizers import Recognizers
from tokenward_plugins.pii.runs import Run
from tokenward_plugins.pii.urls import URL
from tokenward_plugins.pii.urls import unfinished as unfinished_url

HEX = "[0-9A-Fa-f]"
GATES = {
    kind: (digits, re.compile(shape))
    for kind, digits, shape in (
        ("CREDIT_CARD", 12, r"\d{4}"),
        ("CRYPTO", 1, r"(?:bc1|[13])[A-Za-z0-9]{25}"),
        ("DATE_TIME", 1, r"\d[\-./]\d|\d-[A-Za-z]{3}|[A-Za-z]{3}-\d"),
        ("IBAN_CODE", 4, r"[A-Z]{2}\d{2}[ -]?[A-Z0-9]{4}"),
        ("IP_ADDRESS", 0, rf"\d\.\d+\.\d+\.\d|::|:{HEX}*:"),
        ("MAC_ADDRESS", 0, rf"{HEX}{{2}}([:-]){HEX}{{2}}\1|{HEX}{{4}}\.{HEX}{{4}}\."),
        ("MEDICAL_LICENSE", 7, r"[A-Za-z][A-Za-z9]\d{7}"),
        ("UK_NHS", 10, r"\d{3}"),
        ("US_BANK_NUMBER", 8, r"\d{8}"),
        ("US_DRIVER_LICENSE", 1, r"[A-Za-z]\d|\d[A-Za-z]|\d{6}"),
        ("US_ITIN", 9, r"9\d{2}"),
        ("US_PASSPORT", 8, r"\d{8}"),
        ("US_SSN", 9, r"\d{9}|\d{5}-\d|\d{3}-\d{6}|\d{3}[ .-]\d{2}[ .-]\d"),
        ("UUID", 1, rf"{HEX}{{8}}-{HEX}{{4}}-"),
    )
}
"""What a run must have, at least, before the patterns of a type are tried on it."""

UNFINISHED = {URL: 0.6, EMAIL: 1.0}
"""The scores of what is surely an address but has no end yet."""

TRIVIAL = 5
CLOSED = re.compile(f"[{CLOSING}]")
OUTSIDE = re.compile(f"[+{CLOSING}]")
DIGIT = re.compile(r"\d")


class Finder:
    """Finds the values of some types in runs, with the words before them taken into account."""

    __slots__ = ("_context", "_least", "_numbers", "_recognizers", "_types", "_with_phones")

    def __init__(
        self, recognizers: Recognizers, types: frozenset[str], *, context: bool, least: float
    ) -> None:
        self._recognizers = recognizers
        self._types = types
        self._context = context
        self._least = least
        self._numbers = [r for kind, r in recognizers.numbers.items() if kind in types]
        self._with_phones = [
            r for kind, r in recognizers.numbers.items() if kind in types | NOT_PHONES
        ]

    def find(self, text: str, start: int, end: int) -> list[Found]:
        """Returns what is in a run of the text, sorted by start."""
        if end - start <= TRIVIAL and text[start:end].isdecimal():
            return []
        low = max(0, start - 1)
        raw = text[low : end + 1]
        inside = (start - low, end - low)
        found = [*self._addresses(raw, *inside), *self._digits(plain(raw, *inside), *inside)]
        moved = [one.moved(low) for one in found]
        if self._context:
            moved = [boosted(one, text) for one in moved]
        kept = without_overlaps(without_duplicates(moved))
        wanted = [one for one in kept if one.type in self._types and one.score >= self._least]
        return sorted(wanted, key=lambda one: (one.start, one.end, one.type))

    def _addresses(self, raw: str, low: int, high: int) -> Iterator[Found]:
        if EMAIL in self._types and "@" in raw:
            yield from self._recognizers.email.find(raw, low, high)
        if URL in self._types and ("." in raw or "://" in raw):
            yield from self._recognizers.url.find(raw, low, high)

    def _digits(self, text: str, low: int, high: int) -> Iterator[Found]:
        digits = len(DIGIT.findall(text, low, high))
        numbers = self._numbers
        if PHONE in self._types and digits >= 7:  # noqa: PLR2004
            yield from self._recognizers.phone.find(text, low, high)
            numbers = self._with_phones
        for judge in numbers:
            least, shape = GATES[judge.type]
            if digits >= least and shape.search(text, low, high):
                yield from judge.find(text, low, high)

    def unfinished(self, text: str, run: Run, end: int, found: list[Found]) -> Found | None:
        """Returns the address that reaches the end of a run that is longer than its window."""
        starts: dict[str, int | None] = {}
        if run.in_path:
            starts[URL] = unfinished_url(text, end, found)
        if EMAIL in self._types:
            starts[EMAIL] = unfinished_email(text, run.start, end)
        open_ones = [
            Found(kind, at, end, UNFINISHED[kind], "longer than its window")
            for kind, at in starts.items()
            if at is not None
        ]
        return min(open_ones, key=lambda one: one.start, default=None)


def plain(raw: str, low: int, high: int) -> str:
    """Returns the text as the patterns for numbers can read it, character by character.

    Typographic spaces and dashes become plain ones. A letter that ends a token (Chinese, Thai)
    becomes a space where it touches the run: the patterns ask for a word boundary there. So does
    a plus sign left of the run, which a phone number would take in.
    """
    left = " " if low and OUTSIDE.match(raw[0]) else raw[:low]
    right = " " if high < len(raw) and CLOSED.match(raw[high]) else raw[high:]
    text = left + raw[low:high] + right
    return text if text.isascii() else text.translate(PLAIN_TABLE)


def without_overlaps(found: list[Found]) -> list[Found]:
    """Drops what is only a part, or another reading, of a surer finding.

    A host name in an e-mail address, a date in an IP address, a card in an account number; and
    a phone number that shares digits with a card, an account, a date or an address.
    """
    return [one for one in found if not any(_hides(other, one) for other in found)]


def _hides(sure: Found, one: Found) -> bool:
    if one.type == PHONE:
        return sure.type in NOT_PHONES and sure.score >= 0.5 and sure.overlaps(one)  # noqa: PLR2004
    pair = (sure.type, one.type)
    return pair in HIDING and one.within(sure) and sure.score >= one.score


HIDING = frozenset(
    {
        (EMAIL, URL),
        ("IP_ADDRESS", "DATE_TIME"),
        ("IBAN_CODE", "CREDIT_CARD"),
    }
)
