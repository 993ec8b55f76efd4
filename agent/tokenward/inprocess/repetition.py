"""Tells how much of a generation says again what it said before, in tokens."""

from __future__ import annotations

from collections.abc import Sequence

N = 4


def repetition(tokens: Sequence[int]) -> float | None:
    """Returns the share of token 4-grams that occurred before; ``None`` of fewer than 4 tokens.

    It is taken once, when a row has ended, so that what was taken back does not count and no step
    of decoding waits for it. Linear in the tokens. A loop comes close to 1.

    >>> repetition([1, 2, 3, 4, 5]), repetition([7] * 8), repetition([1, 2, 3])
    (0.0, 0.8, None)
    """
    grams = len(tokens) - N + 1
    if grams < 1:
        return None
    distinct = len(set(zip(*(tokens[at:] for at in range(N)), strict=False)))
    return 1.0 - distinct / grams
