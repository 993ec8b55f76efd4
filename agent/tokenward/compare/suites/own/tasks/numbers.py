"""Tasks with numbers, dates and units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from random import Random

from tokenward.compare.suites.own.tasks.drawn import Drawn, Generator, exact, joined, listed, lists

MINUTES = 24 * 60
ROMAN = (
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


def add(random: Random, step: int) -> Drawn:
    """A sum; the numbers grow with the step, and so in the next ones."""
    a, b = random.randrange(10, 10 ** (step + 2)), random.randrange(10, 100)
    return exact(a + b, a=a, b=b)


def subtract(random: Random, step: int) -> Drawn:
    """A difference above zero."""
    b = random.randrange(5, 5 * 10 ** (step + 1))
    a = b + random.randrange(5, 90)
    return exact(a - b, a=a, b=b)


def multiply(random: Random, step: int) -> Drawn:
    """A product."""
    a, b = random.randrange(3, 10 * (step + 1)), random.randrange(3, 10)
    return exact(a * b, a=a, b=b)


def divide(random: Random, _: int) -> Drawn:
    """A quotient without remainder."""
    b, quotient = random.randrange(3, 10), random.randrange(4, 30)
    return exact(quotient, a=b * quotient, b=b)


def remainder(random: Random, _: int) -> Drawn:
    """A remainder."""
    a, b = random.randrange(20, 100), random.randrange(3, 10)
    return exact(a % b, a=a, b=b)


def mixed(random: Random, _: int) -> Drawn:
    """A sum times a number."""
    a, b, c = (random.randrange(2, 10) for _ in range(3))
    return exact((a + b) * c, a=a, b=b, c=c)


def change(random: Random, _: int) -> Drawn:
    """What is left of a note."""
    a, b = random.randrange(110, 290, 10), random.randrange(60, 140, 10)
    return exact(500 - a - b, a=a, b=b, c=500)


def percent(random: Random, step: int) -> Drawn:
    """A share of a number that comes out even."""
    return exact(
        (share := (10, 25, 50)[step % 3]) * (b := 20 * random.randrange(2, 25)) // 100,
        a=share,
        b=b,
    )


def average(random: Random, _: int) -> Drawn:
    """A mean that is whole."""
    mean, off = random.randrange(10, 60), random.randrange(1, 9)
    return exact(mean, numbers=f"{mean - off}, {mean} and {mean + off}")


def largest(random: Random, _: int) -> Drawn:
    """The largest of five numbers."""
    numbers = random.sample(range(100, 1000), 5)
    return exact(max(numbers), numbers=joined(numbers))


def sequence(random: Random, _: int) -> Drawn:
    """The next number of an arithmetic sequence."""
    start, by = random.randrange(1, 20), random.randrange(2, 9)
    numbers = [start + by * at for at in range(5)]
    return exact(numbers[-1], numbers=joined(numbers[:-1]))


def doubling(random: Random, step: int) -> Drawn:
    """The next number of a geometric sequence."""
    start = (3, 5, 7, 11)[step % 4] + random.randrange(2) * 10
    numbers = [start * 2**at for at in range(4)]
    return exact(numbers[-1], numbers=joined(numbers[:-1]))


def roman(random: Random, _: int) -> Drawn:
    """A Roman numeral below 90."""
    number = random.randrange(11, 90)
    left, letters = number, ""
    for value, letter in ROMAN:
        letters += letter * (left // value)
        left %= value
    return exact(number, roman=letters)


def convert(random: Random, step: int) -> Drawn:
    """A conversion to a smaller unit."""
    units = lists()["units"]
    small, large, factor = units[(step + random.randrange(len(units))) % len(units)]
    a = random.randrange(2, 13)
    return exact(a * factor, a=a, small=small, large=large)


def clock(random: Random, _: int) -> Drawn:
    """A time of day, later."""
    start, minutes = random.randrange(6 * 60, 20 * 60, 5), random.randrange(25, 175, 5)
    end = (start + minutes) % MINUTES
    return exact(
        f"{end // 60:02d}:{end % 60:02d}",
        start=f"{start // 60:02d}:{start % 60:02d}",
        minutes=minutes,
    )


def date(random: Random, _: int) -> Drawn:
    """A date in words."""
    day = dt.date(2000, 1, 1) + dt.timedelta(random.randrange(9000))
    return exact(day, day=day.day, month=listed("months")[day.month - 1], year=day.year)


def later(random: Random, _: int) -> Drawn:
    """A date some days on."""
    start = dt.date(2020, 1, 1) + dt.timedelta(random.randrange(2000))
    count = random.randrange(3, 25)
    return exact(start + dt.timedelta(count), start=start, count=count)


def weekday(random: Random, _: int) -> Drawn:
    """A day of the week some days on."""
    days = listed("days")
    today, count = random.randrange(7), random.randrange(2, 20)
    return exact(days[(today + count) % 7], today=days[today], count=count)


def greater(random: Random, step: int) -> Drawn:
    """A comparison of two numbers."""
    low, high = sorted(random.sample(range(100, 1000), 2))
    a, b = (high, low) if (step + random.randrange(2)) % 2 else (low, high)
    return exact("yes" if a > b else "no", a=a, b=b)


def even(random: Random, _: int) -> Drawn:
    """Whether a number is even."""
    a = random.randrange(100, 1000)
    return exact("odd" if a % 2 else "even", a=a)


GENERATORS: Mapping[str, Generator] = {
    one.__name__: one
    for one in (
        add, subtract, multiply, divide, remainder, mixed, change, percent, average, largest,
        sequence, doubling, roman, convert, clock, date, later, weekday, greater, even,
    )
}  # fmt: skip
