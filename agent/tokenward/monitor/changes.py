"""What became of a column that drifted: since when, how it went, and which requests to look at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.decisions.buckets import bucket
from tokenward.decisions.columns import SCORED
from tokenward.monitor.collect import Collected, Part
from tokenward.monitor.drift import ColumnDrift
from tokenward.monitor.profile import Column, Key, Name, Profile
from tokenward.monitor.quality import mean, tidy
from tokenward.monitor.ranges import instant_text
from tokenward.monitor.sample import Drawn
from tokenward.monitor.tables import cells_of, table_of
from tokenward.monitor.thinning import thinned
from tokenward.monitor.traffic import Traffic, shown
from tokenward.store.dictionary import KEY_MASK, Meaning

STEPS = 48
FEWEST_STEPS = 4
ROWS_A_STEP = 40
MOST_FOLLOWED = 1_000_000
"""Records that are looked at to see since when; of more, those of a window in each step."""
MOST_CHANGES = 12
MOST_SLICES = 3
"""Slices whose course is followed; each costs another look at the records."""
MOST_EXAMPLES = 5
FEWEST_ROWS = 20
"""A step with fewer rows shows no value."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """The course of a column that drifted.

    ``since`` is in seconds since the epoch, ``None`` where the column was different from the start.
    ``course`` are the values of the steps of the current period from ``start``, each ``width``
    seconds long, ``before`` is that of the reference, ``of`` says what they are. ``examples`` are
    decision ids, of the period ``examples_of``, in which the column has what became more (or in
    the reference, what became less).
    """

    column: str
    slice: str | None
    of: str
    before: float | None = None
    since: float | None = None
    start: float = 0.0
    width: float = 0.0
    course: tuple[float | None, ...] = ()
    examples: tuple[str, ...] = ()
    examples_of: str = "current"

    def as_dict(self) -> dict[str, Any]:
        """Returns the course as reports carry it."""
        return {
            "column": self.column,
            "slice": self.slice,
            "of": self.of,
            "before": None if self.before is None else tidy(self.before),
            "since": None if self.since is None else instant_text(self.since),
            "course": [None if value is None else tidy(value) for value in self.course],
            "step_seconds": round(self.width, 3),
            "examples": list(self.examples),
            "examples_of": self.examples_of,
        }


def changes(
    traffic: Traffic,
    reference: Collected,
    current: Collected,
    drifted: Sequence[ColumnDrift],
) -> list[Change]:
    """Returns the courses of the columns that drifted, the clearest changes first."""
    found = []
    chosen = [one for one in drifted if one.kind != "vector"][:MOST_CHANGES]
    parts = {f"{name}={shown(name, value)}": (name, value) for name, value in current.parts}
    slices = list(dict.fromkeys(one.slice for one in chosen))[: MOST_SLICES + 1]
    for name in slices:
        here = [one for one in chosen if one.slice == name]
        part = None if name is None else parts[name]
        found += courses(traffic, reference, current, here, part)
    return found


def courses(
    traffic: Traffic,
    reference: Collected,
    current: Collected,
    drifted: Sequence[ColumnDrift],
    part: Part | None,
) -> list[Change]:
    """Returns the courses of columns of the whole or of one slice."""
    was, became = (side.of(part) for side in (reference, current))
    steps_of = current.profile if part is None else became
    count = min(STEPS, max(FEWEST_STEPS, steps_of.rows // ROWS_A_STEP))
    width = (current.period.end - current.period.start) / count
    thin = thinned(current.period, count, current.profile.rows, MOST_FOLLOWED)
    ranges = sorted({one for drift in drifted for one in ranges_of(drift, (was, became))})
    if part is None:
        steps = traffic.steps(thin, width, ranges)
    else:
        slicing = current.slicings[part[0]]
        steps = traffic.steps(thin, width, ranges, slicing, part[1])
    sides = {"reference": reference.drawn(part), "current": current.drawn(part)}
    seen = [steps.get(step, Profile()) for step in range(count)]
    followed = Followed(was, became, seen, current.period.start, width, sides)
    return [course(one, followed) for one in drifted]


def ranges_of(one: ColumnDrift, profiles: Sequence[Profile]) -> list[tuple[int, int]]:
    """Returns the ranges of cells of a column and of its base."""
    found: list[tuple[int, int]] = []
    if one.kind == "category":
        for profile in profiles:
            column = profile.columns.get((one.column, "category"), Column("category"))
            ids = {Meaning("category", one.column, None, str(key)).id for key in column.totals()}
            found += [(cell, cell) for cell in ids]
    elif one.kind != "vector":
        first = Meaning(one.kind, one.column, one.base).id
        found.append((first, first | KEY_MASK))
    if one.base == SCORED:
        for profile in profiles:
            for key, columns in profile.lists.items():
                if one.column in columns:
                    cell = profile.meanings[key]
                    found.append((cell, cell))
    elif one.base:
        cell = Meaning("base", one.base).id
        found.append((cell, cell))
    return found


@dataclass(frozen=True, slots=True)
class Followed:
    """The whole or a slice: its two profiles, those of the steps of time, and its samples."""

    was: Profile
    became: Profile
    steps: Sequence[Profile]
    start: float
    width: float
    samples: Mapping[str, Sequence[Drawn]]


def course(one: ColumnDrift, followed: Followed) -> Change:
    """Returns the course of one column."""
    name: Name = (one.column, one.kind if one.kind != "vector" else "number")
    before, after = (side.column(name, one.base) for side in (followed.was, followed.became))
    cells = cells_of(before, after, fine=False)
    table = table_of(before, after, cells)
    moved = contributions(*table.shares)
    columns = [profile.column(name, one.base) for profile in followed.steps]
    key = most_moved(cells, moved) if one.kind == "category" else None
    first = onset(table.reference, np.array([counts_of(column, cells) for column in columns]))
    examples, of = examples_of(one, cells, moved, followed.samples)
    return Change(
        one.column,
        one.slice,
        what_is_shown(one.kind, key),
        before=value_of(before, key),
        since=followed.start + first * followed.width if first else None,
        start=followed.start,
        width=followed.width,
        course=tuple(value_of(column, key) for column in columns),
        examples=examples,
        examples_of=of,
    )


def what_is_shown(kind: str, key: Key | None) -> str:
    """Returns what the values of a course are."""
    if kind == "category":
        return f"share of {key}"
    return "mean" if kind == "number" else "share above 0"


def contributions(p: Floats, q: Floats) -> Floats:
    """Returns by how much each cell adds to the distance; negative where it became less."""
    low = 1e-6
    return np.asarray((q - p) * np.abs(np.log(np.maximum(q, low) / np.maximum(p, low))))


def most_moved(cells: Sequence[Sequence[Key]], moved: Floats) -> Key:
    """Returns the category whose share changed most."""
    return cells[int(np.abs(moved).argmax())][0]


def counts_of(column: Column, cells: Sequence[Sequence[Key]]) -> list[float]:
    """Returns the rows of a column in some cells, at their mean weight."""
    totals = column.totals()
    scale = column.rows / column.weight if column.weight else 0.0
    return [scale * sum(totals.get(key, 0) for key in cell) for cell in cells]


def value_of(column: Column, key: Key | None) -> float | None:
    """Returns a column as one number: the share of a category or of what is above 0, or a mean."""
    totals = column.totals()
    weight = sum(totals.values())
    if column.rows < FEWEST_ROWS or not weight:
        return None
    if key is not None:
        return totals.get(key, 0) / weight
    if column.kind == "number":
        return mean(column)
    return 1 - totals.get(0, 0) / weight


def onset(reference: Floats, steps: Floats) -> int:
    """Returns the step from which on counts are another distribution than the reference.

    The one that makes what was counted most likely: reference before it, the shares of all that
    follows after it (Page 1955, doi:10.1093/biomet/42.3-4.523, with the likelihood ratio of
    multinomial counts).

    >>> calm, other = [90.0, 10.0], [60.0, 40.0]
    >>> onset(np.array([900.0, 100.0]), np.array([calm, calm, other, other]))
    2
    """
    if not steps.size:
        return 0
    p = (reference + 0.5) / (reference + 0.5).sum()
    best, gain = 0, -math.inf
    begin = int((steps.sum(axis=1) > 0).argmax())  # before it there was nothing that could differ
    for first in range(begin, len(steps)):
        counts = steps[first:].sum(axis=0)
        total = counts.sum()
        if not total:
            break
        seen = counts > 0
        likelihood = float((counts[seen] * np.log(counts[seen] / total / p[seen])).sum())
        if likelihood > gain:
            best, gain = first, likelihood
    return best


def examples_of(
    one: ColumnDrift,
    cells: Sequence[Sequence[Key]],
    moved: Floats,
    samples: Mapping[str, Sequence[Drawn]],
) -> tuple[tuple[str, ...], str]:
    """Returns decision ids that show a change, the newest first, and which period they are of.

    What became more is shown in the current period. Where that is only "nothing" (a rule that
    fires less), what became less is shown in the reference.
    """
    order = np.argsort(-moved)
    more = next((cells[at] for at in order if moved[at] > 0 and list(cells[at]) != [0]), None)
    less = cells[int(order[-1])]
    for keys, period in ((more, "current"), (less, "reference")):
        if keys is not None:
            found = [row for row in samples[period] if key_of(row, one) in keys]
            if found:
                newest = sorted(found, key=lambda row: -row.time)[:MOST_EXAMPLES]
                return tuple(row.decision_id for row in newest), period
    return (), "current"


def key_of(drawn: Drawn, one: ColumnDrift) -> Key | None:
    """Returns the bucket or category that a row has in a column."""
    row = drawn.row
    said = row.values.get(one.column)
    if said is not None:
        return said[1] if isinstance(said[1], str) else bucket(said[1])
    if one.column in row.sparse:
        return bucket(row.sparse[one.column][1])
    return 0 if one.base is not None and row.has(one.base, one.column) else None
