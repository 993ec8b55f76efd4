"""The spans of a text that rules change or stop, joined where they overlap."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from tokenward.stream.plan import STRENGTH, CompiledRule
from tokenward.types import Detection


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A detection and the rule that acts on it."""

    start: int
    end: int
    rank: int
    rule: CompiledRule = field(compare=False)
    detection: Detection = field(compare=False)
    kind: str = field(compare=False)


@dataclass(slots=True)
class Cluster:
    """Overlapping edits: one stretch of text, removed as a whole, by the strongest of them."""

    start: int
    end: int
    edits: list[Edit]

    @property
    def strongest(self) -> Edit:
        """The edit that decides: by action, score, length, then order in text and policy."""
        return max(
            self.edits,
            key=lambda e: (
                STRENGTH[e.kind],
                e.detection.score,
                e.end - e.start,
                -e.start,
                -e.rank,
            ),
        )


class Edits:
    """The edits that wait, in order of the text."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Edit] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, edit: Edit) -> None:
        """Adds an edit; edits come almost in order."""
        insort(self._waiting, edit)

    def settle(self, boundary: int) -> Iterator[Cluster]:
        """Yields and forgets the clusters that end by the boundary: nothing can join them any more.

        What starts at or after the boundary may still be overlapped by what is not found yet.
        """
        while self._waiting and self._waiting[0].start < boundary:
            cluster = self._first()
            if cluster.end > boundary:
                return
            del self._waiting[: len(cluster.edits)]
            yield cluster

    def before(self, boundary: int) -> int:
        """Returns how far text may go: the boundary, or the start of an edit reaching over it."""
        return min(boundary, self._waiting[0].start) if self._waiting else boundary

    def _first(self) -> Cluster:
        first = self._waiting[0]
        cluster = Cluster(first.start, first.end, [first])
        for edit in self._waiting[1:]:
            if edit.start >= cluster.end:
                break
            cluster.end = max(cluster.end, edit.end)
            cluster.edits.append(edit)
        return cluster
