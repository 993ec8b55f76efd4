"""What policies may write for the detectors of this package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tokenward.errors import UsageError

MOST_PERIOD = 2000
MOST_WINDOW = 2000


def bounded(detector: str, name: str, value: float, low: float, high: float) -> None:
    """Refuses a setting outside of its bounds.

    >>> bounded("repetition", "times", 1, 2, 1000)
    Traceback (most recent call last):
    ...
    tokenward.errors.UsageError: detector 'repetition': 'times' is 1; use 2 to 1000
    """
    if not low <= value <= high:
        raise UsageError(f"detector {detector!r}: {name!r} is {value:g}; use {low:g} to {high:g}")


@dataclass(frozen=True)
class RepetitionSettings:
    """``times`` and ``least``: periods, and characters, that make a loop; ``period``: the longest.

    ``window``: words over which ``repeats`` is measured; ``share``: from where it is reported.
    """

    times: int = 4
    least: int = 256
    period: int = 400
    window: int = 128
    share: float = 0.5

    def __post_init__(self) -> None:
        bounded("repetition", "times", self.times, 2, 1000)
        bounded("repetition", "least", self.least, 16, 100_000)
        bounded("repetition", "period", self.period, 8, MOST_PERIOD)
        bounded("repetition", "window", self.window, 16, MOST_WINDOW)
        bounded("repetition", "share", self.share, 0.05, 1)


@dataclass(frozen=True)
class ReadabilitySettings:
    """``min_words``: words below which a text is too short to say; it then scores 0."""

    min_words: int = 30

    def __post_init__(self) -> None:
        bounded("readability", "min_words", self.min_words, 1, 10_000)


@dataclass(frozen=True)
class RefusalSettings:
    """``unit``: ``text`` tells partial from full refusals; ``sentence`` judges each one at once."""

    unit: Literal["text", "sentence"] = "text"
