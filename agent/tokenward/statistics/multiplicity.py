"""Many tests at once: p values adjusted so that few of them, or a small share, mislead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> list[float]:
    """Returns p values for which the chance of any false alarm is kept, step by step.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]

    References:
        Holm 1979, Scandinavian Journal of Statistics 6(2), 65-70.
    """
    values = np.asarray(p, float)
    if not len(values):
        return []
    order = np.argsort(values, kind="stable")
    steps = np.arange(len(values), 0, -1)
    told = np.empty_like(values)
    told[order] = np.minimum(np.maximum.accumulate(values[order] * steps), 1.0)
    return [float(each) for each in told]


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Returns q values: taking all up to q, a share of q is false on the average.

    >>> [round(q, 4) for q in benjamini_hochberg([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]

    References:
        Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    values = np.asarray(p, float)
    if not len(values):
        return []
    order = np.argsort(values, kind="stable")[::-1]
    scaled = values[order] * len(values) / np.arange(len(values), 0, -1)
    told = np.empty_like(values)
    told[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return [float(each) for each in told]
