"""What is counted of a period: additive, order-free, and no larger for a longer period."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from tokenward.decisions.buckets import bucket
from tokenward.decisions.columns import ALL, SCORED, Kind, Row
from tokenward.store.dictionary import MAX_VALUES, OTHER, Meaning

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
        self.count(key, group, 1, weight, weight * weight)

    def count(self, key: Key, group: int, rows: int, weight: int, squares: int) -> None:
        """Counts rows of one key and group: how many, their weights and the squares of these."""
        counts = self.groups.get(group)
        if counts is None:
            counts = self.groups[group] = {}
        known = counts.get(key)
        if known is None and len(counts) >= MAX_VALUES and isinstance(key, str):
            key = OTHER
            known = counts.get(key)
        counts[key] = (known or 0) + weight
        self.rows += rows
        self.weight += weight
        self.squares += squares

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
        self.lists: dict[str, tuple[str, ...]] = {}
        self.meanings: dict[str, int] = {}
        """The cells by which rows say that they have a list of scores."""

    @property
    def rows(self) -> int:
        """How many interactions were counted."""
        return max((base.rows for base in self.bases.values()), default=0)

    def add(self, row: Row, group: int, weight: int) -> None:
        """Counts the columns of one interaction."""
        for base in (*row.bases, *row.lists):
            self._base(base).add(0, group, weight)
        self.lists.update(row.lists)
        for name, (kind, value) in row.values.items():
            if isinstance(value, str):
                self._column(name, "category").add(value, group, weight)
            elif math.isfinite(value):
                self._column(name, kind).add(bucket(value), group, weight)
        for name, (kind, number, base) in row.sparse.items():
            if math.isfinite(number):
                self._column(name, kind, base).add(bucket(number), group, weight)

    def count(
        self, said: tuple[Meaning, int] | None, group: int, rows: int, weight: int, squares: int
    ) -> None:
        """Counts rows that have a cell, ``None`` for the rows themselves, in one group."""
        if said is None:
            self._base(ALL).count(0, group, rows, weight, squares)
            return
        meaning, key = said
        if meaning.what == "base" or meaning.what == "scores":  # noqa: PLR1714 - narrows the type
            self._base(meaning.name).count(0, group, rows, weight, squares)
            if meaning.value is not None:
                self.lists[meaning.name] = tuple(json.loads(meaning.value))
                self.meanings[meaning.name] = meaning.id
        elif meaning.what == "category":
            column = self._column(meaning.name, "category")
            column.count(meaning.value or "", group, rows, weight, squares)
        else:
            column = self._column(meaning.name, meaning.what, meaning.base)
            column.count(key, group, rows, weight, squares)

    def merge(self, other: Profile) -> None:
        """Adds the counts of another period or part."""
        for (name, kind), column in other.columns.items():
            self._column(name, kind, column.base).merge(column)
        for name, column in other.bases.items():
            self._base(name).merge(column)
        self.lists.update(other.lists)
        self.meanings.update(other.meanings)

    def names(self) -> Iterator[tuple[Name, str | None]]:
        """Yields each column with its base; those of scores that were never above 0, too."""
        for columns in self.lists.values():
            yield from (((name, "number"), SCORED) for name in columns)
        for name, column in self.columns.items():
            yield name, column.base

    def column(self, name: Name, base: str | None) -> Column:
        """Returns a column with its zeros filled in; an empty one where there is none."""
        found = self.columns.get(name, Column(name[1], base))
        if found.base is None:
            return found
        if found.base == SCORED:
            return filled(found, self._scored(name[0]))
        return filled(found, self.bases.get(found.base))

    def _scored(self, name: str) -> Column:
        """Returns the rows whose policy asked for a score."""
        found = Column("rate")
        for key, columns in self.lists.items():
            if name in columns:
                found.merge(self.bases[key])
        return found

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
