from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tokenward.errors import UsageError
from tokenward.monitor.timing import Schedule, week_days


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("cron", "now", "due"),
    [
        ("0 6 * * *", "2026-03-04T06:00:00", "2026-03-04T06:00:00"),
        ("0 6 * * *", "2026-03-04T05:59:59", "2026-03-03T06:00:00"),
        ("*/15 * * * *", "2026-03-04T10:44:00", "2026-03-04T10:30:00"),
        ("30 8 * * 1", "2026-03-04T10:00:00", "2026-03-02T08:30:00"),  # 2 March 2026 is a Monday
        ("0 0 1 1 *", "2026-03-04T10:00:00", "2026-01-01T00:00:00"),
        ("* * * * 0", "2026-03-04T10:00:00", "2026-03-01T23:59:00"),
    ],
)
def test_the_last_time_of_a_cron_line_is_found(cron, now, due):
    assert at(due) == Schedule(cron=cron).last_due(at(now))


def test_a_distance_is_counted_from_the_epoch_so_that_all_monitors_agree():
    assert at("2026-03-04T06:00:00") == Schedule(every=6 * 3600.0).last_due(
        at("2026-03-04T11:59:59")
    )


def test_triggers_fire_when_the_schedule_says():
    now = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)

    for schedule in (Schedule(every=6 * 3600.0), Schedule(cron="0 */6 * * *")):
        fire = schedule.trigger().get_next_fire_time(None, now)
        assert datetime(2026, 3, 4, 12, 0, tzinfo=UTC) == fire
        assert fire.timestamp() == schedule.last_due(fire.timestamp() + 1)


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", "sun"),
        ("7", "sun"),
        ("1-5", "mon,tue,wed,thu,fri"),
        ("fri-mon", "fri,sat,sun,mon"),
        ("*/2", "sun,tue,thu,sat"),
        ("5/1", "fri,sat"),
        ("mon,3", "mon,wed"),
    ],
)
def test_days_of_the_week_count_from_sunday(field, days):
    assert days == week_days(field)


@pytest.mark.parametrize(
    "line", ["", "0 6 * *", "61 * * * *", "0 6 * * 8", "0 6 * * noday", "a b c d e", "0 6 * * */0"]
)
def test_a_cron_line_that_means_nothing_is_told(line):
    with pytest.raises(UsageError, match=r"cannot read the cron line .*write five fields"):
        Schedule(cron=line)


def test_a_line_that_never_comes_is_told():
    with pytest.raises(UsageError, match="names no time in the last 800 days"):
        Schedule(cron="0 0 30 2 *").last_due(at("2026-03-04T10:00:00"))


BERLIN = "Europe/Berlin"  # clocks go forward on 29 March 2026 at 1:00 UTC, back on 25 October


@pytest.mark.parametrize(
    ("cron", "after", "now", "dues"),
    [
        # what the clocks leave out is due when the hour would begin, and the day after as usual
        ("30 2 * * *", "2026-03-28T12:00:00", "2026-03-30T12:00:00", ["29T01:30", "30T00:30"]),
        # what they show twice is due once
        ("30 2 * * *", "2026-10-24T12:00:00", "2026-10-26T12:00:00", ["25T00:30", "26T01:30"]),
        # but every hour is an hour
        (
            "0 * * * *",
            "2026-10-24T23:30:00",
            "2026-10-25T03:00:00",
            ["25T00:00", "25T01:00", "25T02:00", "25T03:00"],
        ),
        (
            "0 * * * *",
            "2026-03-28T23:30:00",
            "2026-03-29T03:00:00",
            ["29T00:00", "29T01:00", "29T02:00", "29T03:00"],
        ),
        # six o'clock stays six o'clock
        ("0 6 * * *", "2026-03-28T00:00:00", "2026-03-30T00:00:00", ["28T05:00", "29T04:00"]),
    ],
)
def test_a_change_of_hour_neither_skips_nor_doubles(cron, after, now, dues):
    schedule = Schedule(cron=cron, zone=BERLIN)
    found = schedule.latest(at(after), at(now), 50)
    month = after[:8]

    assert [at(f"{month}{due}:00") for due in dues] == found[::-1]
    assert len(dues) == schedule.count(at(after), at(now) + 1)
    moment = at(after)
    for due in found[::-1]:
        moment = schedule.next_due(moment)
        assert due == moment


def test_the_trigger_gets_past_the_hour_that_comes_twice():
    trigger = Schedule(cron="*/20 * * * *", zone=BERLIN).trigger()
    fires, fire = [], None
    now = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for _ in range(6):
        fire = trigger.get_next_fire_time(fire, now)
        fires.append(fire.strftime("%H:%M"))
        now = fire

    assert ["00:40", "01:00", "01:20", "01:40", "02:00", "02:20"] == fires


def test_only_the_last_times_are_told_and_those_before_are_counted():
    schedule = Schedule(every=3600.0)

    assert [36_000.0, 32_400.0] == schedule.latest(0.0, 37_000.0, 2)
    assert 8 == schedule.count(0.0, 32_400.0)
    assert [] == schedule.latest(37_000.0, 36_000.0, 2)  # a clock that went back


def test_an_unknown_zone_is_told():
    with pytest.raises(UsageError, match="unknown time zone 'Mars'"):
        Schedule(every=60.0, zone="Mars")
