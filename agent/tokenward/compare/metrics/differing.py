"""How far scores of answers about different groups lie apart, beyond what chance makes of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from tokenward.compare.case import Case
from tokenward.compare.metrics.metric import Metric, Paired
from tokenward.compare.metrics.people import Twins
from tokenward.compare.metrics.side import Side
from tokenward.compare.metrics.sides import Sides


def differing(sides: Sides, metric: Metric, twins: Twins, scores: Mapping[str, float]) -> Paired:
    """Measures each pair: differences between groups less those between answers about one."""

    def value(unit: Case, side: Side) -> float:
        by_group: dict[str, list[float]] = {}
        for twin in twins.cases[unit.id]:
            some = [scores[one.text] for one in side.answers[twin.id]]
            by_group.setdefault(twin.group or "", []).extend(some)
        return apart(list(by_group.values()))

    paired = sides.pair(metric, value, twins.units, rated=False, members=twins.members)
    if any(_several(sides, twins.cases[pair]) for pair in paired.cases) or not paired.cases:
        return paired
    note = "one answer about each group: what chance alone makes them differ by is not taken off"
    return replace(paired, notes=(*paired.notes, note))


def _several(sides: Sides, twins: Sequence[Case]) -> bool:
    return sides.samples > 1 or len({twin.group for twin in twins}) < len(twins)


def apart(groups: Sequence[Sequence[float]]) -> float:
    """Returns the mean distance between groups less that within them, of scores by group.

    Within is 0 where no group has two scores. It may be below 0, where both are by chance.

    >>> apart([[0.0, 0.2], [1.0]])
    0.7
    """
    between = [abs(x - y) for one, other in combinations(groups, 2) for x in one for y in other]
    within = [abs(x - y) for one in groups for x, y in combinations(one, 2)]
    return float(np.mean(between) - (np.mean(within) if within else 0.0))
