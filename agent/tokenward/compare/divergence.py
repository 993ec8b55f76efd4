"""How far a model's next-token distribution is from the base's, of its likeliest tokens alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOP = 64
"""Tokens that are kept of each of the base's distributions: 0.5 kB a token in float32."""
LEAST = 1e-12
"""The least share of the bucket; what rounding leaves of a whole vocabulary is less."""


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """The base's distributions at the n positions of a continuation.

    ``tokens`` (n,) are the continuation's own; ``ids`` (n, k) the likeliest, likeliest first, and
    ``logprobs`` (n, k) theirs in nats, as float32. What is left over is one bucket, whose
    log-probability is ``rest`` (n,), not less than that of a share of 1e-12.
    """

    tokens: NDArray[np.int64]
    ids: NDArray[np.int64]
    logprobs: NDArray[np.float32]
    rest: NDArray[np.float32]

    @classmethod
    def of(
        cls, tokens: NDArray[np.int64], ids: NDArray[np.int64], logprobs: NDArray[np.float64]
    ) -> Distribution:
        """Makes one of a model's likeliest tokens."""
        rounded = logprobs.astype(np.float32)
        return cls(tokens, ids, rounded, left_over(rounded.astype(np.float64)))

    def entropy(self) -> NDArray[np.float64]:
        """Returns the entropy at each position in nats, with the bucket as one token."""
        whole = np.column_stack([self.logprobs, self.rest]).astype(np.float64)
        return _weighted(whole, -whole)

    def divergence(self, logprobs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns KL(base || other) at each position, in nats; shape (n,).

        ``logprobs`` (n, k) are the other model's at the same ids, NaN where it cannot tell: these
        go into the bucket. Grouping outcomes never raises a divergence (data processing; Cover and
        Thomas, Elements of Information Theory, 2.8), so it is a lower bound, and exact where the
        bucket is empty.
        """
        known = ~np.isnan(logprobs)
        # rounded like the base's, so that a model has a divergence of 0 from itself
        other = np.where(known, logprobs.astype(np.float32), -np.inf).astype(np.float64)
        own = np.where(known, self.logprobs, -np.inf).astype(np.float64)
        whole = np.column_stack([own, left_over(own)]).astype(np.float64)
        others = np.column_stack([other, left_over(other)]).astype(np.float64)
        with np.errstate(invalid="ignore"):
            return np.maximum(_weighted(whole, whole - others), 0.0)


def left_over(logprobs: NDArray[np.float64]) -> NDArray[np.float32]:
    """Returns the log-probability of all other tokens; shape (n,) of (n, k)."""
    taken = np.exp(logprobs).sum(axis=1)
    found: NDArray[np.float32] = np.log(np.maximum(1.0 - taken, LEAST)).astype(np.float32)
    return found


def _weighted(logs: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(logs)
    with np.errstate(invalid="ignore"):
        found: NDArray[np.float64] = np.where(weights > 0, weights * values, 0.0).sum(axis=1)
    return found
