"""Counts a period of the store: profiles of the whole and of slices, and a small sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from tokenward.decisions.columns import ALONE, MILLION, Row
from tokenward.monitor.drift import vector_of
from tokenward.monitor.expression import Slicing
from tokenward.monitor.profile import Profile
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.sample import Drawn
from tokenward.monitor.thinning import thinned
from tokenward.monitor.traffic import Traffic
from tokenward.types import DriftVectors

SAMPLE_ROWS = 5_000
WINDOWS = 64
MOST_DRAWN_FROM = 200_000
"""Records from which a sample is drawn; of more, those of short windows."""
MOST_SLICES = 20
"""Values of one slicing; those with the most rows."""
MOST_NAMES = 20

Progress = Callable[[str], None]
Part = tuple[str, str]


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
    sides = [components(side.rows) for side in (reference, current)]
    found = {}
    for name in sorted({*sides[0], *sides[1]}):
        one, other = (side.get(name, np.empty((0, 0))) for side in sides)
        size = min(one.shape[1], other.shape[1]) if len(one) and len(other) else 0
        found[name] = DriftVectors(one[:, :size], other[:, :size])
    return found


def components(rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """Returns the vectors that rows have, as a matrix for each name."""
    names: dict[str, set[str]] = {}
    for row in rows:
        for column in row.values:
            if vector := vector_of(column):
                names.setdefault(vector, set()).add(column)
    found = {}
    for vector, columns in names.items():
        ordered = sorted(columns)
        whole = [
            [float(row.values[column][1]) for column in ordered]
            for row in rows
            if all(column in row.values for column in ordered)
        ]
        found[vector] = np.array(whole, dtype=float).reshape(len(whole), len(ordered))
    return found
