from __future__ import annotations

import pytest

from tokenward.errors import UsageError
from tokenward.monitor.ranges import (
    Period,
    parse_duration,
    parse_instant,
    parse_periods,
    parse_range,
)

DAY = 86400.0


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("7d", Period(100 * DAY - 7 * DAY, 100 * DAY)),
        ("30m", Period(100 * DAY - 1800, 100 * DAY)),
        ("1970-01-02/1970-01-03", Period(DAY, 2 * DAY)),
        ("1970-01-02T00:00:00Z/1970-01-02T12:00:00Z", Period(DAY, 1.5 * DAY)),
        ("1970-01-02T00:00:00+00:00/1970-01-02T02:00:00+01:00", Period(DAY, DAY + 3600)),
    ],
)
def test_ranges_are_read(text, period):
    assert period == parse_range(text, 100 * DAY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "yesterday",
            "cannot read the range 'yesterday'; write START/END in ISO 8601 UTC, or a length",
        ),
        ("0d", "cannot read the range '0d'"),
        ("-3d", "cannot read the range '-3d'"),
        ("7 years", "cannot read the range '7 years'"),
        ("", "cannot read the range ''"),
        ("2026-01-01/", "cannot read the range '2026-01-01/'"),
        ("2026-13-01/2026-14-01", "cannot read the range"),
        ("2026-01-01/2026-01-02/2026-01-03", "cannot read the range"),
        ("2026-02-01/2026-01-01", "ends before it starts"),
        ("2026-01-01/2026-01-01", "ends before it starts"),
    ],
)
def test_ranges_that_mean_nothing_are_told(text, told):
    with pytest.raises(UsageError) as caught:
        parse_range(text, 0.0)
    assert told in str(caught.value)


def test_times_and_lengths_that_mean_nothing_are_told():
    with pytest.raises(UsageError, match="cannot read the time 'soon'; write ISO 8601 UTC"):
        parse_instant("soon")
    with pytest.raises(UsageError, match="cannot read the length of time 'h'"):
        parse_duration("h")


def test_the_reference_is_the_period_before_unless_it_is_given():
    now = 100 * DAY

    assert Period(86 * DAY, 93 * DAY) == parse_periods(None, None, now).reference
    assert Period(93 * DAY, 100 * DAY) == parse_periods(None, None, now).current
    assert Period(98 * DAY, 99 * DAY) == parse_periods(None, "1d", now).reference


def test_a_length_of_reference_ends_where_the_current_period_starts():
    periods = parse_periods("7d", "24h", 100 * DAY)

    assert (Period(92 * DAY, 99 * DAY), False) == (
        periods.reference,
        periods.reference.overlaps(periods.current),
    )
    same = parse_periods("1970-01-01/1970-01-02", "1970-01-01/1970-01-02", 0.0)
    assert same.reference == same.current


def test_a_period_is_told_in_utc():
    assert {"start": "1970-01-01T00:00:00Z", "end": "1970-01-02T00:00:00Z"} == Period(
        0.0, DAY
    ).as_dict()
