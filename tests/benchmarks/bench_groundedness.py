"""How well unsupported answers are told: ``python -m tests.benchmarks.bench_groundedness --data DIR``.

Two figures, each an area under the curve with a bootstrap interval of 95 % over documents:

* small edits: a summary that was edited into an error against faithful ones *of the same document*
  (SummEdits). Each document is scored by trees that were fitted without it.
* answers of like length: made-up answers against right ones of at most a quarter more or fewer
  words (HaluEval), by what ships, which was fitted to none of them.

References:
    Laban et al. 2023, "SummEdits: Measuring LLM Ability at Factual Reasoning", EMNLP.
    Li et al. 2023, "HaluEval", EMNLP.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tokenward.types import RequestContext
from tokenward_plugins.groundedness.detector import Groundedness
from tokenward_plugins.groundedness.relations import Relations
from tokenward_plugins.groundedness.settings import GroundednessSettings
from tokenward_plugins.groundedness.train.__main__ import SEED, unseen_odds
from tokenward_plugins.groundedness.train.corpus import corpus_of, read
from tokenward_plugins.linear.train.rows import cut

ROUNDS = 1000
LIKE = 1.25

Pairs = Mapping[str, tuple[float, float]]
"""Of each group the pairs that were ordered right, and all its pairs."""


def interval(pairs: Pairs) -> tuple[float, float, float]:
    """Returns the share of pairs ordered right, with its bootstrap interval over groups."""
    table = np.array(list(pairs.values()))
    chance = np.random.default_rng(SEED)
    drawn = chance.integers(0, len(table), (ROUNDS, len(table)))
    sums = table[drawn].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / np.maximum(sums[:, 1], 1e-9), (0.025, 0.975))
    won, count = table.sum(axis=0)
    return won / count, float(low), float(high)


def ordered(wrong: Sequence[float], right: Sequence[float]) -> tuple[float, float]:
    """Returns how many pairs a score orders right, half for ties, and how many there are."""
    gaps = np.subtract.outer(np.array(wrong, float), np.array(right, float))
    return float((gaps > 0).sum() + 0.5 * (gaps == 0).sum()), float(gaps.size)


def small_edits(data: Path) -> dict[str, tuple[float, float, float]]:
    """Measures summaries of one document against each other, by kind of document and together."""
    rows = read(data / "groundedness" / "summedits.jsonl.gz")
    corpus = corpus_of(rows, Relations.load(), SEED)
    odds = unseen_odds(corpus)
    scores: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    domains = {row["doc_id"]: row["labels"]["domain"] for row in rows}
    for name, wrong, places in corpus.answers:
        scores[name][wrong].append(max(odds[place] for place in places))
    pairs = {name: ordered(wrong, right) for name, (right, wrong) in scores.items()}
    told = {"small edits": interval(pairs)}
    for domain in sorted(set(domains.values())):
        some = {name: one for name, one in pairs.items() if domains[name] == domain}
        told[f"small edits, {domain}"] = interval(some)
    return told


def like_lengths(data: Path) -> dict[str, tuple[float, float, float]]:
    """Measures made-up answers against right ones of like length, and what length alone tells."""
    rows = read(data / "groundedness" / "halueval_qa.jsonl.gz")
    detector = Groundedness(GroundednessSettings(), lambda _: True)
    lengths = np.array([len(row["response"].split()) for row in rows])
    wrong = np.array([1 - row["labels"]["grounded"] for row in rows], bool)
    scores = np.array([score(detector, row) for row in rows])
    told = {}
    for name, some in (("answers of like length", scores), ("by length alone", lengths)):
        pairs = {}
        for place in np.flatnonzero(wrong).tolist():
            own = lengths[place]
            like = ~wrong & (lengths <= own * LIKE) & (lengths >= own / LIKE)
            if like.any():
                pairs[rows[place]["id"]] = ordered([some[place]], some[like])
        told[name] = interval(pairs)
    told["answers of any length"] = interval({"all": ordered(scores[wrong], scores[~wrong])})
    return told


def score(detector: Groundedness, row: dict[str, str]) -> float:
    """Returns the highest score of a sentence of an answer."""
    context = RequestContext(question=row["question"], documents=(row["context"],))
    tags = detector.for_request(context).tag([unit for _, unit in cut(row["response"])])
    found = [tag.score for some in tags for tag in some if tag.type == "unsupported"]
    return max(found, default=0.0)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="folder with groundedness/")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("edits", "lengths"))
    given = parser.parse_args()
    told = {} if given.only == "edits" else like_lengths(given.data)
    told |= {} if given.only == "lengths" else small_edits(given.data)
    if given.json:
        print(json.dumps({name: [round(x, 4) for x in one] for name, one in told.items()}))
        return
    for name, (value, low, high) in told.items():
        print(f"{name:32} {value:.3f}  [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
