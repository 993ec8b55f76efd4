"""Where and how exactly a network runs, as policies say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tokenward.errors import UsageError

Precision = Literal["float32", "bfloat16", "float16", "int8"]

FEWEST_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Placement:
    """``device`` is torch's word; ``batch`` the most windows at once; ``tokens`` 0 for all seen."""

    device: str = "cpu"
    precision: Precision = "float32"
    threads: int = 1
    batch: int = 8
    tokens: int = 0

    def check(self, who: str) -> None:
        """Raises ``UsageError`` where a value makes no sense."""
        for name, value in (("threads", self.threads), ("batch_size", self.batch)):
            if value < 1:
                raise UsageError(f"{who}: {name} is {value}; use 1 or more")
        if self.tokens and self.tokens < FEWEST_TOKENS:
            raise UsageError(
                f"{who}: max_tokens is {self.tokens}; use {FEWEST_TOKENS} or more, or 0 for as "
                "many as the model takes"
            )
        if self.precision == "int8" and self.device != "cpu":
            raise UsageError(
                f"{who}: precision is int8, which runs on the processor only; use 'device: cpu', "
                "or float16"
            )
