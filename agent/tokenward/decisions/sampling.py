"""Leaves records out by chance, and gives those that stay the weight of the others."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from tokenward.decisions.record import Interaction

PLAIN_OUTCOMES = (None, "answered")
BYTES = 8


def sampled(one: Interaction, share: float) -> Interaction | None:
    """Returns the record with its weight, or ``None`` where it is left out.

    Kept always, with the weight they have: what was not allowed, where any rule fired in any mode,
    where a detector did not run, and what did not end as an answer. Of all others a share is kept,
    by a hash of the decision's id: every process and every run keeps the same ones. Their weight is
    divided by the share (Horvitz and Thompson 1952, doi:10.1080/01621459.1952.10483446).

    >>> sampled(Interaction(decision_id="a", source="cli"), 1.0).sample_weight
    1.0
    """
    if share >= 1 or remarkable(one):
        return one
    if chance(one.decision_id) >= share:
        return None
    return replace(one, sample_weight=one.sample_weight / share)


def remarkable(one: Interaction) -> bool:
    """Tells whether a record is kept whatever the share."""
    return bool(
        one.action != "allow"
        or one.degraded
        or one.labels.get("outcome") not in PLAIN_OUTCOMES
        or any(decision.rules for decision in one.decisions)
    )


def chance(decision_id: str) -> float:
    """Returns a number in [0, 1) that only depends on the identifier.

    >>> round(chance("a"), 3)
    0.254
    """
    digest = hashlib.blake2b(decision_id.encode("utf-8", "replace"), digest_size=BYTES).digest()
    return int.from_bytes(digest, "big") / (1 << 8 * BYTES)
