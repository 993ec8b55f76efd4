"""Numbers and times as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR, DAY = 1e-6, 1e-3, 1.0, 60.0, 3600.0, 86_400.0
NOTHING = "\N{EN DASH}"
"""Stands where there is no number: that is another thing than 0."""


def count(value: float | None) -> str:
    """Returns a whole number, or a long one with few digits.

    >>> count(1234), count(12_345_678), count(None) == NOTHING
    ('1,234', '12,345,678', True)
    """
    return NOTHING if value is None or not math.isfinite(value) else f"{value:,.0f}"


def number(value: float | None) -> str:
    """Returns a number with three digits.

    >>> number(0.012345), number(3.0), number(1234.5), number(0.0)
    ('0.0123', '3.00', '1,234', '0')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if abs(value) >= 1000:  # noqa: PLR2004  # where three digits end
        return f"{value:,.0f}"
    return "0" if value == 0 else f"{value:#.3g}"


def share(value: float | None) -> str:
    """Returns a share in per cent.

    >>> share(0.021), share(1.0), share(0.00004)
    ('2.1 %', '100 %', '0.004 %')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    per_cent = 100 * value
    digits = 0 if per_cent in (0, 100) else 1 if per_cent >= 1 else 2 if per_cent >= 0.01 else 3  # noqa: PLR2004
    return f"{per_cent:.{digits}f} %"


def seconds(value: float | None) -> str:
    """Returns a length of time with three digits, in the unit that suits it.

    >>> seconds(0.000012), seconds(0.00234), seconds(1.5), seconds(125), seconds(93_600)
    ('12.0 µs', '2.34 ms', '1.50 s', '2 min 5 s', '1 d 2 h')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if value < MINUTE:
        for unit, name in ((SECOND, "s"), (MILLISECOND, "ms"), (MICROSECOND, "µs")):
            if value >= unit or unit == MICROSECOND:
                return "0 s" if value == 0 else f"{value / unit:#.3g}".rstrip(".") + f" {name}"
    for unit, name, less, other in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min")):
        if value >= unit:
            return f"{value // unit:.0f} {name} {value % unit // less:.0f} {other}"
    return f"{value // MINUTE:.0f} min {value % MINUTE:.0f} s"


def probability(value: float | None) -> str:
    """Returns a p value.

    >>> probability(0.0412), probability(3e-9)
    ('0.041', '< 0.0001')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}"  # noqa: PLR2004  # further digits say nothing


def score(value: float | None) -> str:
    """Returns a score in [0, 1]; what is next to nothing is not told in digits.

    >>> score(1.0), score(0.02541), score(1.4e-20), score(0.0)
    ('1.000', '0.025', '< 0.001', '0')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    return "< 0.001" if 0 < value < 1e-3 else f"{value:.3f}" if value else "0"  # noqa: PLR2004  # further digits say nothing


def moment(value: float | None) -> str:
    """Returns a time in UTC.

    >>> moment(0.0)
    '1970-01-01 00:00:00'
    """
    return NOTHING if value is None else _date(value).strftime("%Y-%m-%d %H:%M:%S")


def iso(value: float) -> str:
    """Returns a time for machines.

    >>> iso(0.0)
    '1970-01-01T00:00:00Z'
    """
    return _date(value).strftime("%Y-%m-%dT%H:%M:%SZ")


def _date(value: float) -> datetime:
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)


def plural(value: float, one: str, many: str | None = None) -> str:
    """Returns a number with its noun.

    >>> plural(1, "record"), plural(1200, "record"), plural(2, "policy", "policies")
    ('1 record', '1,200 records', '2 policies')
    """
    return f"{count(value)} {one if value == 1 else many or one + 's'}"
