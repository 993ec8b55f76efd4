"""What an answer costs, by the prices that somebody asks for tokens."""

from __future__ import annotations

from dataclasses import dataclass

MILLION = 10**6


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, of prompts and of answers, in the currency of whoever states it.

    ``cached`` is the price of prompts' tokens that the server had kept; not given: as others.

    >>> round(Price(0.5, 1.5).of(1000, 100), 6), round(Price(0.5, 1.5, 0.1).of(1000, 100, 600), 6)
    (0.00065, 0.00041)
    """

    prompt: float
    completion: float
    cached: float | None = None

    def of(self, prompt: int, completion: int, cached: int = 0) -> float:
        """Returns the price of one answer; ``cached`` tokens are some of the prompt's."""
        kept = self.prompt if self.cached is None else self.cached
        asked = (prompt - cached) * self.prompt + cached * kept
        return (asked + completion * self.completion) / MILLION
