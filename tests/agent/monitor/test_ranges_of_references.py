"""References other than the time just before: the same hours of weeks, and another model label."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tokenward.errors import UsageError
from tokenward.monitor.ranges import Period, instant_text, joined, parse_periods, parse_zone

WEEK = 604800.0
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()


def spans(periods):
    return [[instant_text(end) for end in span] for span in periods.reference.parts]


def test_the_same_hours_of_the_weeks_before():
    periods = parse_periods("same_hour_of_week=3", "2h", NOW)

    assert [
        ["2026-11-05T10:00:00Z", "2026-11-05T12:00:00Z"],
        ["2026-11-12T10:00:00Z", "2026-11-12T12:00:00Z"],
        ["2026-11-19T10:00:00Z", "2026-11-19T12:00:00Z"],
    ] == spans(periods)
    assert Period(NOW - 7200, NOW) == periods.current


def test_nine_o_clock_stays_nine_o_clock_where_clocks_change():
    """Clocks in Berlin went back on 25 October 2026, at three in the morning."""
    current = "2026-10-27T09:00+01:00/2026-10-27T10:00+01:00"
    there = parse_periods("same_hour_of_week=1", current, NOW, "Europe/Berlin")
    utc = parse_periods("same_hour_of_week=1", current, NOW)

    assert [["2026-10-20T07:00:00Z", "2026-10-20T08:00:00Z"]] == spans(there)
    assert [["2026-10-20T08:00:00Z", "2026-10-20T09:00:00Z"]] == spans(utc)


def test_a_day_with_a_change_of_hour_has_its_own_length():
    current = "2026-03-29T00:00+01:00/2026-03-30T00:00+02:00"
    periods = parse_periods("same_hour_of_week=1", current, NOW, "Europe/Berlin")
    (start, end), now = periods.reference.parts[0], periods.current

    assert (23.0, 24.0) == ((now.end - now.start) / 3600, (end - start) / 3600)


def test_an_hour_that_a_change_left_out_has_no_counterpart():
    current = "2026-04-05T02:15+02:00/2026-04-05T02:45+02:00"
    periods = parse_periods("same_hour_of_week=2", current, NOW, "Europe/Berlin")

    # on 29 March there was no time from two to three
    assert [
        ["2026-03-22T01:15:00Z", "2026-03-22T01:45:00Z"],
        ["2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z"],
    ] == spans(periods)
    whole = "2026-04-05T02:00+02:00/2026-04-05T03:00+02:00"
    assert [["2026-03-22T01:00:00Z", "2026-03-22T02:00:00Z"]] == spans(
        parse_periods("same_hour_of_week=2", whole, NOW, "Europe/Berlin")
    )
    with pytest.raises(UsageError, match="finds no such hour in 1 weeks; name more weeks"):
        parse_periods("same_hour_of_week=1", whole, NOW, "Europe/Berlin")


def test_a_whole_week_is_one_span_with_its_neighbours():
    periods = parse_periods("same_hour_of_week=2", "7d", NOW)

    assert [[instant_text(NOW - 3 * WEEK), instant_text(NOW - WEEK)]] == spans(periods)
    assert not periods.reference.overlaps(periods.current)


def test_a_model_label_is_compared_with_all_others_at_the_same_time():
    periods = parse_periods("label=fp32", "1d", NOW)

    assert (Period(NOW - 86400, NOW, label="fp32"), Period(NOW - 86400, NOW, without="fp32")) == (
        periods.reference,
        periods.current,
    )
    assert not periods.reference.overlaps(periods.current)
    assert ("fp32", "fp32") == (
        periods.reference.as_dict()["model_label"],
        periods.current.as_dict()["model_label_not"],
    )


@pytest.mark.parametrize(
    ("reference", "current", "zone", "told"),
    [
        ("same_hour_of_week=0", "1d", "UTC", "same_hour_of_week is '0'; write a number of weeks"),
        ("same_hour_of_week=x", "1d", "UTC", "write a number of weeks from 1 to 52"),
        ("same_hour_of_week=4", "8d", "UTC", "the current range is longer than 7d; shorten it"),
        ("same_hour_of_week=4", "1d", "Mars/Base", "unknown time zone 'Mars/Base'; write such as"),
        ("same_hour_of_week=4", "1d", "../etc", "unknown time zone '../etc'"),
        ("label=", "1d", "UTC", "cannot read the reference range 'label='"),
        ("model=a", "1d", "UTC", r"same_hour_of_week=4, or label=NAME"),
    ],
)
def test_mistakes_are_told(reference, current, zone, told):
    with pytest.raises(UsageError, match=told):
        parse_periods(reference, current, NOW, zone)


def test_zones_are_read_by_their_names():
    assert "America/New_York" == parse_zone("America/New_York").key


def test_spans_that_lie_in_others_are_not_counted_twice():
    assert ((0.0, 5.0), (6.0, 7.0)) == joined([(0.0, 5.0), (1.0, 2.0), (3.0, 5.0), (6.0, 7.0)])


def test_an_earlier_range_than_the_reference_is_still_read():
    periods = parse_periods("2026-02-01/2026-03-01", "2026-01-01/2026-02-01", NOW)

    assert periods.reference.start == periods.current.end
    assert not periods.reference.overlaps(periods.current)
