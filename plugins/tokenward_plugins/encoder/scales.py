"""Makes probabilities of logits, corrected for the number of windows of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.encoder.windows import Tail

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """Probabilities by logit: through these points, and level outside them."""

    logits: Sequence[float] | Floats
    chances: Sequence[float] | Floats

    def __call__(self, logits: Floats) -> Floats:
        """Returns the probability of each logit."""
        return np.interp(logits, self.logits, self.chances)

    def place(self, chance: float) -> float:
        """Returns the logit from which on the probability is at least so high.

        >>> Curve((-2.0, 0.0, 4.0), (0.0, 0.25, 0.75)).place(0.5)
        2.0
        """
        return float(np.interp(chance, self.chances, self.logits))


@dataclass(frozen=True, slots=True)
class Scale:
    """What makes a score of a label's logit; without a curve, too few texts tell of the label."""

    tail: Tail
    curve: Curve | None
    threshold: float

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Scale:
        """Returns a scale as JSON tells it; raises ``KeyError`` and the like where it is none."""
        tail, curve = told["tail"], told["curve"]
        return cls(
            Tail(_rising(tail["logits"]), np.array(tail["shares"], float), float(tail["rate"])),
            curve and Curve(_rising(curve["logits"]), np.array(curve["chances"], float)),
            float(told["threshold"]),
        )

    def single(self, highest: Floats, counts: NDArray[np.int64]) -> Floats:
        """Returns the logits, as if each text had one window."""
        return self.tail.single(highest, counts)

    def score(self, highest: Floats, counts: NDArray[np.int64]) -> Floats:
        """Returns probabilities; those of the sigmoid where nothing was calibrated."""
        return self.chance(self.single(highest, counts))

    def chance(self, logits: Floats) -> Floats:
        """Returns the probabilities of single windows."""
        return 1 / (1 + np.exp(-logits)) if self.curve is None else self.curve(logits)


def _rising(numbers: Sequence[float]) -> Floats:
    found = np.array(numbers, float)
    if found.ndim != 1 or not len(found) or (np.diff(found) < 0).any():
        raise ValueError("the points of a scale do not rise")
    return found
