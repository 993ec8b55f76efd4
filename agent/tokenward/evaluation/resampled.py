"""Measures of a curve with intervals, all from the same resamples of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from tokenward.evaluation.curves import Statistic, average_precision, recall_at
from tokenward.evaluation.groups import Groups
from tokenward.statistics.estimates import Estimate, Values
from tokenward.statistics.resampling import batches, resample, resamples

RATES: Mapping[str, float] = MappingProxyType(
    {"recall_at_1pct_fpr": 0.01, "recall_at_5pct_fpr": 0.05}
)
"""False positive rates at which recall is told."""
STATISTICS: Mapping[str, Statistic] = MappingProxyType({
    "average_precision": average_precision,
    **{name: recall_at(rate) for name, rate in RATES.items()},
})  # fmt: skip


def estimates(
    groups: Groups, seed: int, statistics: Mapping[str, Statistic] = STATISTICS
) -> dict[str, Estimate]:
    """Returns each statistic with percentiles of resamples; positives and negatives stay as many.

    So precision is that of files with this share of positives.

    Where every resample gives the same value, as for perfect scores, the bootstrap says nothing:
    Wilson's interval stands in, with the size of the smaller class for a sample.
    """
    source = np.random.default_rng(seed)
    drawn: dict[str, list[Values]] = {name: [] for name in statistics}
    for number in batches(len(groups.scores), resamples(len(groups.places))):
        positives = resample(source, groups.positives, number)
        negatives = resample(source, groups.negatives, number)
        for name, statistic in statistics.items():
            drawn[name].append(statistic(positives, negatives))
    return {
        name: Estimate.resampled(
            float(statistic(groups.positives, groups.negatives)),
            np.concatenate(drawn[name]),
            groups.smaller,
        )
        for name, statistic in statistics.items()
    }
