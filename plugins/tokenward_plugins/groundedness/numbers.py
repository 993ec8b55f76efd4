"""Reads numbers in the ways that English writes them, so that equal ones are known to be equal."""

from __future__ import annotations

import re
from typing import NamedTuple

SMALL = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
SCALES = {
    "hundred": 100.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "hundreds": 100.0, "thousands": 1e3, "millions": 1e6, "billions": 1e9, "trillions": 1e12,
    "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12, "dozen": 12.0,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "twentieth": 20,
    "thirtieth": 30,
}  # fmt: skip
MULTIPLES = {"half": 0.5, "quarter": 0.25, "twice": 2.0, "double": 2.0, "triple": 3.0}

_DIGITS = r"(?:\d{1,3}(?:[,\u00a0\u202f']\d{3})++(?!\d)|\d++)(?:\.\d++)?+"
_NAMES = "|".join(sorted([*SMALL, *TENS], key=len, reverse=True))
_SCALES = "|".join(sorted((s for s in SCALES if len(s) > 2), key=len, reverse=True))  # noqa: PLR2004
_SHORT = "|".join(s for s in SCALES if len(s) <= 2)  # noqa: PLR2004
NUMBER = re.compile(
    rf"(?<![\w.])(?P<digits>{_DIGITS})"
    rf"(?:(?P<ordinal>st|nd|rd|th)\b|[ -]?(?P<scale>(?:{_SCALES}|{_SHORT})\b(?!\.\w))"
    r"|[a-z]{1,4}\b)?"
    rf"|\b(?P<words>(?:{_NAMES})(?:[ -](?:and )?(?:{_NAMES}|{_SCALES}))*|(?:{_SCALES}))\b"
    rf"|\b(?P<ordinals>{'|'.join(ORDINALS)})\b|\b(?P<multiple>{'|'.join(MULTIPLES)})\b",
    re.IGNORECASE,
)
PERCENT = re.compile(r"\s?(?:%|\u2030|per ?cent\b|percentage points?\b)", re.IGNORECASE)
ROUNDED = 10_000
"""Whole numbers from this one on are often said rounded; a smaller one is meant."""
FAINT = 3
"""Numbers in words up to this one are often no count of anything that a text says."""


class Number(NamedTuple):
    """A number with its place; ``exact`` is false for what words such as "half" or "one" say."""

    value: float
    start: int
    end: int
    percent: bool
    exact: bool
    ordinal: bool

    def same(self, other: Number) -> bool:
        """Tells whether two numbers are the same, one of them perhaps rounded.

        >>> one, other = numbers_of("about 1.2 million")[0], numbers_of("1,234,567")[0]
        >>> one.same(other)
        True
        """
        if self.value == other.value:
            return True
        if self.percent != other.percent:
            return self.value * (0.01 if self.percent else 1) == other.value * (
                0.01 if other.percent else 1
            )
        return self.value == rounded_like(other.value, self.value)


def rounded_like(value: float, like: float) -> float:
    """Returns a number rounded to as many figures as another one has, at least two.

    >>> rounded_like(1_234_567, 1_200_000), rounded_like(2021, 2000)
    (1200000.0, 2021)
    """
    if not like or not value or (abs(value) < ROUNDED and float(value).is_integer()):
        return value
    figures = max(2, len(f"{abs(like):.10g}".replace(".", "").strip("0")))
    return float(f"{value:.{figures}g}")


def numbers_of(text: str) -> list[Number]:
    """Returns the numbers of a text.

    >>> [n.value for n in numbers_of("1,000 or one thousand; twenty-five %, 2.5k, the 3rd")]
    [1000.0, 1000.0, 25.0, 2500.0, 3.0]
    """
    found = []
    for match in NUMBER.finditer(text):
        value, exact = _value(match)
        behind = PERCENT.match(text, match.end())
        end = behind.end() if behind else match.end()
        ordinal = bool(match["ordinal"] or match["ordinals"])
        found.append(Number(value, match.start(), end, behind is not None, exact, ordinal))
    return found


def _value(match: re.Match[str]) -> tuple[float, bool]:
    """Returns a number's value, and whether it is surely meant as one."""
    digits = match["digits"]
    if digits is not None:
        value = float(re.sub(r"[,\u00a0\u202f']", "", digits))
        scale = match["scale"]
        return value * (SCALES[scale.lower()] if scale else 1.0), True
    if match["ordinals"]:
        return float(ORDINALS[match["ordinals"].lower()]), False
    if match["multiple"]:
        return MULTIPLES[match["multiple"].lower()], False
    value = _spelled(match["words"].lower())
    return value, value > FAINT


def _spelled(words: str) -> float:
    total, part = 0.0, 0.0
    for word in re.split(r"[ -]", words):
        if word == "and":
            continue
        if word in SCALES:
            scale = SCALES[word]
            if scale == SCALES["hundred"]:
                part = (part or 1.0) * scale
            else:
                total, part = total + (part or 1.0) * scale, 0.0
        else:
            part += SMALL.get(word, TENS.get(word, 0))
    return total + part
