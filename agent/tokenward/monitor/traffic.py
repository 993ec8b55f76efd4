"""The records of a store as a report sees them: counted, never one by one."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tokenward.decisions.columns import ALONE
from tokenward.monitor import expression
from tokenward.monitor.engines import DuckEngine, Engine, SqlEngine
from tokenward.monitor.expression import LABEL, NAMED, SCHEMA, Slicing
from tokenward.monitor.profile import Profile
from tokenward.monitor.ranges import Period, joined
from tokenward.monitor.sample import Drawn, row_of_cells
from tokenward.monitor.stated import Stated
from tokenward.monitor.tail import files_of
from tokenward.store.dictionary import Dictionary, Meaning
from tokenward.store.store import Store

SQLITE = "sqlite"
TOLD = (*NAMED, "labels")
"""Columns by which a row of a sample is in a slice."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """The records that an engine sees, and what their cells mean."""

    engine: Engine
    dictionary: Dictionary
    stated: Stated = field(default_factory=Stated)
    columns: Sequence[str] = tuple(SCHEMA)

    def profile(self, period: Period) -> Profile:
        """Returns the profile of a period."""
        return self._profiles(period, None, ()).get("", Profile())

    def profiles(
        self, period: Period, slicing: Slicing, values: Sequence[str]
    ) -> dict[str, Profile]:
        """Returns the profiles of some slices of a period, by their values."""
        return self._profiles(period, slicing, values) if values else {}

    def _profiles(
        self, period: Period, slicing: Slicing | None, values: Sequence[str]
    ) -> dict[str, Profile]:
        found: dict[str, Profile] = {}
        weights = set()
        for key, group, weight, n in self.engine.rows(expression.rows_counted(period, slicing)):
            if slicing is None or key in values:
                weights.add(weight)
                profile = found.setdefault(key, Profile())
                profile.count(None, group, n, n * weight, n * weight**2)
        alike = weights.pop() if len(weights) == 1 else None
        asked = expression.counted(period, slicing, values, alike=alike is not None)
        for key, cell, group, n, *sums in self.engine.rows(asked):
            weight, squares = (n * alike, n * alike**2) if alike else map(int, sums)
            said = self.dictionary.meaning(cell)
            if said is not None:
                found[key].count(said, group, n, weight, squares)
        for made, counts in self.stated.columns.items() if found else ():
            for key, bucket, group, n, *sums in self.engine.rows(
                expression.costs(period, counts, slicing, values)
            ):
                found[key].count((made, bucket), group, n, *map(int, sums))
        return found

    def values(self, period: Period, slicing: Slicing) -> Counter[str]:
        """Returns how many rows each value of a slicing has."""
        counts: Counter[str] = Counter()
        for key, _, _, n in self.engine.rows(expression.rows_counted(period, slicing)):
            counts[key] += n
        return counts

    def slicing(self, name: str, profiles: Iterable[Profile], most: int) -> Slicing:
        """Returns how to slice by a name; by a category, into its most frequent values."""
        if name in expression.NAMED or name.startswith(LABEL):
            return Slicing(name)
        counts: Counter[str] = Counter()
        for profile in profiles:
            column = profile.columns.get((name, "category"))
            if column is not None:
                counts.update({str(key): weight for key, weight in column.totals().items()})
        values = [value for value, _ in counts.most_common(most)]
        return Slicing(
            name, tuple((Meaning("category", name, None, value).id, value) for value in values)
        )

    def served(self, period: Period) -> tuple[Counter[str], Counter[str]]:
        """Returns how many rows each policy with its revision has, and each model with label."""
        counts: tuple[Counter[str], Counter[str]] = Counter(), Counter()
        for policy, revision, model, label, n in self.engine.rows(expression.served(period)):
            for pair, count in zip(((policy, revision), (model, label)), counts, strict=True):
                words = [str(word) for word in pair if word is not None]
                if words:
                    count["@".join(words)] += n
        return counts

    def sample(self, period: Period, rows: int, total: float) -> list[Drawn]:
        """Returns a sample of the rows of a period in proportion to their weights."""
        drawn = [name for name in self.columns if name in TOLD]
        found = self.engine.rows(expression.sampled(period, rows, total, drawn))
        return [
            Drawn(
                key, time, group, row_of_cells(cells, self.dictionary),
                dict(zip(drawn, rest, strict=True)),
            )
            for key, time, group, cells, *rest in found
        ]  # fmt: skip

    def steps(
        self,
        period: Period,
        width: float,
        ranges: Sequence[tuple[int, int]],
        slicing: Slicing | None = None,
        value: str = "",
    ) -> dict[int, Profile]:
        """Returns the profiles of the steps of a period or a slice of it, of some cells only."""
        found: dict[int, Profile] = {}
        for step, n, weight in self.engine.rows(expression.stepped(period, width, slicing, value)):
            found.setdefault(step, Profile()).count(None, ALONE, n, int(weight), n)
        for step, cell, n, weight in self.engine.rows(
            expression.moments(period, width, ranges, slicing, value)
        ):
            said = self.dictionary.meaning(cell)
            if said is not None and step in found:
                found[step].count(said, ALONE, n, int(weight), n)
        return found


@contextmanager
def traffic_of(
    store: Store,
    periods: Iterable[Period],
    stated: Stated | None = None,
    by: Sequence[str] = (),
) -> Iterator[Traffic]:
    """Opens the records of some periods of a store; what is written meanwhile is not seen.

    ``by`` are the slices that will be asked for.
    """
    stated = stated or Stated()
    columns = expression.needed(by, priced=bool(stated.columns))
    spans = joined(sorted(span for period in periods for span in period.parts))
    shard = store._shard  # noqa: SLF001 - our own
    if shard.engine.dialect.name != SQLITE:
        dictionary = Dictionary()
        with shard.reading() as connection:
            dictionary.read(connection)
            yield Traffic(SqlEngine(connection, shard.path), dictionary, stated, columns)
        return
    with tempfile.TemporaryDirectory(prefix="tokenward-analysis-") as folder:
        with store.snapshot() as snapshot:
            files = files_of(snapshot, spans, Path(folder), columns)
        duck = DuckEngine(files, Path(folder), columns)
        try:
            yield Traffic(duck, snapshot.dictionary, stated, columns)
        finally:
            duck.close()


def shown(slicing: str, value: str) -> str:
    r"""Returns the value of a slice as people write it: that of a label is JSON in the store.

    >>> shown("label.team", 'a \\"b\\"'), shown("route", "/v1")
    ('a "b"', '/v1')
    """
    if not slicing.startswith(LABEL):
        return value
    try:
        return str(json.loads(f'"{value}"'))
    except ValueError:
        return value
