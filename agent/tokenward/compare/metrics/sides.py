"""Both models' rows of a suite, and how a measure of one case becomes paired values.

A measure is a function of a case and its answers, or its rating rows; what it returns is a number,
or NaN where an answer cannot be measured: the case is then dropped on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.compare.backends.base import Answer
from tokenward.compare.case import Case
from tokenward.compare.metrics.detectors import Detectors
from tokenward.compare.metrics.found import Found
from tokenward.compare.metrics.metric import Metric, Paired
from tokenward.compare.metrics.side import Rows, Side, passes
from tokenward.compare.run import Run
from tokenward.compare.suites.suite import Suite

Values = NDArray[np.float64]
OfAnswer = Callable[[Case, Answer], float]
OfRatings = Callable[[Case, Rows], float]
OfSide = Callable[[Case, Side], float]
OfBoth = Callable[[Case, Side, Side], float]
"""A case in the base, or a model to measure another by, and in the other."""
Members = Mapping[str, Sequence[str]]
"""The ids of the cases that make one observation, by its own id: twins of a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """A suite with both models' passes over it; ``prefix`` begins the names of its metrics."""

    suite: Suite
    prefix: str
    base: Side
    optimized: Side
    base_again: tuple[Side, ...]
    again: tuple[Side, ...]
    detectors: Detectors
    samples: int
    same_tokenizer: bool
    base_run: Run
    optimized_run: Run

    @classmethod
    def of(
        cls, suite: Suite, base: Run, optimized: Run, detectors: Detectors, prefix: str
    ) -> Sides:
        """Sorts two runs' rows of a suite; with unequal samples the first ones of both count."""
        samples = min(base.sampling.samples, optimized.sampling.samples)
        first, *base_again = passes(base, suite, samples)
        second, *again = passes(optimized, suite, samples)
        return cls(
            suite=suite,
            prefix=prefix,
            base=first,
            optimized=second,
            base_again=tuple(base_again),
            again=tuple(again),
            detectors=detectors,
            samples=samples,
            same_tokenizer=same_tokenizer(base.identity, optimized.identity),
            base_run=base,
            optimized_run=optimized,
        )

    @property
    def uneven(self) -> bool:
        """Whether one model was asked more often than the other."""
        return self.base_run.sampling.samples != self.optimized_run.sampling.samples

    @property
    def against_base(self) -> bool:
        """Whether the optimized model rated what this base drew, as far as the runs tell."""
        base, optimized = self.base_run.details, self.optimized_run.details
        return "id" not in base or base["id"] in (optimized.get("reference"), optimized.get("id"))

    def named(self, metric: Metric) -> Metric:
        """Returns a metric under the name that it has for this suite."""
        return replace(metric, name=f"{self.prefix}.{metric.name.partition('.')[2]}")

    def without(self, found: Found, metrics: Iterable[Metric], reason: str) -> None:
        """Says of several metrics of this suite that they have no values, and why."""
        for metric in metrics:
            found.lacks(self.named(metric).name, reason)

    def texts(self) -> list[str]:
        """Returns the answers of both models and of their floors, each text once."""
        sides = (self.base, self.optimized, *self.base_again, *self.again)
        found = {one.text: None for side in sides for some in side.answers.values() for one in some}
        return list(found)

    def lacks(self, *, rated: bool, detector: str | None = None) -> str | None:
        """Says why answers (or ratings) cannot be compared; ``None`` where they can.

        ``detector`` is what scores them, as ``DETECTOR`` or ``DETECTOR.TYPE``.
        """
        what = "rates no continuations" if rated else "answered nothing of the suite"
        for word, side in (("base", self.base), ("optimized model", self.optimized)):
            if not (side.ratings if rated else side.answers):
                return f"the {word} {what}"
        return None if detector is None else self.detectors.lacks(detector)

    def answered(self, metric: Metric, of: OfAnswer, cases: Sequence[Case] | None = None) -> Paired:
        """Measures each answer; a case's value is the mean over its samples."""

        def mean(case: Case, side: Side) -> float:
            return float(np.mean([of(case, one) for one in side.answers[case.id]]))

        found = self.pair(metric, mean, cases, rated=False)
        return replace(found, within=self._within(of, found.cases))

    def _within(self, of: OfAnswer, cases: Sequence[str]) -> Values | None:
        """Returns by case how much the differences of its samples vary; samples are pairs, too."""
        if self.samples == 1 or not cases:
            return None
        by_id = {case.id: case for case in self.suite.cases}
        found = [
            [
                of(by_id[case], second) - of(by_id[case], first)
                for first, second in zip(
                    self.base.answers[case], self.optimized.answers[case], strict=True
                )
            ]
            for case in cases
        ]
        told: Values = np.var(np.array(found), axis=1, ddof=1)
        return told

    def rated(self, metric: Metric, of: OfRatings, cases: Sequence[Case] | None = None) -> Paired:
        """Measures the ratings of each case."""
        return self.pair(metric, lambda case, side: of(case, side.ratings[case.id]), cases)

    def pair(
        self,
        metric: Metric,
        of: OfSide,
        cases: Sequence[Case] | None = None,
        *,
        rated: bool = True,
        weight: OfSide | None = None,
        members: Members | None = None,
    ) -> Paired:
        """Measures each case on either side; of ratios ``of`` and ``weight`` are sums.

        With ``members`` each of the cases stands for several, all of which it needs.
        """
        kept, dropped, notes = self.usable(cases, members, rated=rated)
        base, optimized = (
            np.array([of(case, side) for case in kept], dtype=np.float64)
            for side in (self.base, self.optimized)
        )
        weights = (
            None
            if weight is None
            else np.array([weight(case, self.base) for case in kept], dtype=np.float64)
        )
        return replace(
            self._paired(metric, kept, base, optimized, weights, dropped, notes),
            floor=self._floor(of, self.optimized, self.again, kept, weight, members, rated=rated),
            base_floor=self._floor(
                of, self.base, self.base_again, kept, weight, members, rated=rated
            ),
        )

    def against(
        self,
        metric: Metric,
        of: OfBoth,
        cases: Sequence[Case] | None = None,
        *,
        rated: bool = False,
        ideal: OfSide | None = None,
        members: Members | None = None,
    ) -> Paired:
        """Measures the optimized model against the base; the base's value is 0, or the ideal."""
        kept, dropped, notes = self.usable(cases, members, rated=rated)
        base = np.array([ideal(case, self.base) if ideal else 0.0 for case in kept])
        optimized = np.array([of(case, self.base, self.optimized) for case in kept])

        def itself(side: Side, again: Sequence[Side]) -> Values | None:
            found = [
                of(case, alike, other) - (ideal(case, alike) if ideal else 0.0)
                for other in again
                for alike in [side.first(other.samples)]
                for case in kept
                if _uses(other, case, members, rated=rated)
            ]
            return _finite(found)

        return replace(
            self._paired(metric, kept, base, optimized, None, dropped, notes),
            floor=itself(self.optimized, self.again),
            base_floor=itself(self.base, self.base_again),
        )

    def usable(
        self, cases: Sequence[Case] | None, members: Members | None = None, *, rated: bool
    ) -> tuple[list[Case], list[str], list[str]]:
        """Returns cases that both sides have, ids of those dropped, and notes that say so."""
        kept, dropped = [], []
        lost = {"base": 0, "optimized model": 0}
        for case in self.suite.cases if cases is None else cases:
            base, optimized = (
                _uses(side, case, members, rated=rated) for side in (self.base, self.optimized)
            )
            if base and optimized:
                kept.append(case)
            elif _has(self.base, case, members, rated=rated) or _has(
                self.optimized, case, members, rated=rated
            ):
                dropped.append(case.id)
                lost["base"] += not base
                lost["optimized model"] += not optimized
        notes = [
            f"{count} cases without use in the {word}" for word, count in lost.items() if count
        ]
        if not rated and self.uneven:
            notes.append(f"unequal samples a case: the first {self.samples} of both count")
        return kept, dropped, notes

    def _floor(
        self,
        of: OfSide,
        side: Side,
        again: Sequence[Side],
        cases: Sequence[Case],
        weight: OfSide | None,
        members: Members | None,
        *,
        rated: bool,
    ) -> Values | None:
        """Returns a model's differences from itself; of ratios they are means by weight."""
        return _finite(
            [
                (of(case, other) - of(case, alike)) / (weight(case, side) if weight else 1.0)
                for other in again
                for alike in [side.first(other.samples)]
                for case in cases
                if _uses(other, case, members, rated=rated)
            ]
        )

    def _paired(
        self,
        metric: Metric,
        cases: Sequence[Case],
        base: Values,
        optimized: Values,
        weights: Values | None,
        dropped: Sequence[str],
        notes: Sequence[str],
    ) -> Paired:
        fine = np.isfinite(base) & np.isfinite(optimized)
        if weights is not None:
            fine &= weights > 0
        kept = [case for case, good in zip(cases, fine, strict=True) if good]
        odd = [case.id for case, good in zip(cases, fine, strict=True) if not good]
        told = [*notes, *([f"{len(odd)} cases whose value is no number"] if odd else [])]
        groups = tuple(case.group or "" for case in kept)
        return Paired(
            metric=self.named(metric),
            cases=tuple(case.id for case in kept),
            clusters=tuple(case.cluster for case in kept),
            base=base[fine],
            optimized=optimized[fine],
            weights=None if weights is None else weights[fine],
            samples=self.samples,
            groups=groups if any(groups) else None,
            dropped=(*dropped, *odd),
            notes=told,
        )


def _ids(case: Case, members: Members | None) -> Sequence[str]:
    return (case.id,) if members is None else members[case.id]


def _uses(side: Side, case: Case, members: Members | None, *, rated: bool) -> bool:
    return all(side.uses(one, rated=rated) for one in _ids(case, members))


def _has(side: Side, case: Case, members: Members | None, *, rated: bool) -> bool:
    return any(side.has(one, rated=rated) for one in _ids(case, members))


def _finite(values: Sequence[float]) -> Values | None:
    array = np.array(values, dtype=np.float64)
    array = array[np.isfinite(array)]
    return array if len(array) else None


def same_tokenizer(base: Mapping[str, Any], optimized: Mapping[str, Any]) -> bool:
    """Tells whether two models cut text alike, as far as both say by which tokenizer.

    >>> same_tokenizer({"tokenizer": "a"}, {"tokenizer": "b"}), same_tokenizer({}, {})
    (False, True)
    """
    first, second = base.get("tokenizer"), optimized.get("tokenizer")
    return first is None or second is None or first == second
