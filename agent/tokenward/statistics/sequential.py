"""Looking at results before all of them are there, without more false alarms for it.

``obrien_fleming``, ``pocock`` and ``spending`` give each look a level of its own, one-sided, for a
number of looks that is fixed; a confidence sequence may be looked at whenever, and for ever.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
POINTS = 401
"""Points of the grid on which paths are followed; their error is below 1e-6."""
LOWEST = -8.0
"""Standard deviations below which a path is not followed."""
HIGHEST = 12.0
LARGEST = 700.0
"""An exponent beyond which a chance is 0."""


def obrien_fleming(alpha: float, looks: int) -> tuple[float, ...]:
    """Returns the level of each of equally spaced looks, strict at first and near alpha at last.

    >>> [round(level, 4) for level in obrien_fleming(0.05, 4)]
    [0.0003, 0.0071, 0.0227, 0.0415]

    References:
        O'Brien and Fleming 1979, doi:10.2307/2530245.
    """
    return _scaled(alpha, [math.sqrt(looks / look) for look in range(1, looks + 1)])


def pocock(alpha: float, looks: int) -> tuple[float, ...]:
    """Returns the level that is the same at each of equally spaced looks.

    >>> [round(level, 4) for level in pocock(0.05, 2)]
    [0.0304, 0.0304]

    References:
        Pocock 1977, doi:10.1093/biomet/64.2.191.
    """
    return _scaled(alpha, [1.0] * looks)


def spending(
    alpha: float, fractions: Sequence[float], spent: Callable[[float], float] | None = None
) -> tuple[float, ...]:
    """Returns the level of each look at growing fractions of what is planned, the last 1.

    ``spent`` is the share of alpha that may be spent until a fraction, and is that of O'Brien and
    Fleming's kind by default. So looks need not be equally far apart.

    >>> [round(level, 4) for level in spending(0.05, (0.3, 0.8, 1.0))]
    [0.0003, 0.0283, 0.0419]

    References:
        Lan and DeMets 1983, doi:10.1093/biomet/70.3.659.
    """
    from scipy.optimize import brentq  # noqa: PLC0415  # not light

    if list(fractions) != sorted(set(fractions)) or not 0 < fractions[0] <= fractions[-1] <= 1:
        raise ValueError(f"fractions must grow within 0 and 1, found {list(fractions)}")
    function = spent if spent is not None else _late(alpha)
    bounds: list[float] = []
    for at in range(1, len(fractions) + 1):
        goal = alpha * function(fractions[at - 1])

        def over(bound: float, at: int = at, goal: float = goal) -> float:
            return crossing([*bounds, bound], fractions[:at]) - goal

        bounds.append(brentq(over, 0.0, HIGHEST) if over(HIGHEST) < 0 else HIGHEST)
    return _levels(bounds)


def crossing(bounds: Sequence[float], fractions: Sequence[float]) -> float:
    """Returns how often a standard normal path passes any of its bounds, one-sided.

    >>> round(crossing([1.959964], [1.0]), 4)
    0.025

    References:
        Armitage, McPherson and Rowe 1969, doi:10.2307/2343787.
    """
    from scipy.special import ndtr  # noqa: PLC0415  # not light

    crossed, before = 0.0, 0.0
    points, weights = np.zeros(1), np.ones(1)
    for bound, fraction in zip(bounds, fractions, strict=True):
        step, limit = math.sqrt(fraction - before), bound * math.sqrt(fraction)
        crossed += float((weights * ndtr((points - limit) / step)).sum())
        grid = np.linspace(LOWEST * math.sqrt(fraction), limit, POINTS)
        apart = (grid[:, None] - points[None, :]) / step
        density = np.exp(-(apart**2) / 2) @ weights / step / math.sqrt(2 * math.pi)
        points, weights, before = grid, density * _simpson(grid), fraction
    return crossed


def confidence_sequence(
    value: float, error: float, rows: float, alpha: float, planned: float
) -> tuple[float, float]:
    """Returns ends that hold at every number of rows together, each missed with chance alpha.

    ``error`` is the standard error of the value now, ``rows`` the number of independent rows now
    (clusters) and ``planned`` the number at which the ends are to be narrowest. It is for a
    comparison without an end, such as of two labels in production; it needs some rows to start.

    >>> [round(end, 2) for end in confidence_sequence(0.0, 0.1, 400, 0.05, 400)]
    [-0.28, 0.28]

    References:
        Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, doi:10.1214/24-AOS2408.
    """
    apart = error * every_look(alpha, rows, mixture(alpha, planned))
    return value - apart, value + apart


def every_look(alpha: float, rows: float, wide: float) -> float:
    """Returns the standard errors that a value passes with chance alpha at any number of rows.

    ``wide`` is the variance of the mixture (see `mixture`), which must be the same at all looks.
    """
    square = rows * wide + 1
    return math.sqrt(2 * square / (rows * wide) * math.log1p(math.sqrt(square) / 2 / alpha))


def level_of(distance: float, rows: float, wide: float) -> float:
    """Returns the alpha of which `every_look` is a distance, at most 1.

    >>> round(level_of(every_look(0.05, 300, 0.01), 300, 0.01), 6)
    0.05
    """
    square = rows * wide + 1
    exponent = distance * abs(distance) * rows * wide / (2 * square)
    if not 0 < exponent < LARGEST:
        return 1.0 if exponent <= 0 else 0.0
    return min(1.0, math.sqrt(square) / 2 / math.expm1(exponent))


def mixture(alpha: float, planned: float) -> float:
    """Returns the variance of the mixture that makes ends narrowest at a number of rows."""
    log = -2 * math.log(2 * alpha)
    return (log + math.log(log + 1)) / planned


def _late(alpha: float) -> Callable[[float], float]:
    """Returns what is spent until a fraction when little is at first."""
    from scipy.special import ndtr, ndtri  # noqa: PLC0415  # not light

    quantile = float(ndtri(1 - alpha / 2))
    return lambda fraction: float(2 * ndtr(-quantile / math.sqrt(fraction))) / alpha


def _scaled(alpha: float, shape: Sequence[float]) -> tuple[float, ...]:
    """Returns the levels of bounds of a shape, as high as alpha in all allows."""
    from scipy.optimize import brentq  # noqa: PLC0415  # not light

    fractions = [look / len(shape) for look in range(1, len(shape) + 1)]
    scale = brentq(lambda by: crossing([by * each for each in shape], fractions) - alpha, 0.5, 8.0)
    return _levels([scale * each for each in shape])


def _levels(bounds: Sequence[float]) -> tuple[float, ...]:
    from scipy.special import ndtr  # noqa: PLC0415  # not light

    return tuple(float(ndtr(-bound)) for bound in bounds)


def _simpson(grid: Values) -> Values:
    """Returns the weights of Simpson's rule over an odd number of points."""
    weights = np.ones(len(grid))
    weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
    told: Values = weights * (grid[1] - grid[0]) / 3
    return told
