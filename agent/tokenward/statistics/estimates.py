"""A value with its interval, and the ways by which other modules make one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tokenward.statistics.shares import NORMAL, wilson

Values = NDArray[np.float64]
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the bounds of its 95 % interval, and how they were found."""

    value: float
    low: float
    high: float
    method: str = "bootstrap"

    @classmethod
    def share(cls, part: float, whole: float) -> Self | None:
        """Returns the share of a part with Wilson's interval; ``None`` of nothing.

        >>> Estimate.share(5, 10).value
        0.5
        """
        if not whole:
            return None
        return cls(part / whole, *wilson(part / whole, whole), "wilson")

    @classmethod
    def on_logit_scale(cls, value: float, error: float, sample: float, method: str) -> Self:
        """Returns a rate with a standard error, whose interval stays within 0 and 1.

        Where there is no error to go by (all alike, or at an end), it is Wilson's of ``sample``.

        References:
            Pepe 2003, The Statistical Evaluation of Medical Tests, section 5.2 (logits of an AUC).
        """
        if not 0 < value < 1 or not error > ROUNDING:
            return cls(value, *wilson(value, sample), "wilson")
        middle = math.log(value / (1 - value))
        reach = NORMAL * error / (value * (1 - value))
        low, high = (1 / (1 + math.exp(-min(max(end, -700.0), 700.0)))
                     for end in (middle - reach, middle + reach))  # fmt: skip
        return cls(value, low, high, method)

    @classmethod
    def resampled(cls, value: float, drawn: Values, sample: float) -> Self:
        """Returns a rate with percentiles of resamples, Wilson's where they are all alike."""
        low, high = ends(drawn)
        if high - low > ROUNDING:
            return cls(value, min(low, value), max(high, value))
        return cls(value, *wilson(value, sample), "wilson")

    def as_dict(self) -> dict[str, Any]:
        """Returns the estimate as commands print it with ``--json``."""
        return {"value": self.value, "low": self.low, "high": self.high, "interval": self.method}


def ends(drawn: Values) -> tuple[float, float]:
    """Returns the ends of the 95 % interval of resamples.

    >>> ends(np.arange(1001.0))
    (25.0, 975.0)
    """
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def normal_p(difference: float, error: float) -> float:
    """Returns how likely a difference as large would be by chance, of a normal variable.

    >>> round(normal_p(1.96, 1.0), 3)
    0.05
    """
    if not error > ROUNDING:
        return 1.0 if abs(difference) <= ROUNDING else 0.0
    return math.erfc(abs(difference) / error / math.sqrt(2))
