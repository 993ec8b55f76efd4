"""Stopping early: a comparison looked at four times, with bounds that allow for the looks."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from tokenward.compare.asked import Asked
from tokenward.compare.case import Case
from tokenward.compare.gate.gate import Gate
from tokenward.compare.result import MetricResult
from tokenward.compare.suites.suite import Suite
from tokenward.statistics.sequential import obrien_fleming

LOOKS = 4
GATED = ("pass", "fail", "inconclusive")


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the first cases of all suites; ``cases`` is ``None`` for all of them."""

    number: int
    of: int
    alpha: float | None = None
    cases: frozenset[tuple[str, str]] | None = None

    @property
    def first(self) -> bool:
        """Whether nothing was looked at before."""
        return self.number == 1

    def gate(self, gate: Gate) -> Gate:
        """Returns the gate with the level of this look."""
        return gate if self.alpha is None else replace(gate, alpha=self.alpha)

    def suites(self, suites: Sequence[Suite]) -> tuple[Suite, ...]:
        """Returns the suites with the cases of this look."""
        if self.cases is None:
            return tuple(suites)
        wanted = self.cases
        return tuple(
            replace(
                suite,
                cases=tuple(one for one in suite.cases if (suite.name, one.id) in wanted),
            )
            for suite in suites
        )

    def decided(self, results: Sequence[MetricResult]) -> bool:
        """Tells whether more cases could change nothing: one metric failed, or all passed."""
        states = [one.result for one in results if one.result in GATED]
        return self.number < self.of and bool(states) and (
            "fail" in states or set(states) == {"pass"}
        )  # fmt: skip


def looks(asked: Asked) -> Iterator[Look]:
    """Yields one look at everything, or several at growing parts of each suite.

    Parts are whole clusters in an order drawn by the seed, so that each is like the suite.
    """
    if not asked.sequential:
        yield Look(1, 1)
        return
    levels = _levels(asked.gate.alpha)
    orders = [_shuffled(suite, asked.base.sampling.seed) for suite in asked.suites]
    for number, level in enumerate(levels, 1):
        cases = frozenset(
            (suite.name, case.id)
            for suite, order in zip(asked.suites, orders, strict=True)
            for case in _first(suite, order, number)
        )
        yield Look(number, LOOKS, level, None if number == LOOKS else cases)


@cache
def _levels(alpha: float) -> tuple[float, ...]:
    return obrien_fleming(alpha, LOOKS)


def _shuffled(suite: Suite, seed: int) -> list[str]:
    clusters = list(dict.fromkeys(case.cluster for case in suite.cases))
    random.Random(f"{seed} {suite.name}").shuffle(clusters)  # noqa: S311  # a draw, no secret
    return clusters


def _first(suite: Suite, order: Sequence[str], number: int) -> Iterator[Case]:
    """Yields the cases of the first so many quarters of the clusters, rounded up."""
    count = -(-len(order) * number // LOOKS)
    taken = set(order[:count])
    return (case for case in suite.cases if case.cluster in taken)
