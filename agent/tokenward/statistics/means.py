"""Means of rates that do not let a bad one hide behind good ones."""

from __future__ import annotations

from collections.abc import Sequence

WORST = -5.0
"""The power by which the lowest rates count most."""


def power_mean(rates: Sequence[float], power: float = WORST) -> float:
    """Returns the generalised mean of rates; 0 where one of them is 0 and the power negative.

    >>> round(power_mean([0.9, 0.9, 0.3]), 3), round(power_mean([0.9, 0.9, 0.3], 1.0), 3)
    (0.373, 0.7)

    References:
        The Jigsaw competition of 2019 pooled the AUCs of Borkan et al. 2019,
        doi:10.1145/3308560.3317593, with the power -5.
    """
    if power < 0 and min(rates) <= 0:
        return 0.0
    return float((sum(rate**power for rate in rates) / len(rates)) ** (1 / power))
