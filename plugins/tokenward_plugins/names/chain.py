"""The sums over all labellings of a sentence: a conditional random field with few labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KINDS = ("PERSON", "LOCATION", "ORGANIZATION")
LABELS = ("O", *(f"{mark}-{kind}" for kind in KINDS for mark in "BI"))
LEAST = -60.0
"""The least logit below the largest: a label that alone can follow another never weighs nothing."""

Numbers = NDArray[np.float64]


def allowed() -> NDArray[np.bool_]:
    """Returns which label may follow which: the inside of a name follows only its own kind."""
    size = len(LABELS)
    table = np.ones((size, size), dtype=bool)
    for before, one in enumerate(LABELS):
        for after, other in enumerate(LABELS):
            table[before, after] = other[0] != "I" or one[2:] == other[2:]
    return table


def starts() -> NDArray[np.bool_]:
    """Returns which label may begin a sentence."""
    return np.array([label[0] != "I" for label in LABELS])


def marginals(emitted: Numbers, factors: Numbers) -> tuple[Numbers, Numbers]:
    """Returns each word's probability of each label, and the expected counts of transitions.

    ``emitted`` are logits, one row a word; ``factors`` the exponentials of the logits of
    transitions, 0 where one is not allowed. Forward and backward sums are scaled to 1 at each word
    (Rabiner 1989, doi:10.1109/5.18626), so nothing overflows.
    """
    length, size = emitted.shape
    local = np.exp(np.maximum(emitted - emitted.max(axis=1, keepdims=True), LEAST))
    forward, backward = np.empty_like(local), np.empty_like(local)
    row = local[0] * starts()
    forward[0] = row / row.sum()
    for at in range(1, length):
        row = (forward[at - 1] @ factors) * local[at]
        forward[at] = row / row.sum()
    backward[-1] = 1.0
    for at in range(length - 2, -1, -1):
        row = factors @ (local[at + 1] * backward[at + 1])
        backward[at] = row / row.sum()
    shares = forward * backward
    shares /= shares.sum(axis=1, keepdims=True)
    counts = np.zeros((size, size))
    if length > 1:
        after = local[1:] * backward[1:]
        sums = np.einsum("ti,ij,tj->t", forward[:-1], factors, after)
        counts = factors * ((forward[:-1] / sums[:, None]).T @ after)
    return shares, counts
