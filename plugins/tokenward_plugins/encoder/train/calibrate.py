"""Turns logits into probabilities of a stated mixture of texts.

References:
    Platt 1999, "Probabilistic Outputs for Support Vector Machines".
    Zadrozny and Elkan 2002 (doi 10.1145/775047.775151): isotonic regression for calibration.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.encoder.scales import Curve

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
ENOUGH = 200
"""Positives from which an isotonic curve is fitted; with fewer, a sigmoid."""


def mixture(truth: Truth, share: float) -> Floats:
    """Returns weights under which a ``share`` of the texts is positive.

    >>> mixture(np.array([True, False, False, False]), 0.5).tolist()
    [2.0, 0.6666666666666666, 0.6666666666666666, 0.6666666666666666]
    """
    weight = np.where(truth, share / truth.sum(), (1 - share) / (~truth).sum())
    scaled: Floats = weight * len(truth)
    return scaled


def curve(logits: Floats, truth: Truth, share: float) -> Curve:
    """Returns the curve of held-out logits in a mixture with a ``share`` of positives."""
    weight = mixture(truth, share)
    return (isotonic if truth.sum() >= ENOUGH else sigmoid)(logits, truth, weight)


def sigmoid(logits: Floats, truth: Truth, weight: Floats) -> Curve:
    """Returns Platt's curve, at points close enough for straight lines between them."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # only training needs it

    model = LogisticRegression(C=10.0).fit(logits[:, None], truth, sample_weight=weight)
    slope = max(float(model.coef_[0, 0]), 1e-3)
    points = (np.linspace(-9, 9, 73) - float(model.intercept_[0])) / slope
    chances = 1 / (1 + np.exp(-np.linspace(-9, 9, 73)))
    return Curve(tuple(points.tolist()), tuple(chances.tolist()))


def isotonic(logits: Floats, truth: Truth, weight: Floats, points: int = 40) -> Curve:
    """Returns the isotonic curve, thinned, and made to rise a little everywhere.

    A strictly rising curve keeps the order of scores, and with it AUC and thresholds.
    """
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415  # only training needs it

    model = IsotonicRegression(y_min=0.001, y_max=0.999).fit(logits, truth, sample_weight=weight)
    places = np.unique(np.quantile(logits, np.linspace(0, 1, points)))
    # flat steps would tie what is unlike: half of the weight is a straight line between the ends
    rising = np.linspace(0, 1e-3, len(places))
    chances = np.clip(model.predict(places), 0.001, 0.998) + rising
    lowest, highest = places[0] - 20, places[-1] + 20
    return Curve(
        (float(lowest), *places.tolist(), float(highest)),
        (1e-5, *chances.tolist(), 0.99999),
    )
