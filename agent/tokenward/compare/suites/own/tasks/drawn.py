"""What a generator of tasks draws: what fills the gaps of a text, and what answer is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from tokenward.compare.suites.own.tables import table


@dataclass(frozen=True, slots=True)
class Drawn:
    """The slots of a task's text, and what is expected of its answer."""

    slots: Mapping[str, object]
    expect: Mapping[str, Any]


Generator = Callable[[Random, int], Drawn]
"""Draws a task; the number says the how-manieth of its skeleton it is."""


def exact(answer: object, **slots: object) -> Drawn:
    """Returns a task whose answer is a text or a number."""
    return Drawn(slots, {"exact": str(answer)})


@cache
def lists() -> Mapping[str, Any]:
    """Returns the table of words that tasks are made of."""
    return table("tasks")


def listed(name: str) -> list[str]:
    """Returns one of the lists of words."""
    return str(lists()[name]).split()


def some(random: Random, name: str, count: int) -> list[str]:
    """Draws different words of a list."""
    return random.sample(listed(name), count)


def joined(values: list[Any]) -> str:
    """Returns values as they stand in a text, separated by commas."""
    return ", ".join(map(str, values))
