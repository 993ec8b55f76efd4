"""Decides again about texts as if they were about other groups of people, off the requests' path.

References:
    Garg et al. 2019, doi:10.1145/3306618.3317950 (counterfactual fairness of text classifiers).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from tokenward.decisions.sampling import chance
from tokenward.decisions.swaps import FLIPS, column, signed
from tokenward.engine.compile import CompiledPolicy
from tokenward.engine.driving import decide
from tokenward.engine.engine import Engine
from tokenward.engine.text import TextStream
from tokenward.types import Decision, Swap

MOST_SWAPS = 6
"""Of a text; drawn by chance where there are more."""
MOST_SCORES = 12
"""Scores of classifiers that are compared at a stage; the first of the policy."""
MOST_CHARACTERS = 4_000
"""What is looked at of a text: its beginning."""
MOST_COLUMNS = 4_000
"""Different columns that a process writes; pairs of groups beyond that are left out."""
SHARE_OF_TIME = 0.1
"""Of the recorder's thread; what would take more is skipped."""
AT_ONCE_SECONDS = 2.0
"""What may be used at once after a quiet time."""
SALT = "counterfactual:"

Changes = dict[str, list[float]]


class Counterfactuals:
    """Measures how much a policy's scores and decisions hang on who is meant, for some requests.

    ``skipped`` counts requests that were drawn, but for which there was no time.
    """

    def __init__(
        self, compiled: CompiledPolicy, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._share = compiled.policy.record.counterfactuals
        self._swappers = compiled.swappers
        self._engine = Engine(compiled)
        self._clock = clock
        self._last = clock()
        self._credit = AT_ONCE_SECONDS
        self._columns: set[str] = set()
        self.skipped = 0

    def drawn(self, decision_id: str) -> bool:
        """Tells whether a request is one of the share; by its identifier, not by its content."""
        return chance(SALT + decision_id) < self._share

    def __call__(self, prompt: str | None, answer: str | None) -> dict[str, float]:
        """Returns the numbers of the texts of a request, see ``decisions.swaps``.

        Nothing where no group is named, and for a text of which a detector did not run.
        """
        began = self._clock()
        self._credit = min(
            AT_ONCE_SECONDS, self._credit + SHARE_OF_TIME * max(0.0, began - self._last)
        )
        self._last = began
        if self._credit <= 0:
            self.skipped += 1
            return {}
        found: dict[str, float] = {}
        for stage, text in (("input", prompt), ("output", answer)):
            if text:
                found |= self._measured(stage, text[:MOST_CHARACTERS])
        self._credit -= self._clock() - began
        return self._bounded(found)

    def close(self) -> None:
        """Ends the worker threads."""
        self._engine.close()

    def _measured(self, stage: str, text: str) -> dict[str, float]:
        names = self._names(stage)
        if not names:
            return {}
        swaps = list(chain.from_iterable(one.of(text, MOST_SWAPS) for one in self._swappers))
        if not swaps:
            return {}
        before = self._decided(stage, text)
        after = [(one, self._decided(stage, one.text)) for one in swaps[:MOST_SWAPS]]
        if before.degraded or any(decision.degraded for _, decision in after):
            return {}
        return dict(measured(stage, names, before, after))

    def _names(self, stage: str) -> Sequence[str]:
        """Returns the scores of classifiers: what finds places finds them whoever is meant."""
        parts = self._engine.plan(stage).units
        names = [f"{part.name}.{type_}" for part in parts for type_ in sorted(part.routes)]
        return names[:MOST_SCORES]

    def _decided(self, stage: str, text: str) -> Decision:
        return decide(TextStream(self._engine, stage), text)

    def _bounded(self, found: dict[str, float]) -> dict[str, float]:
        kept = {}
        for name, value in found.items():
            if name in self._columns or len(self._columns) < MOST_COLUMNS:
                self._columns.add(name)
                kept[name] = value
        return kept


def measured(
    stage: str,
    names: Iterable[str],
    before: Decision,
    after: Sequence[tuple[Swap, Decision]],
) -> Iterator[tuple[str, float]]:
    """Yields the columns of one text: a request counts once in each, however many swaps it has."""
    flips = sum(decision.action != before.action for _, decision in after)
    yield column(stage, FLIPS), flips / len(after)
    for name in names:
        sizes: list[float] = []
        pairs: Changes = defaultdict(list)
        for one, decision in after:
            change = decision.scores.get(name, 0.0) - before.scores.get(name, 0.0)
            told, difference = signed(stage, name, one.was, one.became, change)
            sizes.append(abs(change))
            pairs[told].append(difference)
        yield column(stage, name), mean(sizes)
        for told, differences in pairs.items():
            yield told, mean(differences)


def mean(numbers: Sequence[float]) -> float:
    """Returns the mean of numbers."""
    return sum(numbers) / len(numbers)
