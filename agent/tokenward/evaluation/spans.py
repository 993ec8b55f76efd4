"""Adds up, row by row, how found spans agree with labelled ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tokenward.evaluation.agreement import Matches, Span, agreement, exact, overlapping
from tokenward.evaluation.labelled import Labelled
from tokenward.types import Decision

WAYS: Mapping[str, Callable[[Iterable[Span], Iterable[Span]], Matches]] = MappingProxyType(
    {"exact": exact, "overlapping": overlapping}
)
RATES = ("precision", "recall", "f1")


class Spans:
    """The agreement of some types; what is kept does not grow with the rows."""

    def __init__(self, types: Sequence[str]) -> None:
        self.types = types
        self.rows = 0
        self._beyond = False
        self._counts: dict[tuple[str, str | None], Counter[Matches]] = {
            (way, kind): Counter() for way in WAYS for kind in (None, *types)
        }

    def add(self, row: Labelled, decision: Decision) -> None:
        """Takes a row that has spans."""
        self.rows += 1
        self._beyond |= any(rule.count > len(rule.detections) for rule in decision.rules)
        found = [(d.start, d.end, d.type) for d in decision.detections if d.type in self.types]
        labelled = [span for span in row.spans or () if span[2] in self.types]
        for way, compare in WAYS.items():
            self._counts[way, None][compare(found, labelled)] += 1
            for kind in self.types:
                pair = ([span for span in spans if span[2] == kind] for spans in (found, labelled))
                self._counts[way, kind][compare(*pair)] += 1

    def lacks(self) -> str | None:
        """Returns why spans are not measured, in words; ``None`` where they are."""
        if self.rows and not self.types:
            return "no labelled span has a type of the detector"
        if self._beyond:
            return "a text has more detections than a decision keeps"
        return None

    def as_dict(self, threshold: float, seed: int) -> dict[str, Any] | None:
        """Returns the agreement as ``tokenward evaluate --json`` prints it."""
        if not self.rows or self.lacks():
            return None
        return {
            "threshold": threshold,
            "types": list(self.types),
            **self._both(None, seed),
            "by_type": {kind: self._both(kind, seed) for kind in self.types},
        }

    def _both(self, kind: str | None, seed: int) -> dict[str, Any]:
        found = {way: agreement(self._counts[way, kind], seed) for way in WAYS}
        return {way: one and one.as_dict() for way, one in found.items()}
