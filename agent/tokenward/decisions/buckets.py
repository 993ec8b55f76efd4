"""Numbers in buckets of one per cent, so that periods of any size can be counted and merged.

The buckets are those of DDSketch (Masson, Rim, Lee 2019, doi:10.14778/3352063.3352135): fixed,
logarithmic, equal for every column. Counts of them add exactly, in any order.
"""

from __future__ import annotations

import math

ACCURACY = 0.01
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
SMALLEST = 1e-9
"""Magnitudes below this count as zero."""
LARGEST = 1e15
SCALE = 1 / math.log(GAMMA)
OFFSET = 1 - round(math.log(SMALLEST) * SCALE)


def bucket(number: float) -> int:
    """Returns the bucket of a finite number; buckets are in the order of the numbers.

    >>> bucket(0.0), bucket(-2.0) == -bucket(2.0), bucket(3.0) < bucket(3.1)
    (0, True, True)
    """
    size = abs(number)
    if size < SMALLEST:
        return 0
    index = round(math.log(min(size, LARGEST)) * SCALE) + OFFSET
    return index if number > 0 else -index


def middle(index: int) -> float:
    """Returns the number that stands for a bucket; every number in it is about within one per cent.

    >>> middle(bucket(1.0)), abs(middle(bucket(250.0)) / 250.0 - 1) < 0.0101
    (1.0, True)
    """
    if index == 0:
        return 0.0
    return math.copysign(GAMMA ** (abs(index) - OFFSET), index)
