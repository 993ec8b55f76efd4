"""Counts a period of the store: profiles of the whole and of slices, and a small sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tokenward.decisions.columns import ALONE, MILLION, Row
from tokenward.monitor.drift import vector_of
from tokenward.monitor.expression import Slicing
from tokenward.monitor.profile import Profile
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.sample import Drawn
from tokenward.monitor.tables import FEWEST_GROUPS
from tokenward.monitor.thinning import thinned
from tokenward.monitor.traffic import Traffic, shown
from tokenward.types import DriftVectors

SAMPLE_ROWS = 5_000
WINDOWS = 64
MOST_DRAWN_FROM = 200_000
"""Records from which a sample is drawn; of more, those of short windows."""
MOST_SLICES = 20
"""Values of one slicing; those with the most rows."""
MOST_NAMES = 20
MODEL_LABEL = "model_label"

Progress = Callable[[str], None]
Part = tuple[str, str]
Floats = NDArray[np.float64]


@dataclass(slots=True)
class Collected:
    """What a report knows of a period."""

    period: Period
    profile: Profile = field(default_factory=Profile)
    parts: dict[Part, Profile] = field(default_factory=dict)
    slicings: dict[str, Slicing] = field(default_factory=dict)
    sample: list[Drawn] = field(default_factory=list)
    policies: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)

    def of(self, part: Part | None) -> Profile:
        """Returns the profile of a slice, or of all; empty where there is none.

        Where the reference is one model label, it is what slices by label are compared with.
        """
        if part is None or self._is_label(part):
            return self.profile
        return self.parts.get(part, Profile())

    def drawn(self, part: Part | None) -> list[Drawn]:
        """Returns the sample of a slice, or of all."""
        if part is None or self._is_label(part):
            return self.sample
        return [one for one in self.sample if one.has(part[0], shown(*part))]

    def _is_label(self, part: Part) -> bool:
        return self.period.label is not None and part[0] == MODEL_LABEL

    @property
    def rows(self) -> list[Row]:
        """The columns of the sample."""
        return [one.row for one in self.sample]

    @property
    def session_groups(self) -> int:
        """How many groups of sessions have rows."""
        return len(
            {group for base in self.profile.bases.values() for group in base.groups} - {ALONE}
        )


def collect(
    traffic: Traffic,
    periods: Periods,
    by: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[Collected, Collected]:
    """Returns what the two periods hold; memory does not grow with their length."""
    tell = progress or (lambda _: None)
    sides = Collected(periods.reference), Collected(periods.current)
    for name, side in zip(("reference", "current"), sides, strict=True):
        tell(f"counting the {name} period")
        side.profile = traffic.profile(side.period)
        tell(f"{side.profile.rows} interactions in the {name} period")
    for name in by:
        tell(f"counting by {name}")
        slicing = traffic.slicing(name, [side.profile for side in sides], MOST_SLICES)
        values = most_frequent(traffic, sides, slicing)
        for side in sides:
            side.slicings[name] = slicing
            found = traffic.profiles(side.period, slicing, values)
            side.parts.update({(name, value): profile for value, profile in found.items()})
    for side in sides:
        describe(traffic, side)
    return sides


def most_frequent(
    traffic: Traffic, sides: Sequence[Collected], slicing: Slicing
) -> tuple[str, ...]:
    """Returns the values of a slicing with the most rows."""
    counts: Counter[str] = Counter()
    for side in sides:
        counts += traffic.values(side.period, slicing)
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    return tuple(ranked[:MOST_SLICES])


def describe(traffic: Traffic, side: Collected) -> None:
    """Adds the policies, the models and the sample of a period."""
    if not side.profile.rows:
        return
    side.policies, side.models = traffic.served(side.period)
    weight = max(base.weight for base in side.profile.bases.values()) / MILLION
    rows = side.profile.rows
    thin = thinned(side.period, WINDOWS, rows, MOST_DRAWN_FROM)
    if thin.spans != side.period.spans:
        weight *= MOST_DRAWN_FROM / rows
    side.sample = traffic.sample(thin, SAMPLE_ROWS, weight)


def vectors(reference: Collected, current: Collected) -> dict[str, DriftVectors]:
    """Returns the vectors of the two samples, by the name of their column."""
    sides = [components(side.sample) for side in (reference, current)]
    nothing = np.empty((0, 0)), np.empty(0)
    found = {}
    for name in sorted({*sides[0], *sides[1]}):
        (one, groups), (other, groups_too) = (side.get(name, nothing) for side in sides)
        size = min(one.shape[1], other.shape[1]) if len(one) and len(other) else 0
        one, other = one[:, :size], other[:, :size]
        worth = row_worth(one, groups), row_worth(other, groups_too)
        found[name] = DriftVectors(one, other, worth)
    return found


def components(sample: Sequence[Drawn]) -> dict[str, tuple[Floats, Floats]]:
    """Returns the vectors that rows have, as a matrix for each name, and the groups of the rows."""
    names: dict[str, set[str]] = {}
    for drawn in sample:
        for column in drawn.row.values:
            if vector := vector_of(column):
                names.setdefault(vector, set()).add(column)
    found = {}
    for vector, columns in names.items():
        ordered = sorted(columns)
        mine = [one for one in sample if all(column in one.row.values for column in ordered)]
        whole = [[float(one.row.values[column][1]) for column in ordered] for one in mine]
        matrix = np.array(whole, dtype=float).reshape(len(whole), len(ordered))
        found[vector] = matrix, np.array([one.group for one in mine], dtype=float)
    return found


def row_worth(rows: Floats, groups: Floats) -> float:
    """Returns how many independent rows a row of vectors is worth, at most 1.

    The variance of the means of random groups of whole sessions, over that of independent rows
    (Wolter 2007, chapter 2; as a mean over the components); see ``tables.design_effect``.

    >>> chance = np.random.default_rng(1)
    >>> sessions = chance.normal(size=(64, 3)).repeat(10, axis=0)
    >>> row_worth(sessions, np.arange(640.0) // 20) < 0.2
    True
    """
    together = groups != ALONE
    _, members = np.unique(groups[together], return_inverse=True)
    sizes = np.bincount(members)
    mine = rows[together]
    spread = mine.var(axis=0) if len(mine) else np.zeros(0)
    if len(sizes) < FEWEST_GROUPS or not (spread > 0).any():
        return 1.0
    sums = np.zeros((len(sizes), mine.shape[1]))
    np.add.at(sums, members, mine - mine.mean(axis=0))
    between = (sums**2 / sizes[:, None]).sum(axis=0) / (len(sizes) - 1)
    effect = max(1.0, float((between[spread > 0] / spread[spread > 0]).mean()))
    share = float(together.mean())
    return 1 / (1 - share + share * effect)
