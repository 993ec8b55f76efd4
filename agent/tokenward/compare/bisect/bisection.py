"""What a search for the cause of damage found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

By = Literal["layers", "steps"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was put back as it is in the base, and how much of the damage that undid.

    ``value`` is the metric with the part restored. ``undone`` is the mean by which cases got
    better, in the metric's unit, from ``low`` to ``high`` at alpha beyond each end; ``share`` is
    that of the whole damage (above 1 where others compensated for the part). ``parameters`` are how
    many numbers the part has.
    """

    name: str
    value: float
    undone: float
    low: float
    high: float
    share: float
    parameters: int | None = None


@dataclass(frozen=True, slots=True)
class Bisection:
    """The parts of an optimized model, worst first, by how much of the damage is theirs.

    ``damage`` is the mean by which the metric got worse, with its interval. ``narrowed`` are the
    parts that were looked into one after the other, each within the one before.
    """

    metric: str
    by: By
    base: float
    optimized: float
    damage: float
    low: float
    high: float
    cases: int
    parts: tuple[Part, ...]
    narrowed: tuple[Part, ...] = ()
    alpha: float = 0.05

    def as_dict(self) -> Mapping[str, Any]:
        """Returns it as JSON states it."""
        return asdict(self)
