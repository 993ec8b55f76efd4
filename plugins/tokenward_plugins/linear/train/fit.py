"""Fits one label on units, given labels of whole texts, and calibrates it.

A toxic text need not be toxic in each sentence. Fitting starts from all units and then keeps, of
a positive text, the unit that scores highest and those that are surely positive: what the engine
reports for a text is the highest score of its units.

References:
    Wang and Manning 2012, "Baselines and Bigrams" (weighting by log-count ratios).
    Andrews et al. 2003, "Support Vector Machines for Multiple-Instance Learning".
    Hinton, Vinyals and Dean 2015, arXiv:1503.02531 (soft targets of a teacher).
    Platt 1999, "Probabilistic Outputs for Support Vector Machines".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import diags
from scipy.special import expit

from tokenward_plugins.linear.train.corpus import UNKNOWN, Corpus, Floats, Mask


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a label is fitted.

    ``ratio`` is added to the log-count ratio of each bucket, ``alpha`` is the weight of the squared
    weights beside the mean loss, and ``soft`` how much of a target is the teacher's.
    """

    alpha: float = 1e-5
    steps: int = 60
    rounds: int = 1
    ratio: float = 1.0
    sure: float = 1.0
    soft: float = 0.8


@dataclass(frozen=True, slots=True)
class Weights:
    """A weight a bucket and a bias; ``logits`` are of units."""

    values: Floats
    bias: float

    def logits(self, matrix: Any) -> Floats:
        """Returns the logit of each line of a matrix."""
        logits: Floats = matrix @ self.values + self.bias
        return logits

    def calibrated(self, slope: float, offset: float) -> Weights:
        """Returns weights whose logits are ``slope`` times these plus ``offset``."""
        return Weights(self.values * slope, self.bias * slope + offset)


def fit(
    corpus: Corpus, label: str, chosen: Mask, recipe: Recipe, taught: Floats | None = None
) -> Weights:
    """Returns weights for a label, from the chosen rows for which it is known.

    ``taught`` has a teacher's chance of each unit, NaN where it was not asked.
    """
    truth = corpus.labels(label)[corpus.owner]
    usable = (chosen & (corpus.weight > 0))[corpus.owner] & (truth != UNKNOWN)
    positive = truth == 1
    kept = usable & ~(positive & ~corpus.near)
    ratio = _ratio(corpus.matrix[kept], positive[kept]) + recipe.ratio
    target = _softened(positive, positive, recipe, taught)
    for turn in range(recipe.rounds + 1):
        weights = _fit_units(corpus, kept, target, ratio, recipe)
        if turn < recipe.rounds:
            logits = weights.logits(corpus.matrix)
            top = logits >= corpus.highest(logits)[corpus.owner] - 1e-9
            bearing = top | (logits > recipe.sure)
            target = _softened(positive, bearing, recipe, taught)
            known = False if taught is None else ~np.isnan(taught)
            kept = usable & (~positive | bearing | known)
    return weights


def _softened(positive: Mask, bearing: Mask, recipe: Recipe, taught: Floats | None) -> Floats:
    """Returns the target of each unit: its text's label, softened by a teacher that saw it alone.

    Of a positive text only the ``bearing`` units are as it is; of the others the teacher tells.
    """
    target = positive.astype(float)
    if taught is None:
        return target
    share = np.where(positive & ~bearing, 1.0, recipe.soft)
    mixed: Floats = np.where(np.isnan(taught), target, (1 - share) * target + share * taught)
    return mixed


def _ratio(matrix: Any, positive: Mask) -> Floats:
    seen = matrix.copy()
    seen.data[:] = 1
    yes = 1 + np.asarray(seen[positive].sum(axis=0), dtype=float).ravel()
    no = 1 + np.asarray(seen[~positive].sum(axis=0), dtype=float).ravel()
    ratio: Floats = np.abs(np.log((yes / yes.sum()) / (no / no.sum())))
    return ratio


def _fit_units(
    corpus: Corpus, kept: Mask, target: Floats, ratio: Floats, recipe: Recipe
) -> Weights:
    from scipy.optimize import minimize  # noqa: PLC0415  # only training needs it

    matrix = corpus.matrix[kept] @ diags(ratio)
    aim, mass = target[kept], corpus.weight[corpus.owner][kept]
    mass = mass / mass.sum()

    def loss(point: Floats) -> tuple[float, Floats]:
        values, logits = point[:-1], matrix @ point[:-1] + point[-1]
        error = mass * (expit(logits) - aim)
        slope = np.append(matrix.T @ error + recipe.alpha * values, error.sum())
        cost = mass @ (np.logaddexp(0, logits) - aim * logits)
        return float(cost + recipe.alpha / 2 * (values @ values)), slope

    found = minimize(
        loss,
        np.zeros(matrix.shape[1] + 1),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": recipe.steps, "maxcor": 8},
    ).x
    return Weights(found[:-1] * ratio, float(found[-1]))


def calibrate(logits: Floats, truth: Mask, weight: Floats) -> tuple[float, float]:
    """Returns slope and offset after which the sigmoid of a logit is a probability."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # only training needs it

    model = LogisticRegression(C=1e6).fit(logits[:, None], truth, sample_weight=weight)
    return float(model.coef_[0, 0]), float(model.intercept_[0])
