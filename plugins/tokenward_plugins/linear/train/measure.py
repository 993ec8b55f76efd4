"""Measures scores against labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tokenward_plugins.linear.train.corpus import Floats, Mask
from tokenward_plugins.linear.train.rows import cut

FALSE_POSITIVES = 0.01


@dataclass(frozen=True, slots=True)
class Quality:
    """How well scores tell positives from negatives; ``recall`` is at 1 % false positives."""

    positives: int
    negatives: int
    auc: float
    average_precision: float
    recall: float

    def __str__(self) -> str:
        return (
            f"{self.positives:5d} + {self.negatives:5d} -  AUC {self.auc:.3f}  "
            f"AP {self.average_precision:.3f}  recall at 1 % FPR {self.recall:.3f}"
        )


def highest(scores: Callable[[str], Mapping[str, float]], text: str) -> dict[str, float]:
    """Returns the score of a text as the engine reports it: the highest of its sentences."""
    rows = [scores(unit) for _, unit in cut(text)] or [scores("")]
    return {label: max(row[label] for row in rows) for label in rows[0]}


def quality(scores: Floats, truth: Mask) -> Quality | None:
    """Returns the quality, or ``None`` where one of the classes is missing."""
    from sklearn.metrics import (  # noqa: PLC0415  # only training needs it
        average_precision_score,
        roc_auc_score,
        roc_curve,
    )

    positives = int(truth.sum())
    if positives in {0, len(truth)}:
        return None
    rates, recalls, _ = roc_curve(truth, scores)
    return Quality(
        positives,
        len(truth) - positives,
        float(roc_auc_score(truth, scores)),
        float(average_precision_score(truth, scores)),
        float(recalls[rates <= FALSE_POSITIVES].max()),
    )


def reliability(scores: Floats, truth: Mask, weight: Floats) -> list[tuple[float, float, int]]:
    """Returns (mean score, share of positives, rows) for tenths of the score."""
    tenths = np.minimum((scores * 10).astype(int), 9)
    rows = []
    for tenth in range(10):
        here = tenths == tenth
        mass = weight[here].sum()
        if mass:
            mean = float((scores[here] * weight[here]).sum() / mass)
            share = float((truth[here] * weight[here]).sum() / mass)
            rows.append((mean, share, int(here.sum())))
    return rows
