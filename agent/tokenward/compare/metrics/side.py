"""One model's rows of one suite, by case, and which of its cases cannot be used."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tokenward.compare.backends.base import Answer
from tokenward.compare.run import AnswerRow, RatingRow, Run
from tokenward.compare.suites.suite import Suite

Rows = Mapping[str, RatingRow]
"""Rating rows of a case by their part."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Answers (in order of samples) and ratings of cases, of one pass over a suite.

    ``mute`` are cases of which an answer failed or is missing, ``unrated`` those of which a rating
    is missing or no finite number: neither can be used. ``samples`` answers are read of a case.
    """

    answers: Mapping[str, tuple[Answer, ...]]
    ratings: Mapping[str, Rows]
    mute: frozenset[str]
    unrated: frozenset[str]
    samples: int

    @classmethod
    def of(
        cls,
        suite: Suite,
        answers: Iterable[AnswerRow],
        ratings: Iterable[RatingRow],
        samples: int,
    ) -> Side:
        """Sorts the rows of one pass; answers beyond ``samples`` a case are left out."""
        said: defaultdict[str, dict[int, Answer]] = defaultdict(dict)
        for one in answers:
            if one.sample < samples:
                said[one.case][one.sample] = one.answer
        rated: defaultdict[str, dict[str, RatingRow]] = defaultdict(dict)
        broken: set[str] = set()
        for row in ratings:
            if row.error is not None:
                broken.add(row.case)
            if row.logprobs:  # a base that drew nothing leaves nothing to rate
                rated[row.case][row.part] = row
        parts = {case.id: {str(at) for at in range(len(case.rated))} for case in suite.cases}
        return cls(
            answers={case: tuple(some[at] for at in sorted(some)) for case, some in said.items()},
            ratings=rated,
            mute=frozenset(
                case
                for case, some in said.items()
                if len(some) < samples or any(map(failed, some.values()))
            ),
            unrated=frozenset(broken).union(
                case
                for case, some in rated.items()
                if not parts.get(case, set()) <= some.keys() or not all(map(finite, some.values()))
            ),
            samples=samples,
        )

    def has(self, case: str, *, rated: bool) -> bool:
        """Tells whether there is any row of a case."""
        return case in (self.ratings if rated else self.answers)

    def uses(self, case: str, *, rated: bool) -> bool:
        """Tells whether a case has all its rows, and none that failed."""
        return self.has(case, rated=rated) and case not in (self.unrated if rated else self.mute)

    def first(self, samples: int) -> Side:
        """Returns the same pass with fewer answers a case."""
        if samples >= self.samples:
            return self
        fewer = {case: some[:samples] for case, some in self.answers.items()}
        return replace(self, answers=fewer, samples=samples)


def failed(answer: Answer) -> bool:
    """Tells whether there is no answer; an empty text is one."""
    return answer.finish == "error" or answer.error is not None


def finite(row: RatingRow) -> bool:
    """Tells whether a continuation has a number for each of its tokens."""
    return all(map(math.isfinite, (*row.logprobs, *(row.kl or ()))))


def passes(run: Run, suite: Suite, samples: int) -> tuple[Side, ...]:
    """Returns the passes of a run over a suite: the one that counts, then those of the floor.

    Without any row the first is empty. Those of the floor have as many samples as were drawn.
    """
    answers: defaultdict[int, list[AnswerRow]] = defaultdict(list)
    ratings: defaultdict[int, list[RatingRow]] = defaultdict(list)
    for one in run.answers:
        if one.suite == suite.name:
            answers[one.repeat].append(one)
    for row in run.ratings:
        if row.suite == suite.name:
            ratings[row.repeat].append(row)
    drawn = {
        number: min(samples, 1 + max((one.sample for one in answers[number]), default=0))
        for number in sorted({*answers, *ratings} - {0})
    }
    return (
        Side.of(suite, answers[0], ratings[0], samples),
        *(Side.of(suite, answers[at], ratings[at], count) for at, count in drawn.items()),
    )
