"""The measures of one set of rows: of all of them, or of a slice."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tokenward.evaluation import delong
from tokenward.evaluation.confusion import Confusion
from tokenward.evaluation.curves import threshold_at
from tokenward.evaluation.groups import Groups, Truths
from tokenward.evaluation.resampled import RATES, estimates
from tokenward.statistics.estimates import Values

FEW = 20
"""Rows of a class below which a slice is called small: its intervals say little."""
CURVES = ("auc", "average_precision", *RATES)
NAMES: Mapping[str, str] = MappingProxyType({
    "auc": "ROC-AUC",
    "average_precision": "average precision",
    "recall_at_1pct_fpr": "recall at 1 % false positives",
    "recall_at_5pct_fpr": "recall at 5 % false positives",
    "recall": "recall",
    "precision": "precision",
    "f1": "F1",
    "false_positive_rate": "false positive rate",
    "expected_calibration_error": "expected calibration error",
})  # fmt: skip
"""The measures in words."""

Told = dict[str, Any]


def curves(groups: Groups, seed: int) -> dict[str, Told | None]:
    """Returns the measures that need no threshold; ``None`` where a class is missing."""
    if groups.lacks():
        return dict.fromkeys(CURVES)
    found = {"auc": delong.auc(groups), **estimates(groups, seed)}
    told: dict[str, Told | None] = {name: one.as_dict() for name, one in found.items()}
    for name, rate in RATES.items():
        told[name] = {**found[name].as_dict(), "threshold": threshold_at(groups, rate)}
    return told


def of_slice(scores: Values, truths: Truths, threshold: float, seed: int) -> Told:
    """Returns the measures of a slice, with its numbers of rows and whether they are few."""
    groups = Groups.of(scores, truths)
    rates = Confusion.at(groups, threshold).rates(seed)
    return {
        "rows": len(scores),
        "positive": groups.positive,
        "negative": groups.negative,
        "small": groups.smaller < FEW,
        **curves(groups, seed),
        **{name: rate and rate.as_dict() for name, rate in rates.items()},
    }


def too_few(groups: Groups) -> str | None:
    """Returns a note where negatives are too few for a false positive rate; else ``None``.

    >>> too_few(Groups.of([0.1, 0.2], [True, False]))
    '1 negatives are too few for 1 % and 5 %: no false positive is allowed'
    """
    missed = [f"{100 * rate:g} %" for rate in RATES.values() if groups.negative * rate < 1]
    if groups.lacks() or not missed:
        return None
    return (
        f"{groups.negative} negatives are too few for {' and '.join(missed)}: "
        "no false positive is allowed"
    )
