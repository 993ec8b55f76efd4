"""How often requests are stopped, edited or refused, by the group of people that they name.

Each group is compared with the requests that name another one: those that name none are about
other things.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tokenward.decisions.columns import ALL, MILLION
from tokenward.monitor.collect import MOST_SLICES, Collected
from tokenward.monitor.drift import DriftSettings, benjamini_hochberg
from tokenward.monitor.fairness import Worst, compared, rates_of, truth_values, without
from tokenward.monitor.profile import Column, Counts, Profile
from tokenward.monitor.traffic import Traffic

COLUMN = "prompt.group"
"""The feature that tells which group a prompt names."""
NONE = "none"
REFUSAL = "answer.refusal"
ACTION = "action."


def groups(traffic: Traffic, side: Collected, settings: DriftSettings) -> list[Worst]:
    """Returns the rates of each group in a period against those of all others.

    Groups with too few rows are left out; significance is by Benjamini and Hochberg's procedure
    over all groups and rates, in either direction.
    """
    column = side.profile.columns.get((COLUMN, "category"))
    if column is None or column.weight - column.totals().get(NONE, 0) < MILLION:
        return []  # nobody was named
    slicing = traffic.slicing(COLUMN, [side.profile], MOST_SLICES + 1)
    values = [value for value in traffic.values(side.period, slicing) if value not in ("", NONE)]
    parts = traffic.profiles(side.period, slicing, values)
    return by_group(parts, truth_values(side.profile), settings)


def by_group(
    parts: Mapping[str, Profile], truths: set[str], settings: DriftSettings
) -> list[Worst]:
    """Returns the rates of each group of its profile."""
    whole = Profile()
    for part in parts.values():
        whole.merge(part)
    everywhere = dict(rates_of(whole, truths))
    found = []
    for name, part in sorted(parts.items()):
        here = dict(rates_of(part, truths))
        for rate, all_of_it in everywhere.items():
            if not rate.startswith(ACTION) and rate != REFUSAL:
                continue
            mine = here.get(rate) or never(part)
            rest = without(all_of_it, mine)
            if min(mine.rows, rest.rows) >= settings.minimum_rows:
                found.append(compared(rate, (COLUMN, name), mine, rest))
    limit = benjamini_hochberg([one.p_value for one in found], settings.false_alarms)
    slices = len({one.slice for one in found})
    return [replace(one, slices=slices, significant=one.p_value <= limit) for one in found]


def never(part: Profile) -> Column:
    """Returns a rate that is 0 in each row of a profile."""
    rows = part.bases[ALL]
    zeros: dict[int, Counts] = {
        group: {0: sum(counts.values())} for group, counts in rows.groups.items()
    }
    return Column("rate", None, zeros, rows.rows, rows.weight, rows.squares)
