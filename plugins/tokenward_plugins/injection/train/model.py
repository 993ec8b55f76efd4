"""Puts the sources together, and fits and calibrates one model a label."""

from __future__ import annotations

from pathlib import Path

from tokenward_plugins.injection.train import sources
from tokenward_plugins.injection.train.composed import composed
from tokenward_plugins.injection.train.varied import varied
from tokenward_plugins.linear.train.corpus import UNKNOWN, Corpus, Floats, Mask
from tokenward_plugins.linear.train.fit import Recipe, Weights, calibrate, fit
from tokenward_plugins.linear.train.rows import Row, read

BITS = 18
SEED = 0
ATTACKS = ("jailbreaks_in_the_wild", "giskard", "system_prompt_extraction", "bipia")
SHARE = 0.04
"""How many texts of the mixture for which scores are calibrated are attacks of the label's kind."""
MADE = 0.1
"""How many of its benign texts are composed: those are harder than most."""


def rows(data: Path) -> list[Row]:
    """Returns all rows that may be trained on; share-alike texts are not among them."""
    return [
        *sources.jailbreaks(data),
        *sources.giskard(data),
        *sources.extraction(data),
        *sources.bipia(data),
        *sources.benign(data),
        *composed(SEED),
        *varied(SEED),
    ]


def train(corpus: Corpus, label: str, recipe: Recipe, without: str = "") -> Weights:
    """Returns calibrated weights: fitted on the training part, calibrated on the next.

    A source named by ``without`` is in neither.
    """
    allowed = corpus.source != without
    weights = fit(corpus, label, (corpus.split == "train") & allowed, recipe)
    truth = corpus.labels(label)
    chosen: Mask = (truth != UNKNOWN) & (corpus.split == "calibrate") & allowed
    logits = corpus.highest(weights.logits(corpus.matrix))[chosen]
    known = truth[chosen] == 1
    return weights.calibrated(*calibrate(logits, known, _mixture(corpus, chosen, known)))


def _mixture(corpus: Corpus, chosen: Mask, positive: Mask) -> Floats:
    weight = corpus.weight[chosen].copy()
    made = corpus.source[chosen] == "composed"
    benign = 1 - SHARE
    for group, mass in (
        (positive, SHARE),
        (~positive & made, benign * MADE),
        (~positive & ~made, benign * (1 - MADE)),
    ):
        weight[group] *= mass / weight[group].sum()
    return weight * len(weight)


def held_out(data: Path) -> dict[str, list[str]]:
    """Returns benign texts that are never trained on: share-alike or third-party ones."""
    tables = [
        entry["text"]
        for entry in read(data / "injection/bipia_indirect.jsonl.gz")
        if not entry["labels"]["injection"] and entry["labels"]["task"] != "email"
    ]
    grounded = list(read(data / "groundedness/halueval_qa.jsonl.gz"))
    texts = {
        "bold": [entry["text"] for entry in read(data / "bias/bold.jsonl.gz")],
        "bbq questions": [entry["question"] for entry in read(data / "bias/bbq.jsonl.gz")],
        "halueval questions": [entry["question"] for entry in grounded],
        "halueval passages": [entry["context"] for entry in grounded],
        "summedits": [entry["context"] for entry in read(data / "groundedness/summedits.jsonl.gz")],
        "bipia tables, code": tables,
        "toxigen_human": [
            entry["text"] for entry in read(data / "toxicity/toxigen_human.jsonl.gz")
        ],
    }
    return {name: sorted(set(some)) for name, some in texts.items()}
