"""Reads the values of options."""

from __future__ import annotations

from typing import TypeVar

from tokenward.errors import UsageError, one_of

T = TypeVar("T")


def share(name: str, value: str) -> float:
    """Reads a share above 0 and below 1."""
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 < number < 1:
        raise UsageError(f"option {name}={value}: give a share above 0 and below 1, such as 0.3")
    return number


def whole(name: str, value: str, least: int = 1) -> int:
    """Reads a whole number that is not less than ``least``."""
    try:
        number = int(value)
    except ValueError:
        number = least - 1
    if number < least:
        raise UsageError(f"option {name}={value}: give a whole number of at least {least}")
    return number


def chosen(name: str, value: str, words: dict[str, T]) -> T:
    """Returns what stands behind one of several words."""
    if value not in words:
        raise UsageError(f"option {name}={value}: unknown value; {one_of(words)}")
    return words[value]


def numbers(name: str, value: str, below: int) -> list[int]:
    """Reads whole numbers with commas between them, each from 0 and below a bound."""
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isdigit() and int(part) < below for part in parts):
        raise UsageError(
            f"option {name}={value}: give numbers from 0 to {below - 1} with commas between them"
        )
    return sorted({int(part) for part in parts})
