"""When a report is due: by a cron line in a time zone, or at a fixed distance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from tokenward.errors import UsageError
from tokenward.monitor.ranges import parse_zone

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS = ("minute", "hour", "day", "month", "day_of_week")
LONGEST_SEARCH = timedelta(days=800)
REMEDY = "write five fields, such as '0 6 * * *' (minute, hour, day, month, day of the week)"
MOST_COUNTED = 10_000
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron line by the clocks of a time zone, or a distance in seconds counted from the epoch.

    Where clocks go back, a line with a fixed hour is due in the first of the two hours only; where
    they go forward, what is due in the hour that is left out is due when that hour would begin.
    """

    cron: str | None = None
    every: float | None = None
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if (self.cron is None) == (self.every is None):
            raise UsageError("a schedule needs either 'cron' or 'every'")
        parse_zone(self.zone)
        if self.cron is not None:
            cron_trigger(self.cron, self.zone)

    def trigger(self) -> BaseTrigger:
        """Returns the trigger that APScheduler fires at."""
        return Due(self)

    def next_due(self, after: float) -> float:
        """Returns the first time after ``after`` that the schedule names."""
        if self.cron is None:
            every = self.every or 1.0
            return after // every * every + every
        moment = next_fire(self.cron, self.zone, datetime.fromtimestamp(after, UTC) + INSTANT)
        if moment is None:
            raise UsageError(f"the schedule {self.cron!r} names no time to come")
        return moment.timestamp()

    def last_due(self, now: float) -> float:
        """Returns the last time at or before ``now`` that the schedule names.

        Every monitor finds the same one, however late it is: that makes the claim of a run.
        """
        if self.cron is None:
            every = self.every or 1.0
            return now // every * every
        return last_fire(self.cron, self.zone, datetime.fromtimestamp(now, UTC))

    def latest(self, after: float, now: float, most: int) -> list[float]:
        """Returns the last times after one and up to another, at most so many, the newest first.

        >>> Schedule(every=3600.0).latest(0.0, 8000.0, 24)
        [7200.0, 3600.0]
        """
        found: list[float] = []
        moment = now
        while len(found) < most:
            try:
                moment = self.last_due(moment)
            except UsageError:  # none before
                break
            if moment <= after:
                break
            found.append(moment)
            moment -= INSTANT.total_seconds()
        return found

    def count(self, after: float, before: float) -> int:
        """Returns how many times lie between two; of more than ten thousand that number."""
        moment, count = after, 0
        while count < MOST_COUNTED and (moment := self.next_due(moment)) < before:
            count += 1
        return count


class Due(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires when a schedule names a time; the clocks of its zone may change meanwhile."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Returns the next time."""
        after = now.timestamp() - INSTANT.total_seconds()
        if previous is not None:
            after = max(after, previous.timestamp())
        return datetime.fromtimestamp(self._schedule.next_due(after), UTC)


def next_fire(line: str, zone: str, begin: datetime) -> datetime | None:
    """Returns the first time from ``begin`` on that a cron line names, in UTC.

    APScheduler is asked in UTC and without the time before: else it does not get past the hour
    that comes twice.
    """
    trigger = cron_trigger(line, zone)
    fixed = "*" not in line.split()[1]
    moment = begin
    while True:
        fire = trigger.get_next_fire_time(None, moment)
        if fire is None:
            return None
        moment = cast("datetime", fire).astimezone(UTC)
        if not (fixed and fire.fold):
            return moment
        moment += INSTANT


def last_fire(line: str, zone: str, now: datetime) -> float:
    """Returns the last time that a cron line names, by looking back further and further."""
    distance = timedelta(minutes=1)
    while distance < LONGEST_SEARCH:
        fire = next_fire(line, zone, now - distance)
        if fire is not None and fire <= now:
            while (following := next_fire(line, zone, fire + INSTANT)) and following <= now:
                fire = following
            return fire.timestamp()
        distance *= 2
    raise UsageError(f"the schedule names no time in the last {LONGEST_SEARCH.days} days")


@cache
def cron_trigger(line: str, zone: str = "UTC") -> Any:
    """Returns the trigger of a cron line; days of the week count from Sunday, as cron's do.

    APScheduler counts them from Monday, so they are named.
    """
    words = line.split()
    if len(words) != len(FIELDS):
        raise UsageError(f"cannot read the cron line {line!r}; {REMEDY}")
    try:
        words[-1] = week_days(words[-1].lower())
        fields = dict(zip(FIELDS, words, strict=True))
        return CronTrigger(**fields, timezone=parse_zone(zone))
    except ValueError:
        raise UsageError(f"cannot read the cron line {line!r}; {REMEDY}") from None


def week_days(field: str) -> str:
    """Returns the days of the week of a cron field by their names.

    >>> week_days("1-5"), week_days("0,6"), week_days("fri-mon"), week_days("*")
    ('mon,tue,wed,thu,fri', 'sun,sat', 'fri,sat,sun,mon', '*')
    """
    if field == "*":
        return field
    days: list[str] = []
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = ("0-6" if span == "*" else span).partition("-")
        start = day_number(first)
        length = (day_number(last) - start) % 7 if last else (6 - start if step else 0)
        days += [DAYS[(start + day) % 7] for day in range(0, length + 1, int(step or 1))]
    return ",".join(dict.fromkeys(days))


def day_number(word: str) -> int:
    """Returns the number of a day, 0 for Sunday; 7 is Sunday too."""
    if word in DAYS:
        return DAYS.index(word)
    number = int(word)
    if not 0 <= number <= len(DAYS):
        raise ValueError("no day of the week")
    return number % len(DAYS)
