"""Reads a period of the store once, into profiles, facts and a small sample."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tokenward.decisions.columns import ALONE, Row, group_of, row_of, weight_of
from tokenward.decisions.record import Interaction
from tokenward.decisions.store import Store
from tokenward.monitor.profile import Profile
from tokenward.monitor.ranges import Period

SAMPLE_ROWS = 5_000
MOST_SLICES = 20
STEP = 10_000

Progress = Callable[[int], None]
Part = tuple[str, str]


@dataclass(slots=True)
class Collected:
    """What a report knows of a period."""

    period: Period
    profile: Profile = field(default_factory=Profile)
    parts: dict[Part, Profile] = field(default_factory=dict)
    sample: list[tuple[float, str, Row]] = field(default_factory=list)

    def add(self, one: Interaction, parts: Sequence[Part], sample_rows: int = SAMPLE_ROWS) -> None:
        """Counts an interaction, in the whole and in its slices, and perhaps keeps it as sample."""
        row, group, weight = row_of(one), group_of(one), weight_of(one)
        if not weight:
            return
        self.profile.add(row, group, weight)
        for name, value in parts:
            if getattr(one, name) == value:
                self.parts.setdefault((name, value), Profile()).add(row, group, weight)
        entry = (rank(one.decision_id, one.sample_weight), one.decision_id, row)
        if len(self.sample) < sample_rows:
            heapq.heappush(self.sample, entry)
        elif entry > self.sample[0]:
            heapq.heapreplace(self.sample, entry)

    @property
    def rows(self) -> list[Row]:
        """The sample, in an order that does not depend on the store's."""
        return [row for _, _, row in sorted(self.sample, key=lambda entry: entry[:2])]

    @property
    def session_groups(self) -> int:
        """How many groups of sessions have rows."""
        return len(
            {group for base in self.profile.bases.values() for group in base.groups} - {ALONE}
        )


def collect(
    store: Store, period: Period, parts: Sequence[Part] = (), progress: Progress | None = None
) -> Collected:
    """Returns what a period holds; memory does not grow with its length."""
    found = Collected(period)
    for count, one in enumerate(store.interactions(period.start, period.end), 1):
        found.add(one, parts)
        if progress and count % STEP == 0:
            progress(count)
    return found


def rank(decision_id: str, weight: float) -> float:
    """Returns a number in (0, 1]; the largest ones are a sample in proportion to the weights.

    Efraimidis and Spirakis 2006, doi:10.1016/j.ipl.2005.11.003, with the identifier's checksum for
    chance, so that the same store always gives the same sample.
    """
    uniform: float = ((zlib.crc32(decision_id.encode()) + 1) / 2**32) ** (1 / weight)
    return uniform


def slices(store: Store, names: Sequence[str], periods: Sequence[Period]) -> list[Part]:
    """Returns the slices with the most rows in the periods: column and value."""
    counts: dict[Part, int] = {}
    for name in names:
        for period in periods:
            for group in store.aggregate([name], period.start, period.end):
                if group[name] is not None:
                    part = (name, str(group[name]))
                    counts[part] = counts.get(part, 0) + group["n"]
    return sorted(counts, key=lambda part: (-counts[part], part))[:MOST_SLICES]
