"""Keeps detections until nothing that overlaps them can still come."""

from __future__ import annotations

from dataclasses import replace

from tokenward.types import Detection

GENERIC = "SECRET_ASSIGNMENT"


class Ledger:
    """Hands out detections in groups that overlap, so that ``settled`` never lies inside one.

    A group longer than ``limit`` is cut there, in whatever order its members came: a chain of
    overlapping detections could otherwise keep text back for ever.
    """

    __slots__ = ("limit", "pending", "settled")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.pending: list[Detection] = []
        self.settled = 0

    def advance(self, certain: int) -> list[Detection]:
        """Returns the groups that are whole, given that all that starts before ``certain`` is known.

        >>> ledger = Ledger(limit=100)
        >>> ledger.pending += [Detection("secrets", "JWT", 4, 9, 1.0)]
        >>> ledger.advance(7), ledger.settled
        ([], 4)
        >>> [found.type for found in ledger.advance(9)], ledger.settled
        (['JWT'], 9)
        """
        ready: list[Detection] = []
        if self.pending:
            self.pending.sort(key=lambda found: (found.start, found.end, found.type))
            while self._take(certain, ready):
                pass
        first = self.pending[0].start if self.pending else certain
        self.settled = max(self.settled, min(certain, first))
        return ready

    def _take(self, certain: int, ready: list[Detection]) -> bool:
        size, edge = self._group()
        if not size or edge > certain:
            return False
        group, rest = self.pending[:size], self.pending[size:]
        ready += [
            found if found.end <= edge else replace(found, end=edge) for found in named(group)
        ]
        self.pending = [replace(found, start=edge) for found in group if found.end > edge] + rest
        self.pending.sort(key=lambda found: (found.start, found.end, found.type))
        return True

    def _group(self) -> tuple[int, int]:
        """Returns how many of the first detections overlap, and where they end or are cut."""
        if not self.pending:
            return 0, 0
        size, edge = 1, self.pending[0].end
        stop = self.pending[0].start + self.limit
        while size < len(self.pending) and self.pending[size].start < min(edge, stop):
            edge = max(edge, self.pending[size].end)
            size += 1
        return size, min(edge, stop)


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
