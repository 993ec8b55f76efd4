"""``python -m tokenward_plugins.groundedness.train``: fits the trees and writes ``trees.json``.

Every document is scored by trees that have not seen it (five folds by document); calibration and
the printed figures come from those scores. What ships is fitted to all documents in the same way.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from tokenward_plugins.groundedness.features import NAMES
from tokenward_plugins.groundedness.relations import MODEL, Relations
from tokenward_plugins.groundedness.train.corpus import Corpus, corpus_of, read
from tokenward_plugins.groundedness.train.ship import ship

FOLDS = 5
TREES = 150
SEED = 0


def fitted(corpus: Corpus, chosen: Any) -> Any:
    """Returns trees fitted to some rows.

    References:
        Friedman 2002, "Stochastic gradient boosting", Computational Statistics & Data Analysis 38.
    """
    from sklearn.ensemble import GradientBoostingClassifier  # noqa: PLC0415

    model = GradientBoostingClassifier(
        n_estimators=TREES,
        max_depth=3,
        learning_rate=0.07,
        subsample=0.6,
        max_features=12,
        min_samples_leaf=15,
        random_state=SEED,
    )
    features, wrong = np.array(corpus.features), np.array(corpus.unsupported)
    return model.fit(features[chosen], wrong[chosen], np.array(corpus.weights)[chosen])


def unseen_odds(corpus: Corpus) -> Any:
    """Returns the log-odds of each row from trees that have not seen its document."""
    groups = np.array(corpus.groups)
    names = np.random.default_rng(SEED).permutation(sorted(set(corpus.groups)))
    odds = np.zeros(len(groups))
    for fold in np.array_split(names, FOLDS):
        held = np.isin(groups, fold)
        model = fitted(corpus, ~held)
        odds[held] = model.decision_function(np.array(corpus.features)[held])
    return odds


def calibrated(odds: Any, corpus: Corpus) -> tuple[list[float], list[float]]:
    """Returns knots of log-odds and the probabilities there, by isotonic regression.

    References:
        Zadrozny and Elkan 2002, "Transforming classifier scores into accurate multiclass
        probability estimates", KDD.
    """
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415

    scale = IsotonicRegression(y_min=0.001, y_max=0.999, out_of_bounds="clip")
    scale.fit(odds, np.array(corpus.unsupported), np.array(corpus.weights))
    knots = np.quantile(odds, np.linspace(0, 1, 41))
    knots = np.unique(np.round(knots, 4))
    scores = scale.predict(knots) + 1e-4 * np.linspace(0, 1, len(knots))  # ties keep their order
    return knots.tolist(), np.round(np.minimum(scores, 0.9999), 5).tolist()


def told(model: Any) -> list[Any]:
    """Returns the trees as lists."""
    trees = []
    for (one,) in model.estimators_:
        tree = one.tree_
        leaf = tree.children_left < 0
        values = np.where(leaf, tree.value[:, 0, 0] * model.learning_rate, tree.threshold)
        trees.append(
            [
                np.where(leaf, -1, tree.feature).tolist(),
                np.round(values, 5).tolist(),
                np.where(leaf, 0, tree.children_left).tolist(),
                np.where(leaf, 0, tree.children_right).tolist(),
            ]
        )
    return trees


def main() -> None:
    """Fits, calibrates and writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="folder with groundedness/")
    parser.add_argument("--out", type=Path, default=MODEL)
    given = parser.parse_args()
    rows = read(given.data / "groundedness" / "summedits.jsonl.gz")
    corpus = corpus_of(rows, Relations.load(), SEED)
    odds = unseen_odds(corpus)
    knots, scores = calibrated(odds, corpus)
    model = fitted(corpus, slice(None))
    prior = model.init_.class_prior_
    start = float(np.log(prior[1] / prior[0]))
    trees = {
        "features": list(NAMES),
        "start": start,
        "knots": knots,
        "scores": scores,
        "trees": told(model),
    }
    ship(given.out, "trees", "trees.json", json.dumps(trees, separators=(",", ":")).encode())
    unseen = [
        (name, wrong, max((float(odds[place]) for place in places), default=-9.0))
        for name, wrong, places in corpus.answers
    ]
    print(json.dumps({"rows": len(corpus.features), "within": within(unseen)}))


def within(scored: list[tuple[str, int, float]]) -> float:
    """Returns how often, of two answers about one document, the wrong one scores higher."""
    won = pairs = 0.0
    for name in {one[0] for one in scored}:
        right = np.array([score for doc, wrong, score in scored if doc == name and not wrong])
        bad = np.array([score for doc, wrong, score in scored if doc == name and wrong])
        gaps = bad[:, None] - right[None, :]
        won += (gaps > 0).sum() + 0.5 * (gaps == 0).sum()
        pairs += gaps.size
    return round(won / pairs, 4)


if __name__ == "__main__":
    main()
