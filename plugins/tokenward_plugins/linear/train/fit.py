"""Fits one label on units, given labels of whole texts, and calibrates it.

A toxic text need not be toxic in each sentence. Fitting starts from all units and then keeps, of
a positive text, the unit that scores highest and those that are surely positive: what the engine
reports for a text is the highest score of its units.

References:
    Wang and Manning 2012, "Baselines and Bigrams" (weighting by log-count ratios).
    Andrews et al. 2003, "Support Vector Machines for Multiple-Instance Learning".
    Platt 1999, "Probabilistic Outputs for Support Vector Machines".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import diags

from tokenward_plugins.linear.train.corpus import UNKNOWN, Corpus, Floats, Mask


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a label is fitted; ``ratio`` is added to the log-count ratio of each bucket."""

    alpha: float = 2e-5
    epochs: int = 12
    rounds: int = 3
    ratio: float = 1.0
    sure: float = 1.0
    seed: int = 0


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


def fit(corpus: Corpus, label: str, chosen: Mask, recipe: Recipe) -> Weights:
    """Returns weights for a label, from the chosen rows for which it is known."""
    truth = corpus.labels(label)[corpus.owner]
    usable = (chosen & (corpus.weight > 0))[corpus.owner] & (truth != UNKNOWN)
    positive = truth == 1
    kept = usable & ~(positive & ~corpus.near)
    ratio = _ratio(corpus.matrix[kept], positive[kept]) + recipe.ratio
    for turn in range(recipe.rounds + 1):
        weights = _fit_units(corpus, kept, positive, ratio, recipe)
        if turn < recipe.rounds:
            logits = weights.logits(corpus.matrix)
            top = logits >= corpus.highest(logits)[corpus.owner] - 1e-9
            kept = usable & (~positive | top | (logits > recipe.sure))
    return weights


def _ratio(matrix: Any, positive: Mask) -> Floats:
    seen = matrix.copy()
    seen.data[:] = 1
    yes = 1 + np.asarray(seen[positive].sum(axis=0), dtype=float).ravel()
    no = 1 + np.asarray(seen[~positive].sum(axis=0), dtype=float).ravel()
    ratio: Floats = np.abs(np.log((yes / yes.sum()) / (no / no.sum())))
    return ratio


def _fit_units(
    corpus: Corpus, kept: Mask, positive: Mask, ratio: Floats, recipe: Recipe
) -> Weights:
    from sklearn.linear_model import SGDClassifier  # noqa: PLC0415  # only training needs it

    model = SGDClassifier(
        loss="log_loss",
        alpha=recipe.alpha,
        max_iter=recipe.epochs,
        tol=None,
        average=True,
        random_state=recipe.seed,
    )
    weight = corpus.weight[corpus.owner][kept]
    model.fit(corpus.matrix[kept] @ diags(ratio), positive[kept], sample_weight=weight)
    return Weights(model.coef_[0] * ratio, float(model.intercept_[0]))


def calibrate(logits: Floats, truth: Mask, weight: Floats) -> tuple[float, float]:
    """Returns slope and offset after which the sigmoid of a logit is a probability."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # only training needs it

    model = LogisticRegression(C=1e6).fit(logits[:, None], truth, sample_weight=weight)
    return float(model.coef_[0, 0]), float(model.intercept_[0])
