"""Trains the embedded model: ``python -m tokenward_plugins.toxicity.train DATA_DIR --out DIR``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tokenward_plugins.linear.train import write
from tokenward_plugins.linear.train.corpus import Corpus
from tokenward_plugins.linear.train.fit import Recipe
from tokenward_plugins.toxicity.train import model, report, subgroups, swapping
from tokenward_plugins.toxicity.train.composed import LABELS
from tokenward_plugins.toxicity.train.teacher import Teacher


def main() -> None:
    """Trains, writes and measures."""
    parser = argparse.ArgumentParser(prog="tokenward_plugins.toxicity.train", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write the model to")
    parser.add_argument(
        "--teacher", type=Path, help="a file that keeps what the encoder said (.npz)"
    )
    parser.add_argument("--brief", action="store_true", help="leave out leave-one-source-out")
    options = parser.parse_args()
    rows = model.rows(options.data)
    beside = swapping.contexts(rows)
    corpus = Corpus([*rows, *swapping.more(rows)], model.BITS)
    print(f"{len(corpus.rows)} rows, {corpus.matrix.shape[0]} sentences, 2^{model.BITS} buckets")
    recipe, taught = Recipe(), Teacher(options.teacher).taught(corpus)
    weights = {}
    for label in LABELS:
        weights[label] = model.train(corpus, label, recipe, beside, taught)
        print(f"{label}: trained, bias {weights[label].bias:.4f}", flush=True)
    size = write.write(options.out, weights, {"unit": "sentence", "seed": model.SEED})
    print(f"{size} bytes of weights")
    table = write.table(weights)
    scores = report.scored(table, corpus)
    report.eight(corpus, scores, table, options.data)
    report.by_source(corpus, scores)
    report.calibration(corpus, scores)
    report.recalls(corpus, scores)
    report.false_positives(table, options.data)
    report.unseen(table, options.data)
    subgroups.swaps(table, rows)
    subgroups.false_positives(table, rows)
    subgroups.dialect(table, rows)
    if not options.brief:
        report.left_out(corpus, recipe, LABELS)


if __name__ == "__main__":
    main()
