"""``python -m tokenward_plugins.groundedness.train.relevance``: fits what ``relevance`` ships.

Questions and answers are our own, in ``questions.txt``, by topic. An answer is right for its own
question; those to the neighbouring questions of its topic and to questions of other topics are off.
Each answer comes a second time with some words of its own question before it, since answers often
take up what was asked.
The printed figures come from five folds by topic: no topic is scored by what has seen it.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tokenward_plugins.groundedness.asked import NAMES, Question
from tokenward_plugins.groundedness.relations import MODEL, Relations
from tokenward_plugins.groundedness.train.ship import ship
from tokenward_plugins.groundedness.words import words_of

QUESTIONS = Path(__file__).parent / "questions.txt"
FOLDS, SEED, STRENGTH = 5, 0, 0.3
OTHERS = 4
TAKEN_UP = 0.6
"""How many of a question's words an answer takes up that takes up any."""
SHARES = {
    "right": 0.5, "right, restated": 0.5, "right, long": 0.5, "neighbour": 0.1,
    "neighbour, restated": 0.1, "other": 0.075, "other, restated": 0.075, "other, long": 0.5,
}  # fmt: skip
"""Weights of the rows, of which half are right."""

Topic = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Pairs:
    """Questions beside answers as rows of features, with the topic of the question."""

    rows: list[list[float]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    topics: list[int] = field(default_factory=list)

    def add(self, kind: str, topic: int, row: list[float]) -> None:
        """Adds a row."""
        self.rows.append(row)
        self.kinds.append(kind)
        self.topics.append(topic)

    @property
    def off(self) -> Any:
        """Which rows are off the question."""
        return np.array([not kind.startswith("right") for kind in self.kinds])


def topics_of(path: Path) -> list[Topic]:
    """Returns the questions with their answers, by topic."""
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    lines = [block.split("\n")[1:] for block in blocks]
    return [[(a, b) for a, _, b in (one.partition(" | ") for one in some)] for some in lines]


def pairs_of(topics: Sequence[Topic]) -> Pairs:
    """Returns each question beside right answers, its neighbours' and those of other topics."""
    chance, pairs, relations = random.Random(SEED), Pairs(), Relations.load()
    for place, topic in enumerate(topics):
        foreign = [other for other in topics if other is not topic]
        for text, right in topic:
            question = Question(text, relations)
            near = [pair for pair in topic if pair[1] != right]
            far = [chance.choice(other) for other in chance.sample(foreign, OTHERS)]
            for kind, some in (("right", [(text, right)]), ("neighbour", near), ("other", far)):
                for asked, answer in some:
                    pairs.add(kind, place, question.row(answer))
                    pairs.add(
                        f"{kind}, restated", place, question.row(restated(asked, answer, chance))
                    )
            about = " ".join([right, *(answer for _, answer in near)])
            pairs.add("right, long", place, question.row(about))
            about = " ".join(answer for _, answer in chance.choice(foreign))
            pairs.add("other, long", place, question.row(about))
    return pairs


def restated(question: str, answer: str, chance: random.Random) -> str:
    """Returns an answer behind some words of its question."""
    said = [word.text.lower() for word in words_of(question) if word.is_content]
    return f"{' '.join(word for word in said if chance.random() < TAKEN_UP)}, {answer}"


def fitted(pairs: Pairs, chosen: Any) -> tuple[float, Any]:
    """Returns the bias and the weights of a logistic regression on some rows."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    rows = np.array(pairs.rows)[chosen]
    middle, scale = rows.mean(0), rows.std(0) + 1e-9
    shares = np.array([SHARES[kind] for kind in pairs.kinds])[chosen]
    model = LogisticRegression(C=STRENGTH, random_state=SEED)
    model.fit((rows - middle) / scale, pairs.off[chosen], shares)
    weights = model.coef_[0] / scale
    return float(model.intercept_[0] - weights @ middle), weights


def unseen(pairs: Pairs) -> Any:
    """Returns the probability of each row by weights that have not seen its topic."""
    topics, rows = np.array(pairs.topics), np.array(pairs.rows)
    scores = np.zeros(len(rows))
    names = np.random.default_rng(SEED).permutation(sorted(set(pairs.topics)))
    for fold in np.array_split(names, FOLDS):
        held = np.isin(topics, fold)
        bias, weights = fitted(pairs, ~held)
        scores[held] = 1 / (1 + np.exp(-(bias + rows[held] @ weights)))
    return scores


def main() -> None:
    """Fits, and writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=MODEL)
    given = parser.parse_args()
    pairs = pairs_of(topics_of(QUESTIONS))
    bias, weights = fitted(pairs, slice(None))
    told = {"bias": round(bias, 4), "weights": dict(zip(NAMES, weights.round(4), strict=True))}
    ship(given.out, "relevance", "weights.json", json.dumps(told, indent=1).encode())
    print(json.dumps({"rows": len(pairs.rows), **told}))


if __name__ == "__main__":
    main()
