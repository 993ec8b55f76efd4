"""Which slice fares worst: of each watched rate, with its interval and against the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tokenward.decisions.buckets import bucket
from tokenward.decisions.swaps import is_swapped
from tokenward.monitor.collect import Part
from tokenward.monitor.drift import DriftSettings, benjamini_hochberg
from tokenward.monitor.methods import find_method
from tokenward.monitor.profile import Column, Counts, Profile
from tokenward.monitor.quality import tidy
from tokenward.monitor.tables import independent
from tokenward.monitor.traffic import shown
from tokenward.statistics.shares import wilson
from tokenward.types import DriftTable

ONE = bucket(1.0)
CELLS = ([0], [ONE])
TRUTH_VALUES = {0, ONE}
HARMLESS = "allow"


@dataclass(frozen=True, slots=True)
class Worst:
    """The slice in which a rate is highest, with the rate of all other traffic.

    ``low`` and ``high`` are Wilson's interval of the share, ``interval`` is that of the difference
    to the rest. ``significant`` counts all slices and rates that were looked at.
    """

    rate: str
    slice: str
    n: int
    share: float
    low: float
    high: float
    rest: float
    interval: tuple[float, float]
    p_value: float
    slices: int
    significant: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Returns the slice as reports carry it."""
        return {
            "rate": self.rate,
            "slice": self.slice,
            "n": self.n,
            "share": tidy(self.share),
            "low": tidy(self.low),
            "high": tidy(self.high),
            "rest": tidy(self.rest),
            "difference": tidy(self.share - self.rest),
            "interval": [tidy(end) for end in self.interval],
            "p_value": tidy(self.p_value),
            "slices": self.slices,
            "significant": self.significant,
        }


def worst_slices(
    whole: Profile, parts: Mapping[Part, Profile], settings: DriftSettings
) -> list[Worst]:
    """Returns the worst slice of each slicing and rate; slices with too few rows do not count.

    Significance is by Benjamini and Hochberg's procedure over all of them, see ``drift``.
    """
    found: dict[tuple[str, str], list[Worst]] = {}
    truths = truth_values(whole)
    all_rates = dict(rates_of(whole, truths))
    for part, profile in parts.items():
        for rate, column in rates_of(profile, truths):
            if column.rows >= settings.minimum_rows and settings.keeps(rate):
                rest = without(all_rates.get(rate, column), column)
                if rest.rows >= settings.minimum_rows:
                    found.setdefault((part[0], rate), []).append(compared(rate, part, column, rest))
    limit = benjamini_hochberg(
        [one.p_value for some in found.values() for one in some], settings.false_alarms
    )
    return [
        judged(some, limit)
        for some in found.values()
        if len(some) > 1 and any(one.share for one in some)
    ]


def judged(some: Sequence[Worst], limit: float) -> Worst:
    """Returns the worst of the slices of a rate, and whether it is so by no accident."""
    worst = max(some, key=lambda one: (one.share, one.n))
    significant = worst.p_value <= limit and worst.share > worst.rest
    return replace(worst, slices=len(some), significant=significant)


def truth_values(profile: Profile) -> set[str]:
    """Returns the numbers that are 0 or 1, such as refusals."""
    return {
        name
        for (name, kind), column in profile.columns.items()
        if kind == "number" and set(column.totals()) == TRUTH_VALUES and not is_swapped(name)
    }


def rates_of(profile: Profile, truths: Collection[str]) -> Iterator[tuple[str, Column]]:
    """Yields the rates of a profile as columns of 0 and 1: actions, rules, findings, ``truths``."""
    for (name, kind), found in sorted(profile.columns.items()):
        column = profile.column((name, kind), found.base)
        totals = column.totals()
        if name == "action":
            for action in sorted(str(key) for key in totals):
                if action != HARMLESS:
                    yield f"action.{action}", as_rate(column, {action})
        elif kind in ("rate", "count"):
            yield name, as_rate(column, totals.keys() - {0})
        elif kind == "number" and name in truths:
            yield name, column


def as_rate(column: Column, keys: Any) -> Column:
    """Returns a column that is 1 where it has one of some keys, and 0 elsewhere."""
    groups: dict[int, Counts] = {}
    for group, counts in column.groups.items():
        ones = sum(weight for key, weight in counts.items() if key in keys)
        groups[group] = {0: sum(counts.values()) - ones, ONE: ones}
    return Column("rate", None, groups, column.rows, column.weight, column.squares)


def without(whole: Column, part: Column) -> Column:
    """Returns what is left of a column without a part of it."""
    groups = {
        group: {
            key: weight - part.groups.get(group, {}).get(key, 0) for key, weight in counts.items()
        }
        for group, counts in whole.groups.items()
    }
    return Column(
        "rate", None, groups, whole.rows - part.rows, whole.weight - part.weight,
        whole.squares - part.squares,
    )  # fmt: skip


def compared(rate: str, part: Part, column: Column, rest: Column) -> Worst:
    """Returns a slice beside the rest of the traffic."""
    sides: Sequence[Any] = [independent(one, CELLS) for one in (rest, column)]
    outcome = find_method("rate_difference").of(
        DriftTable(sides[0], sides[1], np.array([0.0, 1.0]))
    )
    elsewhere, here = (float(side[1] / side.sum()) if side.sum() else 0.0 for side in sides)
    low, high = wilson(here, float(sides[1].sum()))
    name, value = part
    return Worst(
        rate, f"{name}={shown(name, value)}", column.rows, here, low, high, elsewhere,
        outcome.interval or (0.0, 0.0), outcome.p_value, 1,
    )  # fmt: skip
