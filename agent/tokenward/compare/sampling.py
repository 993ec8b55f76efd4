"""How answers are drawn from a model: the parameters that both sides of a comparison state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sampling:
    """Parameters of generation; ``temperature`` 0 takes the likeliest token each time.

    ``samples`` answers are drawn for each case. ``system`` is a message put before each prompt
    (before a text that is no chat: as a paragraph). ``batch`` is how many prompts a model reads at
    a time, which is part of what it computes.
    """

    max_new_tokens: int = 64
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    samples: int = 1
    seed: int = 0
    system: str | None = None
    batch: int = 1
