"""What energy means for the climate, by a factor that the user knows of the place and the time."""

from __future__ import annotations

JOULES = 3.6e6
"""Of a kilowatt hour."""


def grams(joules: float, factor: float) -> float:
    """Returns grams of CO2 equivalents; ``factor`` is grams a kilowatt hour.

    There is no usual factor: grids differ a hundredfold, so that a guess would be no measurement.

    >>> grams(3.6e6, 380.0)
    380.0
    """
    return joules / JOULES * factor
