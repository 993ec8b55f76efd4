"""The rows that the trees are fitted to, as features, each with the document that it is about."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.groundedness.features import Reading
from tokenward_plugins.groundedness.index import Index
from tokenward_plugins.groundedness.relations import Relations
from tokenward_plugins.groundedness.train.composed import Composer
from tokenward_plugins.linear.train.rows import cut

Floats = NDArray[np.float64]
COMPOSED_WEIGHT = 0.3
MOST_COMPOSED = 6000


@dataclass(slots=True)
class Corpus:
    """Sentences as rows of features; ``answers`` are the rows of each whole answer."""

    features: list[list[float]] = field(default_factory=list)
    unsupported: list[int] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    answers: list[tuple[str, int, list[int]]] = field(default_factory=list)

    def add(self, row: list[float], group: str, weight: float, *, unsupported: int) -> int:
        """Adds a sentence; returns its place."""
        self.features.append(row)
        self.unsupported.append(unsupported)
        self.groups.append(group)
        self.weights.append(weight)
        return len(self.features) - 1


def read(path: Path) -> list[dict[str, Any]]:
    """Reads gzip'd JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def rows_of(index: Index, text: str, relations: Relations) -> list[list[float]]:
    """Returns the features of each sentence, cut as the engine cuts."""
    return [Reading(unit, index, relations).row() for _, unit in cut(text)]


def corpus_of(rows: Iterable[dict[str, Any]], relations: Relations, seed: int) -> Corpus:
    """Returns edited summaries, and composed answers about the same documents."""
    some = list(rows)
    documents = {row["doc_id"]: row["context"] for row in some}
    indices = {name: Index([text], relations) for name, text in documents.items()}
    consistent: dict[str, set[str]] = defaultdict(set)
    for row in some:
        if row["labels"]["grounded"]:
            consistent[row["doc_id"]].update(unit for _, unit in cut(row["response"]))
    corpus = Corpus()
    for row in some:
        name, wrong = row["doc_id"], 1 - row["labels"]["grounded"]
        places = []
        for _, unit in cut(row["response"]):
            features = Reading(unit, indices[name], relations).row()
            bad = int(wrong and unit not in consistent[name])
            places.append(corpus.add(features, name, 1.0, unsupported=bad))
        corpus.answers.append((name, wrong, places))
    composer = Composer(documents, relations, seed)
    composed = [(name, *row) for name in documents for row in composer.rows(name)]
    order = np.random.default_rng(seed).permutation(len(composed))[:MOST_COMPOSED]
    for place in order.tolist():
        name, text, wrong = composed[place]
        for features in rows_of(indices[name], text, relations)[:1]:
            corpus.add(features, name, COMPOSED_WEIGHT, unsupported=wrong)
    return corpus
