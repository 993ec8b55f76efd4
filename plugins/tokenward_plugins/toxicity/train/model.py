"""Puts the sources together, and fits and calibrates one model a label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tokenward_plugins.encoder.train.corpus import corpus
from tokenward_plugins.linear.train.corpus import UNKNOWN, Corpus, Floats, Mask
from tokenward_plugins.linear.train.fit import Recipe, Weights, calibrate, fit
from tokenward_plugins.linear.train.rows import Row, read
from tokenward_plugins.toxicity.train.composed import LABELS
from tokenward_plugins.toxicity.train.swapping import Contexts, evened

BITS = 18
SEED = 0
LONG = ("documents", "long")
EVERY_LONG = 4
"""Of long texts one of so many is there: each brings many harmless sentences."""
LABELLED = (
    "civil_comments",
    "davidson_tweets",
    "toxigen_human",
    "wiki_talk",
    "openai_moderation",
)
"""Sources of real labelled texts; the others are benign, composed, templates or single terms."""

SHARE = {
    "toxicity": 0.35,
    "severe_toxicity": 0.1,
    "obscene": 0.2,
    "threat": 0.03,
    "insult": 0.2,
    "identity_attack": 0.2,
}
"""How many texts of the mixture for which scores are calibrated have the label."""

UNCALIBRATED = ("checks", "passages")
"""Own texts, which are not in the stated mixture."""


def rows(data: Path) -> list[Row]:
    """Returns all rows that may be trained on, in the encoder's parts: it teaches.

    Share-alike sets are not among them. No row of a part is nearly the same as one of another.
    """
    found = corpus(data, SEED)
    rows = []
    for number, row in enumerate((*found.train, *found.calibrate, *found.test)):
        if row.source in LONG and number % EVERY_LONG:
            continue
        labels = {label: row.labels[label] for label in LABELS if label in row.labels}
        if "hate" in row.labels:
            labels["identity_attack"] = row.labels["hate"]
        if labels:
            rows.append(replace(row, labels=labels))
    return rows


def train(
    corpus: Corpus, label: str, recipe: Recipe, beside: Contexts, taught: Mapping[str, Floats]
) -> Weights:
    """Returns calibrated weights: fitted on the training part, evened, calibrated on the next."""
    fitted = fit(corpus, label, corpus.split == "train", recipe, taught.get(label))
    weights = evened(fitted, BITS, beside)
    truth = corpus.labels(label)
    chosen = mixture(corpus, label, "calibrate")
    logits = corpus.highest(weights.logits(corpus.matrix))[chosen]
    known = truth[chosen] == 1
    weight = mixture_weight(corpus, chosen, known, SHARE[label])
    return weights.calibrated(*calibrate(logits, known, weight))


def mixture(corpus: Corpus, label: str, part: str) -> Mask:
    """Returns which rows of a part tell how often a score is right."""
    known = corpus.labels(label) != UNKNOWN
    mask: Mask = known & (corpus.split == part) & ~np.isin(corpus.source, UNCALIBRATED)
    return mask


def mixture_weight(corpus: Corpus, chosen: Mask, positive: Mask, share: float) -> Floats:
    """Returns weights: a share of positives; the rest negatives of the same sets and benign texts.

    A probability means something only for a mixture of texts; this is the stated one.
    """
    labelled = np.isin(corpus.source[chosen], LABELLED)
    weight = corpus.weight[chosen].copy()
    rest = (1 - share) / 2
    for group, mass in ((positive, share), (~positive & labelled, rest), (~labelled, rest)):
        weight[group] *= mass / weight[group].sum()
    return weight * len(weight)


def held_out(data: Path) -> dict[str, list[str]]:
    """Returns benign prose that is never trained on: share-alike or third-party texts."""
    texts: dict[str, Sequence[str]] = {
        "bold": [entry["text"] for entry in read(data / "bias/bold.jsonl.gz")],
        "winogender": [entry["text"] for entry in read(data / "bias/winogender.jsonl.gz")],
        "halueval_qa": [
            entry["context"] for entry in read(data / "groundedness/halueval_qa.jsonl.gz")
        ],
        "summedits": [entry["context"] for entry in read(data / "groundedness/summedits.jsonl.gz")],
    }
    return {name: sorted(set(some)) for name, some in texts.items()}
