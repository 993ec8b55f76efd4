"""What counterfactual checks found in a period: how scores change when other groups are meant.

Each request counts once, however many swaps its texts had; requests of one session are alike, and
the interval knows it. See ``decisions.swaps`` for what is recorded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tokenward.decisions.buckets import middle
from tokenward.decisions.columns import ALONE
from tokenward.decisions.swaps import FLIPS, is_swapped, read
from tokenward.monitor.drift import DriftSettings, benjamini_hochberg
from tokenward.monitor.profile import Column, Profile
from tokenward.monitor.quality import tidy
from tokenward.monitor.tables import FEWEST_GROUPS

FEWEST = 30
"""Requests from which a mean is told."""
WIDTH = 0.975


@dataclass(frozen=True, slots=True)
class SwapChange:
    """The mean change of a score of a stage over swapped texts, with its 95 % interval.

    With a ``pair`` it is the score about the second group less that about the first; without one it
    is the size of the change over all swaps, or the share of decisions that change (``flips``).
    ``above`` says that it is over the limit by no accident, all that were looked at counted.
    """

    column: str
    stage: str
    score: str
    pair: tuple[str, str] | None
    n: int
    mean: float
    low: float
    high: float
    limit: float
    p_value: float
    above: bool = False

    @property
    def is_flips(self) -> bool:
        """Whether it is the share of decisions that change."""
        return self.score == FLIPS

    def as_dict(self) -> dict[str, Any]:
        """Returns the change as reports carry it."""
        return {
            "stage": self.stage,
            "score": self.score,
            "groups": None if self.pair is None else list(self.pair),
            "n": self.n,
            "mean": tidy(self.mean),
            "interval": [tidy(self.low), tidy(self.high)],
            "limit": self.limit,
            "p_value": tidy(self.p_value),
            "above": self.above,
        }


def swap_changes(profile: Profile, settings: DriftSettings) -> list[SwapChange]:
    """Returns the changes of a period, those over the limit first; too few requests are left out.

    Whether a mean is over the limit is tested one-sided against the limit itself, by Student's t,
    and over all of them by Benjamini and Hochberg's procedure.
    """
    found = [
        measured(name, column, settings.counterfactual_limit)
        for (name, kind), column in sorted(profile.columns.items())
        if kind == "number" and is_swapped(name) and column.rows >= FEWEST and column.weight
    ]
    limit = benjamini_hochberg([one.p_value for one in found], settings.false_alarms)
    judged = [replace(one, above=one.p_value <= limit) for one in found]
    return sorted(judged, key=lambda one: (not one.above, one.pair is not None, -abs(one.mean)))


def measured(name: str, column: Column, limit: float) -> SwapChange:
    """Returns the mean of a column with its interval, against a limit."""
    from scipy import stats  # noqa: PLC0415 - heavy, and for reports only

    mean, error, freedom = moments(column)
    spread = float(stats.t.ppf(WIDTH, freedom)) * error
    over = abs(mean) - limit
    p_value = float(stats.t.sf(over / error, freedom)) if error else float(over <= 0)
    about = read(name)
    return SwapChange(
        name, about.stage, about.score, about.pair, column.rows, mean, mean - spread,
        mean + spread, limit, p_value,
    )  # fmt: skip


def moments(column: Column) -> tuple[float, float, float]:
    """Returns the mean of a column, its standard error and its degrees of freedom.

    The error is the larger of that of independent rows and that of random groups of whole sessions
    (Wolter 2007, chapter 2), rows without a session each for itself.
    """
    scale = column.effective_rows / column.weight
    groups: Mapping[int, Mapping[float, float]] = {
        group: {middle(key): scale * n for key, n in counts.items() if isinstance(key, int)}
        for group, counts in column.groups.items()
    }
    total = sum(n for counts in groups.values() for n in counts.values())
    mean = sum(value * n for counts in groups.values() for value, n in counts.items()) / total
    squares = {
        group: sum(n * (value - mean) ** 2 for value, n in counts.items())
        for group, counts in groups.items()
    }
    freedom = max(1.0, total - 1)
    variance = sum(squares.values()) * total / freedom
    sessions = [counts for group, counts in groups.items() if group != ALONE and counts]
    if len(sessions) >= FEWEST_GROUPS:
        sums = (sum(n * (value - mean) for value, n in counts.items()) for counts in sessions)
        between = sum(one**2 for one in sums) * len(sessions) / (len(sessions) - 1)
        clustered = between + squares.get(ALONE, 0.0)
        if clustered > variance:
            alone = sum(groups.get(ALONE, {}).values())
            variance, freedom = clustered, len(sessions) - 1 + alone
    return mean, math.sqrt(variance) / total, freedom
