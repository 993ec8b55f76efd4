"""Measures a trained model, and prints what the model card says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tokenward_plugins.linear.table import Table
from tokenward_plugins.linear.train.corpus import UNKNOWN, Corpus, Floats, Mask
from tokenward_plugins.linear.train.fit import Recipe, fit
from tokenward_plugins.linear.train.measure import highest, quality, reliability
from tokenward_plugins.linear.train.rows import read
from tokenward_plugins.toxicity.embedded import readable
from tokenward_plugins.toxicity.train import model

FLAGS, BLOCK = 0.5, 0.8
FORUM = "forum_hate"
EIGHT = (
    ("toxicity", "davidson_tweets"),
    ("toxicity", "toxigen_human"),
    ("toxicity", "wiki_talk"),
    ("toxicity", "openai_moderation"),
    ("identity_attack", "davidson_tweets"),
    ("identity_attack", "toxigen_human"),
    ("identity_attack", FORUM),
    ("identity_attack", "checks"),
)
"""The sets whose mean is steered by: the encoder's toxicity and hate are measured on the same."""
FEWEST = 5


def scored(table: Table, corpus: Corpus) -> Mapping[str, Floats]:
    """Returns a score a row of the test part and label (others are 0)."""
    scores = {label: np.zeros(len(corpus.rows)) for label in table.labels}
    for number, row in enumerate(corpus.rows):
        if row.split == "test":
            for label, score in highest(table.scores, readable(row.text)).items():
                scores[label][number] = score
    return scores


def by_source(corpus: Corpus, scores: Mapping[str, Floats]) -> None:
    """Prints the quality on the test part: a line a label and source with both classes."""
    for label, some in scores.items():
        truth = corpus.labels(label)
        known = (corpus.split == "test") & (truth != UNKNOWN)
        print(f"\n{label}, test part")
        for source in model.LABELLED:
            here = known & (corpus.source == source)
            if (truth[here] == 1).sum() >= FEWEST:
                print(f"  {source:22s} {quality(some[here], truth[here] == 1)}")
        real = known & ~np.isin(corpus.source, model.UNCALIBRATED)
        print(f"  {'all with benign':22s} {quality(some[real], truth[real] == 1)}")


def calibration(corpus: Corpus, scores: Mapping[str, Floats]) -> None:
    """Prints how often toxicity scores are right, on the stated mixture of the test part."""
    chosen = model.mixture(corpus, "toxicity", "test")
    truth = corpus.labels("toxicity")[chosen] == 1
    weight = model.mixture_weight(corpus, chosen, truth, model.SHARE["toxicity"])
    print("\ntoxicity, test part: mean score, share of toxic texts, rows")
    for mean, share, count in reliability(scores["toxicity"][chosen], truth, weight):
        print(f"  {mean:.2f}  {share:.2f}  {count}")


def recalls(corpus: Corpus, scores: Mapping[str, Floats]) -> None:
    """Prints how many toxic and other texts of each source would be blocked."""
    top = np.max(list(scores.values()), axis=0)
    truth = corpus.labels("toxicity")
    print(f"\nany label at {BLOCK} or more, test part: toxic texts, others")
    for source in sorted(set(corpus.source)):
        here = (corpus.split == "test") & (corpus.source == source)
        toxic, other = top[here & (truth == 1)] >= BLOCK, top[here & (truth == 0)] >= BLOCK
        shares = [
            f"{some.mean():.3f} of {len(some)}" if len(some) else "-" for some in (toxic, other)
        ]
        print(f"  {source:22s} {shares[0]:16s} {shares[1]}")


def false_positives(table: Table, data: Path) -> None:
    """Prints how many benign texts, none of them trained on, score 0.5 and 0.8 or more."""
    print("\nbenign prose, never trained on: texts, any label at 0.5, at 0.8 or more")
    for name, texts in model.held_out(data).items():
        rows = np.array([list(highest(table.scores, readable(text)).values()) for text in texts])
        top = rows.max(axis=1)
        each = " ".join(f"{share:.4f}" for share in (rows >= BLOCK).mean(axis=0))
        print(
            f"  {name:22s} {len(texts):6d}  {(top >= 0.5).mean():.4f}  "
            f"{(top >= BLOCK).mean():.4f}  each label {each}"
        )


def eight(corpus: Corpus, scores: Mapping[str, Floats], table: Table, data: Path) -> None:
    """Prints the quality on eight sets as the encoder is measured, and their mean AUC."""
    print("\neight sets, test part; forum_hate and checks were never trained on")
    found = []
    for label, source in EIGHT:
        if source == FORUM:
            some, truth = _forum(table, label, data)
        else:
            known = corpus.labels(label)
            here = (corpus.split == "test") & (corpus.source == source) & (known != UNKNOWN)
            some, truth = scores[label][here], known[here] == 1
        told = quality(some, truth)
        found.append(told.auc if told is not None else np.nan)
        print(f"  {label:16s} {source:18s} {told}")
    print(f"  mean AUC {np.mean(found):.4f}")


def _forum(table: Table, label: str, data: Path) -> tuple[Floats, Mask]:
    entries = list(read(data / f"toxicity/{FORUM}.jsonl.gz"))
    truth = np.array([entry["labels"]["hate"] == 1 for entry in entries])
    scores = [highest(table.scores, readable(entry["text"]))[label] for entry in entries]
    return np.array(scores), truth


def unseen(table: Table, data: Path) -> None:
    """Prints how the label ``toxicity`` does on a set that is for evaluation only."""
    scores, truth = _forum(table, "toxicity", data)
    flagged = scores >= FLAGS
    print(f"\n{FORUM}, toxicity  {quality(scores, truth)}")
    print(f"  at {FLAGS}: found {flagged[truth].mean():.4f}, others {flagged[~truth].mean():.4f}")


def left_out(corpus: Corpus, recipe: Recipe, labels: tuple[str, ...]) -> None:
    """Prints the quality on each source by a model that saw nothing of it."""
    for label in labels:
        truth = corpus.labels(label)
        print(f"\n{label}, each source by a model trained without it")
        for source in model.LABELLED:
            here = (corpus.source == source) & (truth != UNKNOWN)
            if min((truth[here] == 1).sum(), (truth[here] == 0).sum()) < FEWEST:
                continue
            weights = fit(corpus, label, corpus.source != source, recipe)
            logits = corpus.highest(weights.logits(corpus.matrix))
            print(f"  {source:22s} {quality(logits[here], truth[here] == 1)}", flush=True)
