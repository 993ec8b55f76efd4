"""Reads dates in the ways that English writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?:1[0-9]|20|21)\d\d"
DATE = re.compile(
    rf"\b(?P<m1>{_MONTH})\s+(?P<d1>{_DAY})(?:,?\s+(?P<y1>{_YEAR}))?\b"
    rf"|\b(?P<d2>{_DAY})(?:\s+of)?\s+(?P<m2>{_MONTH})(?:,?\s+(?P<y2>{_YEAR}))?\b"
    rf"|\b(?P<m3>{_MONTH})(?:\s+of)?,?\s+(?P<y3>{_YEAR})\b"
    rf"|\b(?P<y4>{_YEAR})[-/.](?P<n4>[01]?\d)[-/.](?P<d4>[0-3]?\d)\b"
    rf"|\b(?P<a5>[0-3]?\d)[/.\-](?P<b5>[0-3]?\d)[/.\-](?P<y5>{_YEAR})\b"
    rf"|\b(?P<y6>{_YEAR})\b(?!\s?%)",
    re.IGNORECASE,
)
LAST_MONTH, LAST_DAY = 12, 31


class Date(NamedTuple):
    """A date, of which parts may be missing (``None``), with its place."""

    year: int | None
    month: int | None
    day: int | None
    start: int
    end: int
    swapped: bool = False
    """Whether day and month may stand the other way round, as in 03/04/2021."""

    def within(self, others: Iterable[Date]) -> bool:
        """Tells whether one of other dates says all that this one does.

        >>> said = dates_of("It opened on 5 March 2021.")
        >>> [dates_of(one)[0].within(said) for one in ("March 5", "2021-03-05", "March 6, 2021")]
        [True, True, False]
        """
        return any(self._agrees(other) for other in others)

    def _agrees(self, other: Date) -> bool:
        if self.year is not None and self.year != other.year:
            return False
        theirs = {(other.month, other.day), other.turned}
        return any(
            month in (None, m) and day in (None, d)
            for month, day in {(self.month, self.day), self.turned}
            for m, d in theirs
        )

    @property
    def turned(self) -> tuple[int | None, int | None]:
        """Month and day as they are if they stand the other way round."""
        return (self.day, self.month) if self.swapped else (self.month, self.day)


def dates_of(text: str) -> list[Date]:
    """Returns the dates of a text, single years among them.

    >>> [one[:3] for one in dates_of("in 1999, on May 3rd; 2020-02-29, in June 2012")]
    [(1999, None, None), (None, 5, 3), (2020, 2, 29), (2012, 6, None)]
    """
    return [one for one in map(_date, DATE.finditer(text)) if one is not None]


def _date(found: re.Match[str]) -> Date | None:
    start, end = found.span()
    if found["y6"]:
        return Date(int(found["y6"]), None, None, start, end)
    if found["y4"]:
        return _checked(int(found["y4"]), int(found["n4"]), int(found["d4"]), start, end)
    if found["y5"]:
        first, second = int(found["a5"]), int(found["b5"])
        if first > LAST_MONTH:
            first, second = second, first
        swapped = second <= LAST_MONTH
        return _checked(int(found["y5"]), first, second, start, end, swapped=swapped)
    for n in "123":
        month = found[f"m{n}"]
        if month:
            number = _month(month)
            if number is None:
                return None
            day = found[f"d{n}"] if n != "3" else None
            year = found[f"y{n}"]
            of_day = int(re.sub(r"\D", "", day)) if day else None
            return Date(int(year) if year else None, number, of_day, start, end)
    return None


def _month(written: str) -> int | None:
    name = written.lower().rstrip(".")
    for number, month in enumerate(MONTHS, start=1):
        if month.startswith(name) or (name == "sept" and number == 9):  # noqa: PLR2004
            return number
    return None


def _checked(
    year: int, month: int, day: int, start: int, end: int, *, swapped: bool = False
) -> Date | None:
    if not 1 <= month <= LAST_MONTH or not 1 <= day <= LAST_DAY:
        return None
    return Date(year, month, day, start, end, swapped)
