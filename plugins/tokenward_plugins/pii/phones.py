"""Phone numbers: what libphonenumber, through Presidio's recognizer, says about each stretch.

What is written in a known shape, or is plain digits and separators, is decided by ``phone_rules``
in a few microseconds, with the same answer; the recognizer itself is asked about the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tokenward_plugins.pii.found import Found, without_duplicates
from tokenward_plugins.pii.kinds import PHONE
from tokenward_plugins.pii.phone_gates import LEAST_DIGITS, MOST_DIGITS, check_regions, gates
from tokenward_plugins.pii.phone_rules import Plan, Plans
from tokenward_plugins.pii.phone_shapes import (
    CALLING,
    DATE,
    DECIMAL,
    EXTENDED,
    GROUPED,
    GROUPED_SCORE,
    NUMBER,
    PLAIN,
    SHAPED,
    SHAPES,
    TIMESTAMP,
    USUAL,
    WITHOUT_EXTENSION,
    YEARS,
)
from tokenward_plugins.pii.recognizer import context_words
from tokenward_plugins.pii.vicinity import Words

VALID = 0.4
DATE_SIZE, YEARS_SIZE = 10, 9
VALIDATED = "libphonenumber"
MOST_GROUPS = 8
MOST_IN_GROUPS = 12
NOT_DIGITS = re.compile(r"\D+")
GROUP = re.compile(r"\d+")
ABROAD = re.compile(r"\+[1-9](?:[ .\-]?\d){7,14}")
"""A number with a country code as it is written most of the time."""
USUAL_CHARACTERS = frozenset("0123456789 ")
NOT_SIGN = re.compile(r"[\d+]+")
BREAKS = (
    (re.compile(r"/+"), True),
    (re.compile(r"(?<=.)(?=\()"), False),
    (re.compile(r"\s-|-\s"), True),
    (re.compile(r"\.+"), False),
    (re.compile(r"\s+"), False),
)
"""Where libphonenumber breaks a stretch up: it looks at the parts, and at the rest if so said."""
EDGE = re.compile(r"[^\W\d_]|[%$\u00a2-\u00a5\u20a0-\u20cf]")
"""What must not touch a number: letters, signs of percent and currency."""


class PhoneJudge:
    """Decides about phone numbers, region by region."""

    __slots__ = ("_first", "_gate", "_lenient", "_plans", "_regions", "words")

    def __init__(self, recognizer: Any, regions: tuple[str, ...]) -> None:
        check_regions(regions)
        self._plans = Plans()
        self._regions = [(self._plans.of(r), recognizer(supported_regions=(r,))) for r in regions]
        self._lenient = recognizer(supported_regions=("US",), leniency=0)
        known = gates(regions, self._plans)
        self._gate = re.compile("|".join(f"(?P<{r}>{one})" for r, one in known.items()))
        self._first: dict[str | None, Plan] = {r: self._plans.of(r) for r in known}
        self.words = tuple(dict.fromkeys((*context_words(recognizer()), *CALLING)))

    def find(
        self, text: str, low: int, high: int, sure: list[Found], words: Words | None
    ) -> list[Found]:
        """Returns the phone numbers between two offsets, but not within what is surely no phone.

        ``words`` is what stands before them, if it counts.
        """
        if sure and any(one.start <= low and high <= one.end for one in sure):
            return []
        usual = USUAL.match(text, low, high + 1)
        if usual and usual.end() == high:
            return [Found(PHONE, low, high, SHAPED, "phone shape", self.words)]
        abroad = ABROAD.match(text, low, high) if text[low] == "+" else None
        if abroad and abroad.end() == high and self._possible(abroad.group()):
            return [Found(PHONE, low, high, SHAPED, "phone shape", self.words)]
        if USUAL_CHARACTERS.issuperset(text[low:high]):
            known = self._spaced(text, low, high, words)
            if known is not None:
                return known
        shaped = self.shaped(text, low, high)
        found: list[Found] = []
        for match in NUMBER.finditer(text, low, high):
            if match.end() - match.start() < LEAST_DIGITS or any(
                one.start <= match.start() and match.end() <= one.end for one in (*shaped, *sure)
            ):
                continue
            found += self._stretch(text, match, shaped, words)
        for one in found:  # libphonenumber sees the characters beside the run as well
            one.start, one.end = max(low, one.start), min(high, one.end)
        return joined(found, without_duplicates(shaped) if len(shaped) > 1 else shaped, text)

    def _stretch(
        self, text: str, match: re.Match[str], shaped: list[Found], words: Words | None
    ) -> Iterator[Found]:
        number = match.group()
        if EXTENDED.search(number):
            core = WITHOUT_EXTENSION.match(number)
            number = core.group() if core else number
        groups = GROUP.findall(number)
        digits = sum(map(len, groups))
        if (
            not plausible(digits, len(groups))
            or ("." in number and DECIMAL.fullmatch(number))
            or (len(number) == DATE_SIZE and DATE.fullmatch(number))
            or (len(number) == YEARS_SIZE and YEARS.fullmatch(number))
        ):
            return
        start, end = match.span()
        yield from self._valid_ones(text, start, end, number, groups)
        if digits <= MOST_IN_GROUPS and not any(
            one.start < end and start < one.end for one in shaped
        ):
            yield from self._grouped(number, start, end, words)

    def _spaced(self, text: str, low: int, high: int, words: Words | None) -> list[Found] | None:
        """Decides about digits in groups with single spaces; ``None`` if more must be looked at."""
        groups = text[low:high].split(" ")
        digits = "".join(groups)
        alone = len(groups) == 1
        if not alone and (max(map(len, groups)) >= LEAST_DIGITS - 1 or not all(groups)):
            return None
        if not plausible(len(digits), len(groups)):
            return []
        gated = self._gate.fullmatch(digits)
        valid: list[Found] = []
        if gated is not None:
            if self._first[gated.lastgroup].accepts(digits) and not _touched(text, low, high):
                return [Found(PHONE, low, high, VALID, VALIDATED, self.words)]
            valid = list(self._valid_ones(text, low, high, text[low:high], groups))
        if valid or alone or len(digits) > MOST_IN_GROUPS:
            return valid
        return list(self._grouped(text[low:high], low, high, words))

    @staticmethod
    def _grouped(number: str, start: int, end: int, words: Words | None) -> Iterator[Found]:
        """Yields digits in groups, valid or not, if a word before them says what they are."""
        if words is not None and words.near(CALLING) and GROUPED.fullmatch(number):
            yield Found(PHONE, start, end, GROUPED_SCORE, "groups after a word", CALLING)

    # -- by shape ---------------------------------------------------------------------------

    def shaped(self, text: str, low: int, high: int) -> list[Found]:
        """Returns the phone numbers that are written in a known shape, valid or not."""
        return [
            one
            for sign, shape in SHAPES
            if sign in text
            for one in self._shaped(text, low, high, shape)
        ]

    def _shaped(self, text: str, low: int, high: int, shape: re.Pattern[str]) -> Iterator[Found]:
        for match in shape.finditer(text, low):
            start, end = match.span()
            if end > high:
                continue
            known = self._possible(match.group())
            if known:
                yield Found(PHONE, start, end, SHAPED, "phone shape", self.words)
            elif known is None:
                for one in self._lenient.analyze(match.group(), [PHONE]):
                    if one.end == end - start:
                        yield Found(
                            PHONE, start + one.start, end, SHAPED, "phone shape", self.words
                        )

    def _possible(self, number: str) -> bool | None:
        """Tells whether a number in a known shape is possible; ``None`` if it must be asked."""
        if EXTENDED.search(number):
            core = WITHOUT_EXTENSION.match(number)
            number = core.group() if core else number
        if not PLAIN.fullmatch(number) or TIMESTAMP.search(number):
            return None
        digits = NOT_DIGITS.sub("", number)
        if "+" in number or digits.startswith("00"):
            plan = self._plans.abroad(digits.removeprefix("00") if "+" not in number else digits)
            return None if plan is None else plan[0].possible(plan[1])
        return True

    # -- by validity ------------------------------------------------------------------------

    def _valid_ones(
        self, text: str, start: int, end: int, number: str, groups: list[str]
    ) -> Iterator[Found]:
        """Yields what is valid in a region, until a region takes the whole stretch."""
        digits = "".join(groups)
        abroad = "+" in number  # with a country code, all regions find the same
        inner = len(groups) > 1 and _breaks(number, groups) and self._inner(number)
        gated = self._gate.fullmatch(digits)
        if not (abroad or inner or gated):
            return
        plain = end - start == len(number) and _is_plain(text, start, end, number)
        if plain and gated and not abroad and self._first[gated.lastgroup].accepts(digits):
            yield Found(PHONE, start, end, VALID, VALIDATED, self.words)
            return
        low = max(0, start - 1)
        for plan, recognizer in self._regions:
            accepted = None if abroad else plan.accepts(digits)
            if accepted and plain:
                yield Found(PHONE, start, end, VALID, VALIDATED, self.words)
                return
            if accepted is False and not inner:
                continue
            for one in recognizer.analyze(text[low : end + 1], [PHONE]):
                at = (low + one.start, low + one.end)
                yield Found(PHONE, *at, VALID, VALIDATED, self.words)
                if at[0] <= start and end <= at[1]:
                    return
            if abroad and not inner:
                return

    def _inner(self, number: str) -> bool:
        """Tells whether a part of a stretch may be a number by itself."""
        for pattern, rests in BREAKS:
            before = 0
            for match in pattern.finditer(number):
                if self._may_be(number[before : match.start()]) or (
                    rests and self._may_be(number[match.end() :])
                ):
                    return True
                before = match.end()
            if before and self._may_be(number[before:]):
                return True
        return False

    def _may_be(self, part: str) -> bool:
        if len(part) < LEAST_DIGITS - 1:
            return False
        digits = NOT_DIGITS.sub("", part)
        return len(digits) >= LEAST_DIGITS - 1 and self._gate.fullmatch(digits) is not None


def _is_plain(text: str, start: int, end: int, number: str) -> bool:
    """Tells whether only the digits decide: nothing else is in the stretch or touches it."""
    if PLAIN.fullmatch(number) is None or TIMESTAMP.search(number):
        return False
    return not _touched(text, start if number[0].isdecimal() else 0, end)


def _touched(text: str, start: int, end: int) -> bool:
    """Tells whether a letter or a sign that makes it no number is beside a stretch."""
    return bool(EDGE.match(text, end) or (start and EDGE.match(text, start - 1)))


def joined(valid: list[Found], shaped: list[Found], text: str) -> list[Found]:
    """Gives a valid number the score of the shape in it, and adds the possible ones.

    A number that begins in a shape ends with it, but for an extension: digits behind
    "(212) 555-0147 " are another one.
    """
    out = list(shaped)
    for one in valid:
        inside = [shape for shape in shaped if shape.within(one)]
        if any(shape.start <= one.start < shape.end for shape in shaped):
            last = inside[-1].end if inside else one.end
            if EXTENDED.search(text, last, one.end) is None:
                continue
        if inside:
            out = [other for other in out if other not in inside]
            one.score = SHAPED
        out.append(one)
    return out


def plausible(digits: int, groups: int) -> bool:
    """Tells whether a number of so many digits, in so many groups, may be a phone number."""
    return LEAST_DIGITS <= digits <= MOST_DIGITS and groups <= min(MOST_GROUPS, digits // 2 + 1)


def _breaks(number: str, groups: list[str]) -> bool:
    """Tells whether a part of a stretch, as libphonenumber breaks it up, may be long enough."""
    signs = set(NOT_SIGN.sub("", number))
    return len(signs) > 1 or "/" in signs or max(map(len, groups)) >= LEAST_DIGITS - 1
