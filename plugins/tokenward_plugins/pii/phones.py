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

from tokenward_plugins.pii.found import Found, without_duplicates
from tokenward_plugins.pii.kinds import PHONE
from tokenward_plugins.pii.phone_gates import LEAST_DIGITS, MOST_DIGITS, check_regions, gate
from tokenward_plugins.pii.phone_shapes import (
    CALLING,
    DECIMAL,
    GROUPED,
    GROUPED_SCORE,
    NUMBER,
    SHAPED,
    SHAPES,
    WITHOUT_EXTENSION,
)
from tokenward_plugins.pii.recognizer import context_words

MOST_GROUPS = 8
MOST_IN_GROUPS = 12


class PhoneJudge:
    """Asks Presidio's phone recognizer, region by region."""

    __slots__ = ("_gates", "_lenient", "_valid", "words")

    def __init__(self, recognizer: Any, regions: tuple[str, ...]) -> None:
        check_regions(regions)
        self._valid = {r: recognizer(supported_regions=(r,)) for r in regions}
        self._lenient = recognizer(supported_regions=("US",), leniency=0)
        self._gates = {region: gate(region) for region in regions}
        self.words = tuple(dict.fromkeys((*context_words(recognizer()), *CALLING)))

    def find(self, text: str, low: int, high: int) -> list[Found]:
        """Returns the phone numbers between two offsets."""
        found: list[Found] = []
        for match in NUMBER.finditer(text, low, high):
            number = WITHOUT_EXTENSION.match(match.group())
            if number and _plausible(number.group()):
                found += self._valid_ones(text, match.start(), match.end(), number.group())
                if _grouped(number.group()):
                    pattern = "groups after a word for phones"
                    span = (match.start(), match.end())
                    found.append(Found(PHONE, *span, GROUPED_SCORE, pattern, CALLING))
        shaped = [one for shape in SHAPES for one in self._shaped(text, low, high, shape)]
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

    def _shaped(self, text: str, low: int, high: int, shape: re.Pattern[str]) -> Iterator[Found]:
        for match in shape.finditer(text, low):
            if match.end() <= high:
                for one in _analyze(self._lenient, match.group()):
                    if one.end == match.end() - match.start():
                        found = one.moved(match.start())
                        yield replace(found, score=SHAPED, words=self.words, pattern="phone shape")

    @staticmethod
    def _joined(valid: list[Found], shaped: list[Found]) -> list[Found]:
        """Gives a valid number the score of its shape, and adds the possible ones."""
        raised = [
            replace(one, score=SHAPED) if any(s.within(one) for s in shaped) else one
            for one in valid
        ]
        return raised + [s for s in shaped if not any(s.within(one) for one in valid)]


def _plausible(number: str) -> bool:
    groups = re.findall(r"\d+", number)
    digits = sum(map(len, groups))
    return (
        LEAST_DIGITS <= digits <= MOST_DIGITS
        and len(groups) <= min(MOST_GROUPS, digits // 2 + 1)
        and DECIMAL.fullmatch(number) is None
    )


def _grouped(number: str) -> bool:
    digits = sum(map(str.isdecimal, number))
    return digits <= MOST_IN_GROUPS and GROUPED.fullmatch(number) is not None


def _analyze(recognizer: Any, text: str) -> Iterator[Found]:
    found = partial(Found, PHONE, pattern="libphonenumber")
    for result in recognizer.analyze(text, [PHONE]):
        yield found(result.start, result.end, result.score)
