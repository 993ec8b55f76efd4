"""The sampling error of an AUC, and of the difference of two AUCs of the same rows.

References:
    DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595;
    Sun and Xu 2014, doi:10.1109/LSP.2014.2337313 (by ranks, without looking at every pair).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tokenward.evaluation.groups import Groups, Truths
from tokenward.statistics.estimates import Estimate, Values, normal_p
from tokenward.statistics.resampling import Counts
from tokenward.statistics.shares import NORMAL

METHOD = "delong"


@dataclass(frozen=True, slots=True)
class Difference:
    """A value less another with the 95 % interval, and the ``p_value`` where there is a test."""

    value: float
    low: float
    high: float
    method: str
    p_value: float | None = None


def placements(groups: Groups) -> tuple[Values, Values]:
    """Returns by group the share of negatives that it beats, and of positives that beat it."""
    beaten = groups.negative - groups.negatives.cumsum() + groups.negatives / 2
    beating = groups.positives.cumsum() - groups.positives / 2
    return beaten / groups.negative, beating / groups.positive


def auc(groups: Groups) -> Estimate:
    """Returns the AUC with DeLong's interval on the logit scale, which stays within 0 and 1.

    Where the scores tell the classes apart without a fault, or a class has one row, the interval is
    Wilson's, with the size of the smaller class for a sample.
    """
    of_positives, of_negatives = placements(groups)
    value = float(groups.positives @ of_positives / groups.positive)
    error = 0.0
    if groups.smaller > 1:
        error = np.sqrt(
            _spread(groups.positives, of_positives, value)
            + _spread(groups.negatives, of_negatives, value)
        )
    return Estimate.on_logit_scale(value, float(error), groups.smaller, METHOD)


def _spread(counts: Counts, places: Values, mean: float) -> float:
    n = int(counts.sum())
    return float(counts @ (places - mean) ** 2) / (n - 1) / n


def auc_difference(one: Groups, other: Groups, truths: Truths) -> Difference | None:
    """Returns the AUC of one detector less that of another on the same rows; ``None`` of few."""
    if one.smaller <= 1:
        return None
    variance = 0.0
    means = []
    for true, side in ((True, 0), (False, 1)):
        rows = truths if true else ~truths
        pair = [placements(some)[side][some.places[rows]] for some in (one, other)]
        differences = pair[0] - pair[1]
        variance += float(differences.var(ddof=1)) / len(differences)
        means.append(float(differences.mean()))
    value, error = means[0], float(np.sqrt(variance))
    low, high = (max(-1.0, min(1.0, value + side * NORMAL * error)) for side in (-1, 1))
    return Difference(value, low, high, METHOD, normal_p(value, error))
