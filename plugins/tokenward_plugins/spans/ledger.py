"""Keeps detections until nothing that overlaps them can still come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tokenward.types import Detection

Group = list[Detection]


class Ledger:
    """Hands out detections in groups that overlap, so that ``settled`` never lies inside one.

    A group longer than ``limit`` is cut there, in whatever order its members came: a chain of
    overlapping detections could otherwise keep text back for ever. ``choose``, if given, says which
    detections of a group are handed out.
    """

    __slots__ = ("choose", "limit", "pending", "settled")

    def __init__(self, limit: int, choose: Callable[[Group], Group] | None = None) -> None:
        self.limit = limit
        self.choose = choose
        self.pending: list[Detection] = []
        self.settled = 0

    def advance(self, certain: int) -> list[Detection]:
        """Returns the groups that are whole, if all that starts before ``certain`` is known.

        >>> ledger = Ledger(limit=100)
        >>> ledger.pending += [Detection("d", "A", 0, 6, 1.0), Detection("d", "B", 4, 9, 1.0)]
        >>> ledger.advance(7), ledger.settled
        ([], 0)
        >>> [found.type for found in ledger.advance(12)], ledger.settled
        (['A', 'B'], 12)
        """
        ready: list[Detection] = []
        pending, done = self.pending, 0
        if pending:
            pending.sort(key=_order)
        while done < len(pending):
            size, edge = self._group(done)
            if edge > certain:
                break
            group = sorted(pending[done : done + size], key=_order)
            cut = [found if found.end <= edge else replace(found, end=edge) for found in group]
            ready += cut if self.choose is None else self.choose(cut)
            rest = [replace(found, start=edge) for found in group if found.end > edge]
            if rest:
                pending[done : done + size] = rest
            else:
                done += size
        del pending[:done]
        self.settled = max(self.settled, min(certain, pending[0].start if pending else certain))
        return ready

    def _group(self, first: int) -> tuple[int, int]:
        """Returns how many detections from ``first`` on overlap, and where they end or are cut."""
        pending = self.pending
        last, edge = first + 1, pending[first].end
        stop = pending[first].start + self.limit
        while last < len(pending) and pending[last].start < min(edge, stop):
            edge = max(edge, pending[last].end)
            last += 1
        return last - first, min(edge, stop)


def _order(found: Detection) -> tuple[int, int, str]:
    return found.start, found.end, found.type
