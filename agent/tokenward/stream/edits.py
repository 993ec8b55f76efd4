"""The spans of a text that rules change or stop, joined where they overlap."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field

from tokenward.stream.plan import STRENGTH, CompiledRule
from tokenward.types import Detection


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A detection and the rule that acts on it."""

    start: int
    end: int
    rule_id: str
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
        """The edit that decides: by action, score, length, place, then by names.

        The order of rules and of detectors in a policy changes nothing.
        """
        return min(
            self.edits,
            key=lambda e: (
                -STRENGTH[e.kind],
                -e.detection.score,
                e.start - e.end,
                e.start,
                e.rule_id,
                e.detection.detector,
                e.detection.type,
            ),
        )

    def parts(self) -> list[tuple[int, int, bool]]:
        """Returns where its edits lie in it, and whether a mask may show some of what is there."""
        start = self.start
        return [(e.start - start, e.end - start, e.rule.masks(e.kind)) for e in self.edits]


class Edits:
    """The edits that wait, in order of the text."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: list[Edit] = []

    def add(self, edit: Edit) -> None:
        """Adds an edit; edits come almost in order."""
        insort(self.waiting, edit)

    def settle(self, boundary: int) -> list[Cluster]:
        """Returns and forgets the clusters that end by the boundary: nothing can join them.

        What starts at or after the boundary may still be overlapped by what is not found yet.
        """
        clusters, first = [], 0
        while first < len(self.waiting) and self.waiting[first].start < boundary:
            cluster = self._cluster(first)
            if cluster.end > boundary:
                break
            clusters.append(cluster)
            first += len(cluster.edits)
        del self.waiting[:first]
        return clusters

    def before(self, boundary: int) -> int:
        """Returns how far text may go: the boundary, or the start of an edit reaching over it."""
        return min(boundary, self.waiting[0].start) if self.waiting else boundary

    def _cluster(self, at: int) -> Cluster:
        first = self.waiting[at]
        cluster = Cluster(first.start, first.end, [first])
        for later in range(at + 1, len(self.waiting)):
            edit = self.waiting[later]
            if edit.start >= cluster.end:
                break
            cluster.end = max(cluster.end, edit.end)
            cluster.edits.append(edit)
        return cluster
