"""A ratio of sums over cases, written as a mean of one value a case (Taylor linearisation).

A ratio R = sum(b) / sum(u) has no value of a case, but the values R + (b - R u) / mean(u) have R as
their mean, and the spread of their mean is the delta method's of the ratio; so the
difference of two ratios over the same cases is a mean of differences, with its clusters.

References:
    Cochran 1977, Sampling Techniques, 3rd ed., sections 2.11 and 6.4; Woodruff 1971,
    10.1080/01621459.1971.10482279.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """Sums over cases: ``part`` of ``whole``, shape (n,) each; ``whole`` must not be all zero.

    >>> one = Ratio(np.array([1.0, 0.0, 2.0]), np.array([1.0, 1.0, 2.0]))
    >>> one.value, float(one.values.mean())
    (0.75, 0.75)
    """

    part: Values
    whole: Values

    @property
    def value(self) -> float:
        """The ratio of the sums."""
        return float(self.part.sum() / self.whole.sum())

    @property
    def values(self) -> Values:
        """A value a case, shape (n,); their mean is the ratio."""
        return self.value + self.change(self.part, self.whole)

    def change(self, part: Values, whole: Values) -> Values:
        """Returns how far small changes of a case's part and whole move its value."""
        return (part - self.value * whole) / float(self.whole.mean())
