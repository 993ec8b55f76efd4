"""Thresholds that are asked for by what they must reach: ``--threshold-for fpr=0.01``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import UsageError, one_of
from tokenward.evaluation.confusion import at_threshold
from tokenward.evaluation.groups import Groups
from tokenward.statistics.estimates import ends
from tokenward.statistics.resampling import Counts, batches, resample, resamples

KINDS = ("fpr", "recall", "precision")
DIGITS = 17


@dataclass(frozen=True, slots=True)
class Goal:
    """What a threshold must reach: at most a false positive rate, or at least another rate."""

    kind: str
    value: float

    @classmethod
    def read(cls, text: str) -> Goal:
        """Reads ``KIND=VALUE``.

        >>> Goal.read("fpr=0.01")
        Goal(kind='fpr', value=0.01)
        """
        kind, _, number = text.partition("=")
        if kind not in KINDS:
            raise UsageError(
                f"--threshold-for: unknown goal {kind!r}; {one_of(KINDS)}, such as fpr=0.01"
            )
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        least_open = kind != "fpr"
        if not 0 <= value <= 1 or (least_open and not value):
            raise UsageError(
                f"--threshold-for: {kind} must be a number "
                f"{'above 0 and at most 1' if least_open else 'from 0 to 1'}, "
                f"such as {kind}={0.9 if least_open else 0.01}"
            )
        return cls(kind, value)

    def lacks(self, groups: Groups) -> str | None:
        """Returns which rows are missing to find a threshold, in words."""
        total = groups.positive + groups.negative
        if self.kind != "recall" and not groups.negative:
            return f"no negative row among {total}"
        if self.kind != "fpr" and not groups.positive:
            return f"no positive row among {total}"
        return None

    def place(self, positives: Counts, negatives: Counts) -> NDArray[np.int64]:
        """Returns the group whose score is the threshold; -1 where none reaches the goal.

        Of those that reach it: the one that finds most, for recall the one with fewest false
        positives.
        """
        hits, false = positives.cumsum(-1), negatives.cumsum(-1)
        if self.kind == "fpr":
            fits = false <= np.floor(self.value * negatives.sum(-1, keepdims=True) + 1e-9)
        elif self.kind == "recall":
            fits = hits >= np.ceil(self.value * positives.sum(-1, keepdims=True) - 1e-9)
            return np.where(fits.any(-1), fits.argmax(-1), -1)
        else:
            fits = hits >= self.value * (hits + false) - 1e-9
            fits &= hits + false > 0
        last = fits.shape[-1] - 1 - fits[..., ::-1].argmax(-1)
        return np.where(fits.any(-1), last, -1)


def reached(groups: Groups, goal: Goal, seed: int) -> dict[str, Any]:
    """Returns the threshold of a goal with what it reaches; ``None`` where no score reaches it."""
    told: dict[str, Any] = {"goal": goal.kind, "value": goal.value}
    reason = goal.lacks(groups)
    place = -1 if reason else int(goal.place(groups.positives, groups.negatives))
    if place < 0:
        return {**told, "threshold": None, "reason": reason or f"no score has {wording(goal)}"}
    lower = float(groups.scores[place + 1]) if place + 1 < len(groups.scores) else -math.inf
    threshold = shortest(lower, float(groups.scores[place]))
    low, high = _bounds(groups, goal, seed)
    interval = {"low": min(low, threshold), "high": max(high, threshold)}
    return {**told, **interval, **at_threshold(groups, threshold, seed)}


def _bounds(groups: Groups, goal: Goal, seed: int) -> tuple[float, float]:
    source = np.random.default_rng(seed)
    found = []
    for number in batches(len(groups.scores), resamples(len(groups.places))):
        positives = resample(source, groups.positives, number)
        negatives = resample(source, groups.negatives, number)
        places = goal.place(positives, negatives)
        found.append(groups.scores[places.clip(0)])  # where none does, the highest score
    return ends(np.concatenate(found))


def wording(goal: Goal) -> str:
    """Returns a goal in words.

    >>> wording(Goal("fpr", 0.01))
    'at most 1 % false positives'
    """
    share = f"{100 * goal.value:.6g} %"
    return f"at most {share} false positives" if goal.kind == "fpr" else (
        f"{goal.kind} of at least {share}"
    )  # fmt: skip


def shortest(low: float, high: float) -> float:
    """Returns the shortest decimal above ``low`` and at most ``high``: it splits rows alike.

    >>> shortest(0.8123, 0.8391), shortest(0.5, 0.5004)
    (0.83, 0.5004)
    """
    for digits in range(DIGITS):
        scale = 10.0**digits
        rounded = math.floor(high * scale) / scale
        if low < rounded <= high:
            return rounded
    return high
