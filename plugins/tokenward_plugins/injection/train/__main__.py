"""Trains the embedded model: ``python -m tokenward_plugins.injection.train DATA_DIR --out DIR``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tokenward_plugins.injection.detector import InjectionDetector
from tokenward_plugins.injection.patterns import Forms
from tokenward_plugins.injection.train import model, report
from tokenward_plugins.injection.train.composed import LABELS
from tokenward_plugins.linear.train import write
from tokenward_plugins.linear.train.corpus import Corpus
from tokenward_plugins.linear.train.fit import Recipe
from tokenward_plugins.linear.train.measure import highest


def main() -> None:
    """Trains, writes and measures."""
    parser = argparse.ArgumentParser(prog="tokenward_plugins.injection.train", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write the model to")
    parser.add_argument("--brief", action="store_true", help="leave out leave-one-source-out")
    options = parser.parse_args()
    corpus = Corpus(model.rows(options.data), model.BITS)
    print(f"{len(corpus.rows)} rows, {corpus.matrix.shape[0]} sentences, 2^{model.BITS} buckets")
    recipe = Recipe()
    weights = {label: model.train(corpus, label, recipe) for label in LABELS}
    size = write.write(options.out, weights, {"unit": "sentence", "seed": model.SEED})
    print(f"{size} bytes of weights")
    detector = InjectionDetector(write.table(weights), Forms.load())

    def scorer(text: str) -> dict[str, float]:
        return highest(lambda unit: detector.score([unit])[0], text)

    report.by_label(corpus, scorer)
    report.documents(scorer, options.data)
    report.false_positives(scorer, options.data)
    if not options.brief:
        without = report.HARD
        report.hard_negatives(
            corpus, {label: model.train(corpus, label, recipe, without) for label in LABELS}
        )
        report.left_out(corpus, recipe, LABELS)


if __name__ == "__main__":
    main()
