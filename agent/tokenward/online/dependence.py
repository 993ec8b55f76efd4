"""How alike rows are that come one after another: they then say less than their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

LENGTHS = (20, 100, 500)
FEWEST = 10
SURE = 3.0
"""Standard errors from which rows count as dependent: where they are not, nothing is lost."""


def inflation(values: Sequence[float] | np.ndarray[Any, Any]) -> float:
    """Returns the variance of means of neighbours over that of means of as many strangers.

    Batch means of several lengths (Conway 1963, doi:10.1287/mnsc.10.1.47): latencies of a loaded
    machine, or rows of one session, go up and down together. It is 1 where no length shows that.

    >>> inflation([0.0, 1.0] * 500)
    1.0
    >>> inflation(([0.0] * 50 + [1.0] * 50) * 20) > 10
    True
    """
    import numpy as np  # noqa: PLC0415  # only needed here

    row = np.asarray(values, float)
    centred = row - row.mean()
    variance = float((centred**2).mean())
    if not variance:
        return 1.0
    tails = float((centred**4).mean()) / variance**2 - 3
    found = 1.0
    for length in LENGTHS:
        count = len(row) // length
        if count < FEWEST:
            break
        means = centred[: count * length].reshape(count, length).mean(1)
        ratio = length * float(means.var(ddof=1)) / variance
        error = ((2 + max(tails, 0.0) / length) / count) ** 0.5
        if ratio > 1 + SURE * error:
            found = max(found, ratio)
    return found
