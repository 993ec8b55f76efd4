"""What is counted of a period: additive, order-free, and no larger for a longer period."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field

from tokenward.decisions.record import Interaction
from tokenward.monitor.frame import Kind, Row
from tokenward.monitor.sketch import bucket

MILLION = 1_000_000
GROUPS = 32
ALONE = -1
"""The group of rows without a session: each stands for itself."""
MAX_VALUES = 1000
"""Different values of a category that are told apart; the rest are counted as ``OTHER``."""
OTHER = "(other)"

Key = int | str
Counts = dict[Key, int]
Name = tuple[str, Kind]


@dataclass(slots=True)
class Column:
    """The counts of one column: group, then bucket or category, to weight in millionths.

    Whole numbers, so that sums do not depend on their order. Rows of one session are alike and fall
    into one of ``GROUPS`` groups, between which their true variance shows.
    """

    kind: Kind
    base: str | None = None
    groups: dict[int, Counts] = field(default_factory=dict)
    rows: int = 0
    weight: int = 0
    squares: int = 0

    def add(self, key: Key, group: int, weight: int) -> None:
        """Counts one row."""
        counts = self.groups.get(group)
        if counts is None:
            counts = self.groups[group] = {}
        known = counts.get(key)
        if known is None and len(counts) >= MAX_VALUES and isinstance(key, str):
            key = OTHER
            known = counts.get(key)
        counts[key] = (known or 0) + weight
        self.rows += 1
        self.weight += weight
        self.squares += weight * weight

    def merge(self, other: Column) -> None:
        """Adds the counts of the same column elsewhere."""
        for group, counts in other.groups.items():
            mine = self.groups.setdefault(group, {})
            for key, weight in counts.items():
                mine[key] = mine.get(key, 0) + weight
        self.rows += other.rows
        self.weight += other.weight
        self.squares += other.squares

    def totals(self) -> Counts:
        """Returns the counts over all groups."""
        total: Counts = {}
        for counts in self.groups.values():
            for key, weight in counts.items():
                total[key] = total.get(key, 0) + weight
        return total

    @property
    def effective_rows(self) -> float:
        """How many rows of equal weight would tell as much (Kish 1965)."""
        return self.weight**2 / self.squares if self.squares else 0.0


class Profile:
    """The columns of a period or a slice of it."""

    def __init__(self) -> None:
        self.columns: dict[Name, Column] = {}
        self.bases: dict[str, Column] = {}

    @property
    def rows(self) -> int:
        """How many interactions were counted."""
        return max((base.rows for base in self.bases.values()), default=0)

    def add(self, row: Row, group: int, weight: int) -> None:
        """Counts the columns of one interaction."""
        for base in row.bases:
            self._base(base).add(0, group, weight)
        for name, (kind, value) in row.values.items():
            if isinstance(value, str):
                self._column(name, "category").add(value, group, weight)
            elif math.isfinite(value):
                self._column(name, kind).add(bucket(value), group, weight)
        for name, (kind, number, base) in row.sparse.items():
            self._column(name, kind, base).add(bucket(number), group, weight)

    def merge(self, other: Profile) -> None:
        """Adds the counts of another period or part."""
        for (name, kind), column in other.columns.items():
            self._column(name, kind, column.base).merge(column)
        for name, column in other.bases.items():
            self._base(name).merge(column)

    def column(self, name: Name, base: str | None) -> Column:
        """Returns a column with its zeros filled in; an empty one where there is none."""
        found = self.columns.get(name, Column(name[1], base))
        return found if found.base is None else filled(found, self.bases.get(found.base))

    def _base(self, name: str) -> Column:
        return self.bases.setdefault(name, Column("rate"))

    def _column(self, name: str, kind: Kind, base: str | None = None) -> Column:
        found = self.columns.get((name, kind))
        if found is None:
            found = self.columns[name, kind] = Column(kind, base)
        return found


def filled(column: Column, base: Column | None) -> Column:
    """Returns a sparse column with a zero for each row of its base that does not say a value."""
    if base is None:
        return column
    groups: dict[int, Counts] = {}
    for group, counts in base.groups.items():
        said = column.groups.get(group, {})
        zeros = sum(counts.values()) - sum(said.values())
        groups[group] = {**said, 0: said.get(0, 0) + zeros} if zeros else dict(said)
    return Column(column.kind, column.base, groups, base.rows, base.weight, base.squares)


def group_of(one: Interaction) -> int:
    """Returns the group of an interaction: by its session, so that a session stays together."""
    return zlib.crc32(one.session.encode(errors="replace")) % GROUPS if one.session else ALONE


def weight_of(one: Interaction) -> int:
    """Returns the sample weight in millionths."""
    return max(0, round(one.sample_weight * MILLION))
