"""Which of overlapping secrets are told of."""

from __future__ import annotations

from tokenward.types import Detection

GENERIC = "SECRET_ASSIGNMENT"


def named(group: list[Detection]) -> list[Detection]:
    """Returns a group without the assigned values that a named format covers as surely.

    >>> both = [Detection("s", t, 3, 9, score) for t, score in ((GENERIC, 0.7), ("JWT", 1.0))]
    >>> [found.type for found in named(both)]
    ['JWT']
    """
    if len(group) == 1:
        return group
    return [
        found
        for found in group
        if found.type != GENERIC
        or not any(
            other.type != GENERIC
            and other.start <= found.start
            and found.end <= other.end
            and other.score >= found.score
            for other in group
        )
    ]
