"""What a threshold does: right and wrong by class, and the rates that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tokenward.evaluation.groups import Groups, Truths
from tokenward.statistics.estimates import Estimate, Values
from tokenward.statistics.resampling import RESAMPLES

RATES = ("recall", "precision", "f1", "false_positive_rate")


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of rows at a threshold: positives that are found and missed, and negatives.

    >>> Confusion(8, 2, 1, 9).rates(0)["recall"].value
    0.8
    """

    found: int
    missed: int
    flagged: int
    passed: int

    @classmethod
    def at(cls, groups: Groups, threshold: float) -> Confusion:
        """Counts rows whose score is at least the threshold."""
        over = groups.scores >= threshold
        found, flagged = int(groups.positives[over].sum()), int(groups.negatives[over].sum())
        return cls(found, groups.positive - found, flagged, groups.negative - flagged)

    @classmethod
    def of(cls, scores: Values, truths: Truths, threshold: float) -> Confusion:
        """Counts rows whose score is at least the threshold."""
        over = scores >= threshold
        found, flagged = int((over & truths).sum()), int((over & ~truths).sum())
        return cls(found, int(truths.sum()) - found, flagged, int((~truths).sum()) - flagged)

    @property
    def positive(self) -> int:
        """The number of positive rows."""
        return self.found + self.missed

    @property
    def negative(self) -> int:
        """The number of negative rows."""
        return self.flagged + self.passed

    def rates(self, seed: int) -> dict[str, Estimate | None]:
        """Returns the rates with Wilson's intervals, F1 with that of resamples.

        ``None`` where there is nothing to divide by: no positive, nothing flagged.
        """
        return {
            "recall": Estimate.share(self.found, self.positive),
            "precision": Estimate.share(self.found, self.found + self.flagged),
            "f1": self._f1(seed),
            "false_positive_rate": Estimate.share(self.flagged, self.negative),
        }

    def _f1(self, seed: int) -> Estimate | None:
        if not self.positive:
            return None
        source = np.random.default_rng(seed)
        found = source.binomial(self.positive, self.found / self.positive, RESAMPLES)
        rate = self.flagged / self.negative if self.negative else 0.0
        flagged = source.binomial(self.negative, rate, RESAMPLES)
        drawn = 2 * found / (found + flagged + self.positive)
        value = 2 * self.found / (self.found + self.flagged + self.positive)
        return Estimate.resampled(value, drawn, self.positive)

    def as_dict(self) -> dict[str, int]:
        """Returns the counts by their usual names."""
        return {
            "true_positive": self.found,
            "false_negative": self.missed,
            "false_positive": self.flagged,
            "true_negative": self.passed,
        }


def at_threshold(groups: Groups, threshold: float, seed: int) -> dict[str, Any]:
    """Returns a threshold with its counts and rates as ``tokenward evaluate --json`` prints it."""
    confusion = Confusion.at(groups, threshold)
    rates = confusion.rates(seed)
    told = {name: rate and rate.as_dict() for name, rate in rates.items()}
    return {"threshold": threshold, "confusion": confusion.as_dict(), **told}
