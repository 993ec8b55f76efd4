"""Looks for values in one closed run: cheap gates first, then the recognizers that they let in."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tokenward_plugins.pii.apart import ApartJudge
from tokenward_plugins.pii.characters import CLOSING, PLAIN_TABLE, WITHIN
from tokenward_plugins.pii.context import weighed
from tokenward_plugins.pii.emails import EMAIL
from tokenward_plugins.pii.found import Found, without_duplicates
from tokenward_plugins.pii.gates import GATES
from tokenward_plugins.pii.isbn import REACH, is_isbn
from tokenward_plugins.pii.kinds import NOT_PHONES, PHONE
from tokenward_plugins.pii.phone_gates import LEAST_DIGITS
from tokenward_plugins.pii.recognizer import PatternJudge
from tokenward_plugins.pii.recognizers import Judge, Recognizers
from tokenward_plugins.pii.signatures import USUAL, may_hold, signature
from tokenward_plugins.pii.spelled import spelled
from tokenward_plugins.pii.urls import URL
from tokenward_plugins.pii.urls import unfinished as unfinished_url
from tokenward_plugins.pii.vicinity import Words

UNFINISHED = 0.6
"""The score of what is surely a URL but has no end yet."""

SURE = 0.5
NONE = 1 << 30
LONGEST = max(map(len, USUAL))
CLOSED = re.compile(f"[^{WITHIN}]")
OUTSIDE = re.compile(f"[+{CLOSING}]")
DIGITS = re.compile(r"\d+")


class Finder:
    """Finds the values of some types in runs, with the words before them taken into account."""

    __slots__ = (
        "_apart", "_context", "_email", "_gated", "_hiding", "_least", "_phone", "_types", "_url",
        "_usual",
    )  # fmt: skip

    def __init__(
        self, recognizers: Recognizers, types: frozenset[str], *, context: bool, least: float
    ) -> None:
        self._types = types
        self._context = context
        self._least = least
        self._gated = Gated.of(recognizers.judges(types), least)
        self._hiding = Gated.of(recognizers.judges(NOT_PHONES - types), SURE)
        apart = sorted(types & {"CREDIT_CARD", "IBAN_CODE", "US_SSN"})
        judges = {judge.type: judge for judge in recognizers.judges(apart)}
        self._apart = ApartJudge({k: j for k, j in judges.items() if isinstance(j, PatternJudge)})
        self._phone = recognizers.phone if PHONE in types else None
        self._email = recognizers.email if EMAIL in types else None
        self._url = recognizers.url if URL in types else None
        self._usual = {s: (self._gated.like(s), self._hiding.like(s)) for s in USUAL}

    def find(self, text: str, start: int, end: int, named: int = -1) -> list[Found]:
        """Returns what is in a run of the text, sorted by start.

        ``named`` is where the name in an address ends that is spelled out.
        """
        low = start - 1 if start else 0
        raw = text[low : end + 1]
        left, right = start - low, end - low
        found: list[Found] = []
        if self._email is not None and "@" in raw:
            found += self._email.find(raw, left, right)
        if self._url is not None and ("." in raw or "://" in raw):
            found += self._url.find(raw, left, right)
        found += self._numbers(raw, left, right, Words(text, start, end) if self._context else None)
        if named >= 0 and self._email is not None:
            found += spelled(raw, left, named - low, self._email)
        return self._weighed(found, text, low) if found else found

    def _numbers(self, raw: str, low: int, high: int, words: Words | None) -> list[Found]:
        while raw[high - 1] == "." and high > low:  # the sentence's, mostly; no value ends with it
            high -= 1
        region = raw[low:high]
        sign = signature(region) if high - low <= LONGEST else ""
        gated, hiding = self._usual.get(sign) or (self._gated, self._hiding)
        digits = sign.count("0") if sign.isascii() and sign else count(region)
        phone = self._phone if digits >= LEAST_DIGITS else None
        if digits < gated.fewest and phone is None:
            return []
        text = plain(raw, low, high)
        found = gated.find(text, low, high, digits, words)
        if sign not in self._usual and not (
            found and (found[0].start, found[0].end) == (low, high)
        ):
            found += self._apart.find(text, low, high, digits)
        if phone is not None:
            sure = [
                one
                for one in found
                if one.type in NOT_PHONES and one.score >= SURE and one.label is None
            ]
            phones = phone.find(text, low, high, sure, words)
            if "\n" in region:  # a number over two lines must be in a known shape
                phones += phone.shaped(text.replace("\n", " "), low, high)
            if phones:
                found += hiding.find(text, low, high, digits, words)
                found += phones
        return found

    def _weighed(self, found: list[Found], text: str, low: int) -> list[Found]:
        """Adds what the words before say, and drops what is weak, double or hidden."""
        kept = []
        for one in found:
            one.move(low)
            if one.type == PHONE and is_isbn(
                text[max(0, one.start - REACH) : one.start], text[one.start : one.end]
            ):
                continue
            words = self._context and one.score < 1 and bool(one.words)
            near = words and Words(text, one.start, one.start).near(one.words)
            told = weighed(one, text, context=near) if near or one.label else one
            if told is not None:
                kept.append(told)
        if len(kept) > 1:
            kept = without_overlaps(without_duplicates(kept))
        wanted = [one for one in kept if one.type in self._types and one.score >= self._least]
        if len(wanted) > 1:
            wanted.sort(key=lambda one: (one.start, one.end, one.type))
        return wanted

    def unfinished(self, text: str, end: int, found: list[Found]) -> Found | None:
        """Returns the URL that reaches the end of a part and may go on."""
        start = unfinished_url(text, end, found)
        return (
            None if start is None else Found(URL, start, end, UNFINISHED, "longer than its window")
        )


Row = tuple[int, re.Pattern[str], Judge, Judge | None]
"""The gate of a judge, the judge, and what of it needs no word before a value."""


class Gated:
    """Judges of several types, each asked only about runs that can hold one of its values."""

    __slots__ = ("_rows", "fewest")

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = sorted(rows, key=lambda row: row[0])
        self.fewest = self._rows[0][0] if self._rows else NONE

    @classmethod
    def of(cls, judges: Iterable[Judge], least: float) -> Gated:
        """Returns judges with their gates; ``least`` is the score that counts."""
        return cls((*GATES[judge.type], judge, judge.without_words(least)) for judge in judges)

    def like(self, sign: str) -> Gated:
        """Returns those that may find something in a text with a signature."""
        return Gated(row for row in self._rows if may_hold(row[2].type, sign))

    def find(self, text: str, low: int, high: int, digits: int, words: Words | None) -> list[Found]:
        """Returns what the judges find between two offsets, where there are so many digits."""
        found: list[Found] = []
        for least, shape, judge, alone in self._rows:
            if least > digits:
                break
            if shape.search(text, low, high):
                named = alone is judge or (words is not None and words.near(judge.words))
                asked = judge if named else alone
                if asked is None or (found and hidden(judge.type, found[0], low, high)):
                    continue
                found += asked.find(text, low, high)
        return found


def hidden(kind: str, sure: Found, low: int, high: int) -> bool:
    """Tells whether a run is one value that hides all of some other type in it."""
    return (sure.type, kind) in HIDING and sure.score >= 1 and (sure.start, sure.end) == (low, high)


def count(text: str) -> int:
    """Returns the number of digits, of any script."""
    return sum(map(len, DIGITS.findall(text)))


def plain(raw: str, low: int, high: int) -> str:
    """Returns the text as the patterns for numbers can read it, character by character.

    Typographic spaces and dashes become plain ones. A letter that ends a token (Chinese, Thai)
    becomes a space where it touches the run: the patterns ask for a word boundary there. So does
    a plus sign left of the run, which a phone number would take in.
    """
    left = " " if low and OUTSIDE.match(raw) else raw[:low]
    right = " " if high < len(raw) and CLOSED.match(raw, high) else raw[high:]
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
        return sure.type in NOT_PHONES and sure.score >= SURE and sure.overlaps(one)
    pair = (sure.type, one.type)
    return pair in HIDING and one.within(sure) and sure.score >= one.score


HIDING = frozenset(
    {
        (EMAIL, URL),
        ("IP_ADDRESS", "DATE_TIME"),
        ("IBAN_CODE", "CREDIT_CARD"),
    }
)
