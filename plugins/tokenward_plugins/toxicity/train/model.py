"""Puts the sources together, and fits and calibrates one model a label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tokenward_plugins.linear.train.corpus import UNKNOWN, Corpus, Floats, Mask
from tokenward_plugins.linear.train.fit import Recipe, Weights, calibrate, fit
from tokenward_plugins.linear.train.rows import Row, read
from tokenward_plugins.toxicity.train import sources
from tokenward_plugins.toxicity.train.composed import composed, phrases
from tokenward_plugins.toxicity.train.lexicon import lexicon, terms
from tokenward_plugins.toxicity.train.swapping import Contexts, evened

BITS = 18
SEED = 0
EVERY_TEMPLATE = 6
LABELLED = (
    "civil_comments",
    "davidson_tweets",
    "toxigen_human",
    "wiki_talk",
    "openai_moderation",
)
"""Sources of real labelled texts; the others are benign, composed, templates or single terms."""

SHARE = {
    "toxicity": 0.4,
    "severe_toxicity": 0.1,
    "obscene": 0.2,
    "threat": 0.02,
    "insult": 0.2,
    "identity_attack": 0.1,
}
"""How many texts of the mixture for which scores are calibrated have the label."""

UNCALIBRATED = ("identity_templates", "composed", "lexicon")


def rows(data: Path) -> list[Row]:
    """Returns all rows that may be trained on; share-alike sets are not among them."""
    kinds, groups = phrases()
    words = lexicon(data, kinds["vulgar"])
    neutral = [term for pair in groups for term in pair]
    return [
        *sources.civil_comments(data, words),
        *sources.tweets(data, words),
        *sources.toxigen(data, words),
        *sources.wiki_talk(data, words),
        *sources.moderation(data, words),
        *sources.benign(data),
        *sources.templates(data, EVERY_TEMPLATE),
        *composed(SEED),
        *terms(data, neutral, SEED),
    ]


def train(corpus: Corpus, label: str, recipe: Recipe, beside: Contexts) -> Weights:
    """Returns calibrated weights: fitted on the training part, evened, calibrated on the next."""
    weights = evened(fit(corpus, label, corpus.split == "train", recipe), BITS, beside)
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
        "bbq": [entry["context"] for entry in read(data / "bias/bbq.jsonl.gz")],
        "winogender": [entry["text"] for entry in read(data / "bias/winogender.jsonl.gz")],
        "halueval_qa": [
            entry["context"] for entry in read(data / "groundedness/halueval_qa.jsonl.gz")
        ],
        "summedits": [entry["context"] for entry in read(data / "groundedness/summedits.jsonl.gz")],
    }
    return {name: sorted(set(some)) for name, some in texts.items()}
