"""Periods of time as users write them: ``START/END`` in ISO 8601, or ``7d``, ``24h``, ``30m``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tokenward.errors import UsageError

UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
LENGTHS = "a length such as 7d, 24h or 30m"
REMEDY = f"write START/END in ISO 8601 UTC, or {LENGTHS}"
REMEDY_OF_REFERENCE = f"{REMEDY}, same_hour_of_week=4, or label=NAME"
DEFAULT = "7d"
WEEKLY = "same_hour_of_week"
LABEL = "label"
MOST_WEEKS = 52

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open period ``[start, end)`` in seconds since the epoch.

    ``spans`` are the parts of it that count, where not all of it does. ``label`` is the only model
    label that counts, ``without`` the one that does not.
    """

    start: float
    end: float
    spans: tuple[Span, ...] = ()
    label: str | None = None
    without: str | None = None

    @property
    def parts(self) -> tuple[Span, ...]:
        """The times that count, in order."""
        return self.spans or ((self.start, self.end),)

    def as_dict(self) -> dict[str, object]:
        """Returns its ends in ISO 8601 UTC, its parts if not all counts, and the model label."""
        told: dict[str, object] = {"start": instant_text(self.start), "end": instant_text(self.end)}
        if self.spans:
            told["parts"] = [[instant_text(end) for end in span] for span in self.spans]
        if self.label is not None:
            told["model_label"] = self.label
        if self.without is not None:
            told["model_label_not"] = self.without
        return told

    def overlaps(self, other: Period) -> bool:
        """Returns whether a row could belong to both."""
        if self.label is not None and self.label == other.without:
            return False
        return any(
            start < other_end and other_start < end
            for start, end in self.parts
            for other_start, other_end in other.parts
        )


@dataclass(frozen=True, slots=True)
class Periods:
    """The two periods that a report compares."""

    reference: Period
    current: Period


def parse_duration(text: str) -> float:
    """Returns the seconds of ``7d``, ``24h``, ``30m`` or ``2w``.

    >>> parse_duration("24h")
    86400.0
    """
    found = re.fullmatch(r"([0-9]{1,5})([mhdw])", text.strip())
    if not found or int(found[1]) == 0:
        raise UsageError(f"cannot read the length of time {text!r}; write such as 7d, 24h or 30m")
    return int(found[1]) * UNITS[found[2]]


def parse_instant(text: str) -> float:
    """Returns the seconds since the epoch of an ISO 8601 date or time; without a zone it is UTC.

    >>> parse_instant("1970-01-02"), parse_instant("1970-01-01T01:00:00+01:00")
    (86400.0, 0.0)
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return zoned.timestamp()
    except (ValueError, OverflowError):
        raise UsageError(
            f"cannot read the time {text!r}; write ISO 8601 UTC, such as 2026-01-31T00:00:00Z"
        ) from None


def parse_zone(name: str) -> ZoneInfo:
    """Returns a time zone by its name in the IANA database.

    >>> parse_zone("Europe/Berlin").key
    'Europe/Berlin'
    """
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # an unknown one is a KeyError, a folder an OSError
        raise UsageError(
            f"unknown time zone {name!r}; write such as UTC, Europe/Berlin or America/New_York"
        ) from None


def instant_text(seconds: float) -> str:
    """Returns a time in ISO 8601 UTC, to the second where it is whole.

    >>> instant_text(0.0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def parse_range(text: str, end: float, what: str = "range") -> Period:
    """Returns the period of ``START/END``, or the length that ends at ``end``.

    >>> parse_range("1h", 7200.0)
    Period(start=3600.0, end=7200.0, spans=(), label=None, without=None)
    """
    remedy = REMEDY_OF_REFERENCE if what.startswith("reference") else REMEDY
    first, slash, last = text.partition("/")
    try:
        if not slash:
            return Period(end - parse_duration(text), end)
        period = Period(parse_instant(first), parse_instant(last))
    except UsageError:
        raise UsageError(f"cannot read the {what} {text!r}; {remedy}") from None
    if period.start >= period.end:
        raise UsageError(f"the {what} {text!r} ends before it starts; {remedy}")
    return period


def parse_periods(
    reference: str | None, current: str | None, now: float, zone: str = "UTC"
) -> Periods:
    """Returns the two periods: a length for the reference ends where the current one starts.

    Without a current range it is the last seven days; without a reference range it is the period
    of the same length before the current one. ``same_hour_of_week=4`` are the same hours of the
    four weeks before, by the clocks of ``zone``; ``label=NAME`` is the traffic of that model label
    in the current period, which the other labels are then compared with.
    """
    period = parse_range(current or DEFAULT, now, "current range")
    if reference is None:
        return Periods(Period(2 * period.start - period.end, period.start), period)
    kind, equals, value = reference.partition("=")
    if equals and kind.strip() == WEEKLY:
        return Periods(same_hours(period, parse_weeks(value), parse_zone(zone)), period)
    if equals and kind.strip() == LABEL and value.strip():
        name = value.strip()
        return Periods(replace(period, label=name), replace(period, without=name))
    return Periods(parse_range(reference, period.start, "reference range"), period)


def parse_weeks(text: str) -> int:
    """Returns a number of weeks."""
    if not text.strip().isdecimal() or not 1 <= int(text) <= MOST_WEEKS:
        raise UsageError(f"{WEEKLY} is {text!r}; write a number of weeks from 1 to {MOST_WEEKS}")
    return int(text)


def same_hours(period: Period, weeks: int, zone: ZoneInfo) -> Period:
    """Returns the same hours of the weeks before a period, by the clocks of a zone.

    Where the clocks change in between, nine o'clock stays nine o'clock. Hours that a change left
    out have no counterpart.
    """
    if period.end - period.start > UNITS["w"]:
        raise UsageError(
            f"{WEEKLY} compares hours of a week, but the current range is longer than 7d; "
            "shorten it, or compare with a range"
        )
    moved = [
        (weeks_before(period.start, number, zone), weeks_before(period.end, number, zone))
        for number in range(weeks, 0, -1)
    ]
    spans = joined([(start, min(end, period.start)) for start, end in moved])
    if not spans:
        raise UsageError(f"{WEEKLY} finds no such hour in {weeks} weeks; name more weeks")
    return Period(spans[0][0], spans[-1][1], spans)


def joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Returns ordered spans without the empty ones, those that touch or overlap as one.

    >>> joined([(0.0, 2.0), (1.0, 3.0), (4.0, 4.0), (5.0, 6.0)])
    ((0.0, 3.0), (5.0, 6.0))
    """
    found: list[Span] = []
    for start, end in spans:
        if found and start <= found[-1][1] < end:
            found[-1] = (found[-1][0], end)
        elif start < end and not (found and end <= found[-1][1]):
            found.append((start, end))
    return tuple(found)


def weeks_before(seconds: float, weeks: int, zone: ZoneInfo) -> float:
    """Returns the moment at which the clocks of a zone showed the same, some weeks before."""
    shown = datetime.fromtimestamp(seconds, zone)
    wall = shown.replace(tzinfo=None) - timedelta(weeks=weeks)
    return wall.replace(tzinfo=zone, fold=shown.fold).timestamp()
