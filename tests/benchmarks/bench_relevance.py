"""How well answers off the question are told: ``python -m tests.benchmarks.bench_relevance --data DIR``.

Areas under the curve with bootstrap intervals of 95 %: our own questions by weights that have not
seen their topic, and HaluEval's, to which nothing was fitted. An answer of HaluEval, right or made
up, is to its question; the other class has the answer to another question: any, or the one that is
nearest by the mean vector of its words. Answers of fewer words than the detector judges are left
out.

References:
    Li et al. 2023, "HaluEval", EMNLP.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tokenward_plugins.groundedness.asked import NAMES, Question, rows_of, weights_of
from tokenward_plugins.groundedness.relations import Relations
from tokenward_plugins.groundedness.relevance import Weights, is_prose
from tokenward_plugins.groundedness.train.corpus import read
from tokenward_plugins.groundedness.train.relevance import QUESTIONS, pairs_of, topics_of, unseen

SEED, ROUNDS = 0, 300
BINS = 10
ALARM = 0.9


def between(right: Sequence[float], off: Sequence[float]) -> str:
    """Returns the area with its interval over both classes, and how many of each would alarm."""
    gaps = np.subtract.outer(np.array(off, float), np.array(right, float))
    won = (gaps > 0) + 0.5 * (gaps == 0)
    chance = np.random.default_rng(SEED)
    drawn = [
        won[chance.integers(0, len(off), len(off))][:, chance.integers(0, len(right), len(right))]
        for _ in range(ROUNDS)
    ]
    low, high = np.quantile([one.mean() for one in drawn], (0.025, 0.975))
    alarms = " and ".join(f"{np.mean(np.array(some) >= ALARM):.3f}" for some in (right, off))
    shown = f"{won.mean():.3f} [{low:.3f}, {high:.3f}]"
    return f"{shown}  {len(right)} + {len(off)} rows, {alarms} score {ALARM} or more"


def own() -> dict[str, str]:
    """Measures our own questions, by fold."""
    pairs = pairs_of(topics_of(QUESTIONS))
    scores, kinds = unseen(pairs), np.array(pairs.kinds)
    told = {
        f"own, {kind}": between(scores[kinds == "right"], scores[kinds == kind])
        for kind in ("other", "neighbour")
    }
    shared = -np.array(pairs.rows)[:, NAMES.index("cover")]
    for kind in ("other", "neighbour"):
        told[f"own, {kind}, by shared words"] = between(
            shared[kinds == "right"], shared[kinds == kind]
        )
    again = scores[kinds == "right, restated"]
    for kind in ("other, restated", "neighbour, restated"):
        told[f"own, {kind}"] = between(again, scores[kinds == kind])
    told["own, long"] = between(scores[kinds == "right, long"], scores[kinds == "other, long"])
    return told | {"own, calibration error": f"{error(scores, pairs.off):.3f}"}


def error(scores: np.ndarray, off: np.ndarray) -> float:
    """Returns the expected calibration error with both classes of equal weight."""
    weights = np.where(off, 0.5 / off.sum(), 0.5 / (~off).sum())
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    return float(sum(abs((weights * (off - scores))[bins == one].sum()) for one in range(BINS)))


def foreign(data: Path, least: int) -> dict[str, str]:
    """Measures HaluEval's answers of at least so many words."""
    rows = [
        row
        for row in read(data / "groundedness" / "halueval_qa.jsonl.gz")
        if is_prose(row["response"]) and len(row["response"].split()) >= least
    ]
    relations, chance = Relations.load(), random.Random(SEED)
    questions = [Question(row["question"], relations) for row in rows]
    means = np.array([mean(question, relations) for question in questions])
    cosines = means @ means.T
    same = np.array([[a["question"] == b["question"] for b in rows] for a in rows])
    cosines[same] = -2
    score = Weights.load().score
    judged: tuple[list[float], list[float], list[float]] = [], [], []
    shared: tuple[list[float], list[float], list[float]] = [], [], []
    for place, question in enumerate(questions):
        other = chance.choice(np.flatnonzero(~same[place]).tolist())
        for at, row in enumerate((place, other, int(cosines[place].argmax()))):
            features = question.row(rows[row]["response"])
            judged[at].append(score(features))
            shared[at].append(-features[NAMES.index("cover")])
    right, off, near = judged
    labels = np.arange(2 * len(rows)) >= len(rows)
    return {
        f"HaluEval, {least} words, any": between(right, off),
        f"HaluEval, {least} words, nearest": between(right, near),
        f"HaluEval, {least} words, any, by shared words": between(shared[0], shared[1]),
        f"HaluEval, {least} words, nearest, by shared words": between(shared[0], shared[2]),
        f"HaluEval, {least} words, calibration error": f"{error(np.array(right + off), labels):.3f}",
    }


def mean(question: Question, relations: Relations) -> np.ndarray:
    """Returns the mean vector of a question, by rarity."""
    known, rows = rows_of(question.words, relations)
    total: np.ndarray = weights_of(question.words, relations)[known] @ rows
    unit: np.ndarray = total / (np.linalg.norm(total) + 1e-9)
    return unit


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="folder with groundedness/")
    given = parser.parse_args()
    for name, told in (own() | foreign(given.data, 4) | foreign(given.data, 8)).items():
        print(f"{name:44} {told}")


if __name__ == "__main__":
    main()
