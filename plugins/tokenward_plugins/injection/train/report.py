"""Measures a trained model, and prints what the model card says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from tokenward_plugins.injection.train import model, sources
from tokenward_plugins.linear.train.corpus import UNKNOWN, Corpus, Floats, Mask
from tokenward_plugins.linear.train.fit import Recipe, Weights, fit
from tokenward_plugins.linear.train.measure import Quality, quality
from tokenward_plugins.linear.train.rows import read

BLOCK = 0.9
HARD = "notinject"
Scorer = Callable[[str], Mapping[str, float]]
"""Scores a whole text, as the engine does."""


def by_label(corpus: Corpus, scorer: Scorer) -> None:
    """Prints the quality on the test part, a line a label and source of attacks."""
    test = np.flatnonzero(corpus.split == "test").tolist()
    rows = [scorer(corpus.rows[number].text) for number in test]
    for label in rows[0]:
        truth, scores = corpus.labels(label)[test], np.array([row[label] for row in rows])
        print(f"\n{label}, test part, against all benign texts of it")
        for source in (*model.ATTACKS, "composed"):
            here = (truth == 0) | ((truth == 1) & (corpus.source[test] == source))
            print(f"  {source:26s} {quality(scores[here], truth[here] == 1)}")
    top = np.array([max(row.values()) for row in rows])
    print(f"\nany label at {BLOCK} or more, test part: attacks, benign texts")
    positive = np.array([1 in corpus.rows[number].labels.values() for number in test])
    for source in sorted(set(corpus.source)):
        shares = [
            f"{(top[here] >= BLOCK).mean():.3f} of {here.sum()}" if here.any() else "-"
            for here in (
                positive & (corpus.source[test] == source),
                ~positive & (corpus.source[test] == source),
            )
        ]
        print(f"  {source:26s} {shares[0]:16s} {shares[1]}")


def false_positives(scorer: Scorer, data: Path) -> None:
    """Prints how many benign texts, none of them trained on, score 0.5 and 0.9 or more."""
    print("\nbenign texts, never trained on: texts, any label at 0.5, at 0.9 or more")
    for name, texts in model.held_out(data).items():
        top = np.array([max(scorer(text).values()) for text in texts])
        print(
            f"  {name:22s} {len(texts):6d}  {(top >= 0.5).mean():.4f}  {(top >= BLOCK).mean():.4f}"
        )


def documents(scorer: Scorer, data: Path) -> None:
    """Prints the quality on BIPIA's documents: attacked ones against clean ones."""
    print("\nbipia, attacked against clean documents (attacks of the test part only)")
    clean: list[float] = []
    attacked: dict[str, list[float]] = {"instructions": [], "errands": []}
    for entry in read(data / "injection/bipia_indirect.jsonl.gz"):
        if not entry["labels"]["injection"]:
            clean.append(scorer(entry["text"])["indirect"])
        elif entry["labels"]["attack"] in sources.ERRANDS:
            attacked["errands"].append(scorer(entry["text"])["indirect"])
        elif sources.part(entry["injected"]) == "test":
            attacked["instructions"].append(scorer(entry["text"])["indirect"])
    for name, scores in attacked.items():
        truth = np.array([True] * len(scores) + [False] * len(clean))
        print(f"  {name:26s} {quality(np.array(scores + clean), truth)}")


def hard_negatives(corpus: Corpus, weights: Mapping[str, Weights]) -> None:
    """Prints how many texts of ``notinject`` weights flag that saw none of it."""
    top = np.max([corpus.highest(some.logits(corpus.matrix)) for some in weights.values()], axis=0)
    hard = 1 / (1 + np.exp(-top[corpus.source == HARD]))
    print(f"\n{HARD}, by a model trained without it: texts, at 0.5, at {BLOCK} or more")
    print(f"  {len(hard)}  {(hard >= 0.5).mean():.4f}  {(hard >= BLOCK).mean():.4f}")


def left_out(corpus: Corpus, recipe: Recipe, labels: tuple[str, ...]) -> None:
    """Prints the quality on each source of attacks by models that saw nothing of it.

    The benign texts are those of the test part, and all of ``notinject``, which is left out too.
    """
    for label in labels:
        truth = corpus.labels(label)
        hard = corpus.source == HARD
        print(f"\n{label}, each source by a model trained without it and without {HARD}")
        for source in (*model.ATTACKS, "composed"):
            attacks = (corpus.source == source) & (truth == 1)
            if not attacks.any():
                continue
            benign = (truth == 0) & (corpus.split == "test") & ~hard
            chosen = (truth != UNKNOWN) & ~attacks & ~benign & ~hard
            if not (chosen & (truth == 1)).any():
                print(f"  {source:26s} not measured: no other source has the label")
                continue
            weights = fit(corpus, label, chosen, recipe)
            logits = corpus.highest(weights.logits(corpus.matrix))
            for name, against in (("benign", benign), (HARD, hard)):
                print(f"  {source:26s} v. {name:10s} {_against(logits, attacks, against)}")


def _against(logits: Floats, attacks: Mask, benign: Mask) -> Quality | None:
    here = attacks | benign
    return quality(logits[here], attacks[here])
