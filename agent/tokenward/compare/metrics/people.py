"""Twins of a sentence that differ in the group of people they are about, put together by pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tokenward.compare.case import Case


@dataclass(frozen=True, slots=True)
class Twins:
    """Cases by their pair: as observations, whose id is the pair's, and with their members."""

    units: tuple[Case, ...]
    cases: Mapping[str, tuple[Case, ...]]

    @classmethod
    def of(cls, cases: Iterable[Case], least: int = 2) -> Twins:
        """Puts twins together; pairs of fewer than ``least`` groups are left out."""
        found: defaultdict[str, list[Case]] = defaultdict(list)
        for case in cases:
            if case.pair is not None and case.group is not None:
                found[case.pair].append(case)
        whole = {
            pair: tuple(twins)
            for pair, twins in found.items()
            if len({twin.group for twin in twins}) >= least
        }
        return cls(
            tuple(replace(twins[0], id=pair, group=None) for pair, twins in whole.items()), whole
        )

    @property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Returns the ids of the twins by pair."""
        return {pair: tuple(twin.id for twin in twins) for pair, twins in self.cases.items()}

    def about(self, group: str) -> tuple[Case, ...]:
        """Returns the observations with a twin about a group."""
        return tuple(
            unit for unit in self.units if any(t.group == group for t in self.cases[unit.id])
        )

    def groups(self) -> list[str]:
        """Returns all groups, in the order in which they come."""
        return list(dict.fromkeys(t.group or "" for twins in self.cases.values() for t in twins))
