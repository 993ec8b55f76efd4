"""Periods of time as users write them: ``START/END`` in ISO 8601, or ``7d``, ``24h``, ``30m``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from tokenward.errors import UsageError

UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
REMEDY = "write START/END in ISO 8601 UTC, or a length such as 7d, 24h or 30m"
DEFAULT = "7d"


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open period ``[start, end)`` in seconds since the epoch."""

    start: float
    end: float

    def as_dict(self) -> dict[str, str]:
        """Returns its ends in ISO 8601 UTC."""
        return {"start": instant_text(self.start), "end": instant_text(self.end)}

    def overlaps(self, other: Period) -> bool:
        """Returns whether the two share time."""
        return self.start < other.end and other.start < self.end


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


def instant_text(seconds: float) -> str:
    """Returns a time in ISO 8601 UTC, to the second where it is whole.

    >>> instant_text(0.0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def parse_range(text: str, end: float, what: str = "range") -> Period:
    """Returns the period of ``START/END``, or the length that ends at ``end``.

    >>> parse_range("1h", 7200.0)
    Period(start=3600.0, end=7200.0)
    """
    first, slash, last = text.partition("/")
    try:
        if not slash:
            return Period(end - parse_duration(text), end)
        period = Period(parse_instant(first), parse_instant(last))
    except UsageError:
        raise UsageError(f"cannot read the {what} {text!r}; {REMEDY}") from None
    if period.start >= period.end:
        raise UsageError(f"the {what} {text!r} ends before it starts; {REMEDY}")
    return period


def parse_periods(reference: str | None, current: str | None, now: float) -> Periods:
    """Returns the two periods: a length for the reference ends where the current one starts.

    Without a current range it is the last seven days; without a reference range it is the period
    of the same length before the current one.
    """
    period = parse_range(current or DEFAULT, now, "current range")
    if reference is None:
        return Periods(Period(2 * period.start - period.end, period.start), period)
    return Periods(parse_range(reference, period.start, "reference range"), period)
