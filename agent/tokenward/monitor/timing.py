"""When a report is due: by a cron line or at a fixed distance, always in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from tokenward.errors import UsageError

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS = ("minute", "hour", "day", "month", "day_of_week")
LONGEST_SEARCH = timedelta(days=800)
REMEDY = "write five fields, such as '0 6 * * *' (minute, hour, day, month, day of the week)"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron line, or a distance in seconds that is counted from the epoch."""

    cron: str | None = None
    every: float | None = None

    def __post_init__(self) -> None:
        if (self.cron is None) == (self.every is None):
            raise UsageError("a schedule needs either 'cron' or 'every'")
        if self.cron is not None:
            cron_trigger(self.cron)

    def trigger(self) -> Any:
        """Returns the trigger that APScheduler fires at."""
        if self.cron is not None:
            return cron_trigger(self.cron)
        return IntervalTrigger(
            seconds=int(self.every or 0), start_date=datetime.fromtimestamp(0, UTC), timezone=UTC
        )

    def last_due(self, now: float) -> float:
        """Returns the last time at or before ``now`` that the schedule names.

        Every monitor finds the same one, however late it is: that makes the claim of a run.
        """
        if self.cron is None:
            every = self.every or 1.0
            return now // every * every
        return last_fire(cron_trigger(self.cron), datetime.fromtimestamp(now, UTC))


def last_fire(trigger: Any, now: datetime) -> float:
    """Returns the last time that a cron trigger names, by looking back further and further."""
    distance = timedelta(minutes=1)
    while distance < LONGEST_SEARCH:
        fire = trigger.get_next_fire_time(None, now - distance)
        if fire is not None and fire <= now:
            return last_of(trigger, fire, now)
        distance *= 2
    raise UsageError(f"the schedule names no time in the last {LONGEST_SEARCH.days} days")


def last_of(trigger: Any, fire: datetime, now: datetime) -> float:
    """Returns the last time from ``fire`` on that is not after ``now``."""
    while True:
        following = trigger.get_next_fire_time(fire, fire + timedelta(seconds=1))
        if following is None or following > now:
            return fire.timestamp()
        fire = following


def cron_trigger(line: str) -> Any:
    """Returns the trigger of a cron line; days of the week count from Sunday, as cron's do.

    APScheduler counts them from Monday, so they are named.
    """
    words = line.split()
    if len(words) != len(FIELDS):
        raise UsageError(f"cannot read the cron line {line!r}; {REMEDY}")
    try:
        words[-1] = week_days(words[-1].lower())
        return CronTrigger(**dict(zip(FIELDS, words, strict=True)), timezone=UTC)
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
