"""Dates, all of a session moved by the same number of days: the time between them stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from tokenward.redact.pseudonym.draw import Draw

MONTHS = (
    "January February March April May June July August September October November December"
).split()
MONTH = "(?P<month>" + "|".join(rf"{m[:3]}(?:t?\.|t|{m[3:]})?" for m in MONTHS) + ")"
DAY = r"(?P<day>\d{1,2})(?P<ordinal>st|nd|rd|th)?"
TIME = r"(?P<rest>(?:[T ,]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?)"
FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<year>\d{{4}})(?P<s>[-/.])(?P<month>\d{{1,2}})(?P=s)(?P<day>\d{{1,2}}){TIME}",
        rf"(?P<a>\d{{1,2}})(?P<s>[-/.])(?P<b>\d{{1,2}})(?P=s)(?P<year>\d{{4}}|\d{{2}}){TIME}",
        rf"{DAY}(?:\s+of)?\s+{MONTH},?\s+(?P<year>\d{{4}}){TIME}",
        rf"{MONTH}\s+{DAY},?\s+(?P<year>\d{{4}}){TIME}",
    )
)
FEWEST_DAYS = 20
MOST_DAYS = 340
CENTURY = 100
LAST_OF_THIS_CENTURY = 40
"""Years of two digits up to here belong to this century."""


def moved(value: str, draw: Draw) -> str | None:
    """Returns the date some weeks or months earlier or later, written as it was.

    ``None`` where the value is no whole date in one of the usual forms.
    """
    found = next((m for m in (form.fullmatch(value) for form in FORMS) if m), None)
    if found is None:
        return None
    shift = draw.part("days", "").below(MOST_DAYS - FEWEST_DAYS) + FEWEST_DAYS + draw.attempt
    if draw.part("direction", "").below(2):
        shift = -shift
    return _written(found, shift)


def _written(found: re.Match[str], days: int) -> str | None:
    named = found.groupdict()
    day, month = _day_and_month(named)
    try:
        other = _date(named["year"], found[month], found[day]) + timedelta(days)
    except (ValueError, OverflowError):
        return None
    new: dict[str, Callable[[str], str]] = {
        "year": lambda was: f"{other.year % CENTURY:02d}" if len(was) == 2 else f"{other.year:04d}",  # noqa: PLR2004
        month: lambda was: _month(was, other.month),
        day: lambda was: f"{other.day:0{len(was)}d}",
        "ordinal": lambda _: _ordinal(other.day),
    }
    out, at = [], 0
    spans = [(found.span(name), make) for name, make in new.items() if named.get(name)]
    for (start, end), make in sorted(spans, key=lambda pair: pair[0]):
        out += [found.string[at:start], make(found.string[start:end])]
        at = end
    return "".join([*out, found.string[at:]])


def _day_and_month(named: dict[str, str | None]) -> tuple[str, str]:
    """Returns the names of the two groups; 03/04 is in March, and of 13/04 the 13 is the day."""
    first = named.get("a")
    if first is None:
        return "day", "month"
    day_first = int(first) > len(MONTHS) or named["s"] == "."
    return ("a", "b") if day_first else ("b", "a")


def _date(year: str | None, month: str, day: str) -> date:
    number = int(year or "")
    if len(year or "") == 2:  # noqa: PLR2004
        number += 2000 if number <= LAST_OF_THIS_CENTURY else 1900
    which = int(month) if month.isdecimal() else _number_of(month)
    return date(number, which, int(day))


def _number_of(month: str) -> int:
    begins = month[:3].title()
    return next(at for at, name in enumerate(MONTHS, 1) if name.startswith(begins))


def _month(was: str, number: int) -> str:
    if was.isdecimal():
        return f"{number:0{len(was)}d}"
    name = MONTHS[number - 1]
    dot = "." if was.endswith(".") else ""
    name = name if len(was) > 3 + len(dot) else name[:3] + dot  # as in Sep or Sep.
    return name.upper() if was.isupper() else name


def _ordinal(day: int) -> str:
    if day in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
