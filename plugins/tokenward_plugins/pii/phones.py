"""Phone numbers: Presidio's recognizer (libphonenumber) on the stretches that can be one.

The recognizer tries each region over the whole text, 40 to 100 microseconds a region and number.
Here a region is only asked if the digits can be one of its numbers, which its metadata tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from tokenward.errors import UsageError
from tokenward_plugins.pii.characters import NUMBER_DOT, NUMBER_SPACE
from tokenward_plugins.pii.found import Found, without_duplicates
from tokenward_plugins.pii.kinds import PHONE
from tokenward_plugins.pii.recognizer import context_words

LEAST_DIGITS = 7
MOST_DIGITS = 17
MOST_GROUPS = 8
BETWEEN = f"[{NUMBER_SPACE}{NUMBER_DOT}]{{0,4}}"
EXTENSION = r"(?:[ ,;]{0,2}(?:ext(?:ensio)?n?|x|#)[.:]?[ ]{0,2}\d{1,8})?"
NUMBER = re.compile(
    rf"(?:\+[ ]?)?(?:[(\[][ ]?\+?)?\d(?:{BETWEEN}\d)+{EXTENSION}", re.IGNORECASE
)
WITHOUT_EXTENSION = re.compile(rf".*?(?={EXTENSION}\Z)", re.IGNORECASE | re.DOTALL)
DECIMAL = re.compile(r"\d{1,2}\.\d{5,}|\d{4,}\.\d+")
EDGE = r"(?<![\w.\-])"
AREA = rf"(?:{EDGE}(?:\+?1[-. ])?[2-9]\d{{2}}[-. ]|(?:{EDGE}\+?1[-. ]?)?\([2-9]\d{{2}}\)[-. ]?)"
END = r"(?![\w]|[-.]\d)"
SHAPES = (
    (re.compile(rf"{AREA}\d{{3}}[-. ]\d{{4}}{END}"), 0.6),
    (re.compile(rf"\+[1-9](?:[{NUMBER_SPACE}{NUMBER_DOT}]{{0,3}}\d){{7,14}}(?!\d)"), 0.6),
    (re.compile(rf"{EDGE}(?<!\d )555-01\d{{2}}{END}"), 0.6),
    (re.compile(rf"{EDGE}(?<!\d )[2-9]\d{{2}}-\d{{4}}{END}"), 0.2),
)
"""Written like a phone number: found if only possible (555-01xx is not valid), and scored higher
than a bare run of digits that happens to be valid somewhere."""


class PhoneJudge:
    """Asks Presidio's phone recognizer, region by region."""

    __slots__ = ("_gates", "_lenient", "_valid", "words")

    def __init__(self, recognizer: Any, regions: tuple[str, ...]) -> None:
        check_regions(regions)
        self._valid = {r: recognizer(supported_regions=(r,)) for r in regions}
        self._lenient = recognizer(supported_regions=("US",), leniency=0)
        self._gates = {region: _gate(region) for region in regions}
        self.words = context_words(recognizer())

    def find(self, text: str, low: int, high: int) -> list[Found]:
        """Returns the phone numbers between two offsets."""
        found: list[Found] = []
        for match in NUMBER.finditer(text, low, high):
            number = WITHOUT_EXTENSION.match(match.group())
            if number and _plausible(number.group()):
                found += self._valid_ones(text, match.start(), match.end(), number.group())
        shaped = [one for shape in SHAPES for one in self._shaped(text, low, high, *shape)]
        joined = self._joined(found, without_duplicates(shaped))
        return [replace(one, start=max(low, one.start), end=min(high, one.end)) for one in joined]

    def _valid_ones(self, text: str, start: int, end: int, number: str) -> Iterator[Found]:
        """Yields what the recognizer finds, until a region takes the whole stretch."""
        groups = re.findall(r"\d+", number)
        low = max(0, start - 1)
        anywhere = "+" in number  # with a country code, all regions find the same
        for region, recognizer in self._valid.items():
            if not anywhere and not self._possible(region, groups):
                continue
            anywhere = False
            for one in _analyze(recognizer, text[low : end + 1]):
                yield replace(one.moved(low), words=self.words)
                if one.end + low >= end and one.start + low <= start:
                    return

    def _possible(self, region: str, groups: list[str]) -> bool:
        gate = self._gates[region]
        for first in range(len(groups)):
            digits = ""
            for group in groups[first:]:
                digits += group
                if len(digits) >= LEAST_DIGITS - 1 and gate.fullmatch(digits):
                    return True
        return False

    def _shaped(
        self, text: str, low: int, high: int, shape: re.Pattern[str], score: float
    ) -> Iterator[Found]:
        for match in shape.finditer(text, low):
            if match.end() <= high:
                for one in _analyze(self._lenient, match.group()):
                    if one.end == match.end() - match.start():
                        found = one.moved(match.start())
                        yield replace(found, score=score, words=self.words, pattern="phone shape")

    @staticmethod
    def _joined(valid: list[Found], shaped: list[Found]) -> list[Found]:
        """Gives a valid number the score of its shape, and adds the possible ones."""
        raised = [
            replace(one, score=max([one.score, *(s.score for s in shaped if s.within(one))]))
            for one in valid
        ]
        return raised + [s for s in shaped if not any(s.within(one) for one in valid)]


def check_regions(regions: tuple[str, ...]) -> None:
    """Refuses what libphonenumber does not know."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415  (only where the plugin is used)

    for region in regions:
        if region not in SUPPORTED_REGIONS:
            raise UsageError(
                f"detector 'pii': unknown region {region!r} in 'regions'; "
                "use two-letter codes in capitals, such as US, GB, DE"
            )


def _plausible(number: str) -> bool:
    groups = re.findall(r"\d+", number)
    digits = sum(map(len, groups))
    return (
        LEAST_DIGITS <= digits <= MOST_DIGITS
        and len(groups) <= min(MOST_GROUPS, digits // 2 + 1)
        and DECIMAL.fullmatch(number) is None
    )


def _gate(region: str) -> re.Pattern[str]:
    """Returns a pattern that all numbers of a region match, written without a plus sign.

    In libphonenumber's order: an international prefix and anything, or the country code and the
    national prefix, both optional, and the digits of the national number.
    """
    from phonenumbers import PhoneMetadata  # noqa: PLC0415

    data = PhoneMetadata.metadata_for_region(region, None)
    number = data.general_desc.national_number_pattern
    prefix = data.national_prefix_for_parsing or ""
    national = f"(?:{number})?" if data.national_prefix_transform_rule else f"(?:{number})"
    before = f"(?:{data.country_code})?(?:{prefix}){{0,2}}"
    if _needs_prefix(data):
        known = "|".join(
            f"(?={form.leading_digits_pattern[-1] if form.leading_digits_pattern else ''})"
            f"{form.pattern}\\Z"
            for form in data.number_format
            if _has_prefix_rule(form)
        )
        before = f"(?:{data.country_code}(?:{prefix}){{0,2}}|{prefix}|(?!{known}))"
    return re.compile(rf"(?:{data.international_prefix or '(?!)'})\d+|{before}{national}")


def _needs_prefix(data: Any) -> bool:
    """Tells whether a bare national number is refused without its national prefix (Germany)."""
    lengths = ["1" * length for length in range(LEAST_DIGITS, MOST_DIGITS + 1)]
    return bool(data.number_format) and all(
        _has_prefix_rule(form) or not any(re.fullmatch(form.pattern, one) for one in lengths)
        for form in data.number_format
    )


def _has_prefix_rule(form: Any) -> bool:
    rule = form.national_prefix_formatting_rule
    optional = form.national_prefix_optional_when_formatting
    return bool(rule) and rule.strip("()") != "$1" and not optional


def _analyze(recognizer: Any, text: str) -> Iterator[Found]:
    found = partial(Found, PHONE, pattern="libphonenumber")
    for result in recognizer.analyze(text, [PHONE]):
        yield found(result.start, result.end, result.score)
