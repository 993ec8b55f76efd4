"""What is kept of each row once it is scored: a few numbers, and no text."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tokenward.evaluation.labelled import Labelled, truth
from tokenward.evaluation.members import Members
from tokenward.evaluation.repeats import Repeats
from tokenward.evaluation.slices import Slicing
from tokenward.evaluation.spans import Spans
from tokenward.evaluation.subjects import Scored, highest, types_of
from tokenward.evaluation.survey import Survey
from tokenward.evaluation.worst import Worst
from tokenward.statistics.estimates import Values
from tokenward.types import Decision

Named = Callable[[str], Iterable[str]]
"""Tells which groups a text names."""
UNLABELLED = -1
MOST_GROUPS = 1000


@dataclass(slots=True)
class Wanted:
    """What rows are asked for beside their scores."""

    label: str | None
    span_types: frozenset[str] = frozenset()
    slicings: Sequence[Slicing] = ()
    named: Named | None = None
    worst: Worst = field(default_factory=lambda: Worst(0))


class Collected:
    """All rows that were scored, by one detector or by two."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._truths = array("b")
        self._scores: list[array[float]] = []
        self.types: frozenset[str] = frozenset()
        self.spans = Spans(())
        self.repeats = Repeats()
        self.worst = wanted.worst
        self.unjudged = 0
        self.slices = {one.key: Members(f"--slice {one.key}") for one in wanted.slicings}
        self.groups = Members("--identity", MOST_GROUPS) if wanted.named else None

    @classmethod
    def of(cls, scored: Iterable[Scored], wanted: Wanted) -> Collected:
        """Takes all rows."""
        found = cls(wanted)
        for row, decisions in scored:
            found.add(row, decisions)
        return found

    def add(self, row: Labelled, decisions: Sequence[Decision]) -> None:
        """Takes a row with a decision of each detector."""
        if not self._scores:
            self._scores = [array("d") for _ in decisions]
            self.types = frozenset(types_of(decisions[0]))
            self.spans = Spans(sorted(self.types & self._wanted.span_types))
        place, wanted = len(self._truths), self._wanted
        true = self._truth(row)
        if any(decision.unmeasured for decision in decisions):
            self.unjudged += 1
            true = None
        self._truths.append(UNLABELLED if true is None else true)
        for scores, decision in zip(self._scores, decisions, strict=True):
            scores.append(highest(decision, self.spans.types if wanted.label is None else None))
        self.repeats.add(row.text, self._truths[-1])
        if true is not None:
            self.worst.add(row, self._scores[0][-1], truth=true)
        if row.spans is not None:
            self.spans.add(row, decisions[0])
        for one in wanted.slicings:
            self.slices[one.key].add(place, one.of(row))
        if self.groups is not None and wanted.named is not None:
            self.groups.add(place, dict.fromkeys(wanted.named(row.text)))

    def _truth(self, row: Labelled) -> bool | None:
        if self._wanted.label is not None:
            return truth(row, self._wanted.label)
        return None if row.spans is None else any(s[2] in self.spans.types for s in row.spans)

    @property
    def truths(self) -> NDArray[np.int8]:
        """1 and 0 by row, -1 where it has no label."""
        return np.frombuffer(self._truths, dtype=np.int8)

    def scores(self, detector: int = 0) -> Values:
        """Returns the scores by row of a detector."""
        if not self._scores:
            return np.zeros(0)
        return np.frombuffer(self._scores[detector], dtype=np.float64)

    def counts(self) -> Mapping[str, int]:
        """Returns how many rows there are, by label."""
        truths = self.truths
        return {
            "all": len(truths),
            "positive": int((truths == 1).sum()),
            "negative": int((truths == 0).sum()),
            "unlabelled": int((truths == UNLABELLED).sum()),
        }


def sample(survey: Survey, limit: int | None, seed: int) -> NDArray[np.int64] | None:
    """Returns the places of rows drawn at random, in order; ``None`` where all are taken."""
    if limit is None or limit >= survey.rows:
        return None
    source = np.random.default_rng(seed)
    return np.sort(source.choice(survey.rows, limit, replace=False))


def taken(rows: Iterable[Labelled], places: NDArray[np.int64] | None) -> Iterable[Labelled]:
    """Yields the rows at some places, or all."""
    if places is None:
        yield from rows
        return
    wanted = set(places.tolist())
    for place, row in enumerate(rows):
        if place in wanted:
            yield row
