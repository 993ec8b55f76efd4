"""The rows of the table that have benchmarks of their own: injection and groundedness.

What is measured, and on which rows, is said in ``injection_quality`` and ``bench_groundedness``;
they print more. The encoder is measured where it is trained (``MODEL_CARD.md``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tests.benchmarks import bench_groundedness, injection_quality
from tests.benchmarks.quality_counts import Figure
from tests.benchmarks.quality_pii import Line, Measure

from tokenward_plugins.injection import InjectionSettings
from tokenward_plugins.injection.detector import InjectionDetector
from tokenward_plugins.linear.train.measure import highest


class Groundedness:
    """Answers against the documents they are from."""

    @staticmethod
    def lines(data: Path, part: str, *, others: bool) -> Iterator[Line]:
        """Yields the two figures; they are of all rows, and no other tool is asked."""
        if part != "all":
            return
        del others
        lengths = bench_groundedness.like_lengths(data)["answers of like length"]
        edits = bench_groundedness.small_edits(data)["small edits"]
        tool = "tokenward, groundedness"
        yield _line("all", tool, "small edits, AUC", Figure(*edits), 0.65, 0.75)
        yield _line("all", tool, "answers of like length, AUC", Figure(*lengths), 0.93, 0.96)


class Injection:
    """Attacks by the linear model, on its test part."""

    @staticmethod
    def lines(data: Path, part: str, *, others: bool) -> Iterator[Line]:
        """Yields area and recall at 1 % for three kinds of attacks; no other tool is asked."""
        if part != "test":
            return
        del others
        detector = InjectionDetector.create(InjectionSettings())

        def score(text: str) -> float:
            return max(highest(lambda unit: detector.score([unit])[0], text).values())

        for name, attacks, benign, like, bounds in _sets(data):
            auc, recall = compared(attacks, benign, score, like=like)
            yield _line(part, "tokenward, injection", f"{name}, AUC", auc, *bounds[:2])
            yield _line(part, "tokenward, injection", f"{name}, recall at 1 %", recall, *bounds[2:])


def compared(
    attacks: list[str], benign: list[str], score: injection_quality.Score, *, like: bool
) -> tuple[Figure, Figure]:
    """Returns area and recall at 1 % false positives, weighted to like lengths if so asked."""
    texts = [*attacks, *benign]
    scores = np.array([score(text) for text in texts])
    truth = np.arange(len(texts)) < len(attacks)
    weight = np.ones(len(texts))
    if like:
        weight = injection_quality._like_lengths(np.array([len(text) for text in texts]), truth)
    values = injection_quality._figures(scores, truth, weight)
    drawn = np.array(list(injection_quality._again(scores, truth, weight)))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0).tolist()
    auc, recall = map(Figure, values, low, high)
    return auc, recall


def _sets(
    data: Path,
) -> Iterator[tuple[str, list[str], list[str], bool, tuple[float, float, float, float]]]:
    attacks, benign = injection_quality._rows(data)
    ordinary = [text for texts in benign.values() for text in texts]
    pooled = [text for texts in attacks.values() for text in texts]
    yield "attacks, benign of like lengths", pooled, ordinary, True, (0.94, 0.97, 0.70, 0.85)
    long = [text for text in ordinary if len(text) >= injection_quality.LONG]
    wild = attacks["jailbreaks_in_the_wild"]
    yield "jailbreaks, long benign texts", wild, long, False, (0.0, 0.0, 0.95, 0.98)
    hidden, _, clean = injection_quality._documents(data)
    yield "orders in documents", hidden, clean, False, (0.98, 0.99, 0.78, 0.90)


def _line(part: str, tool: str, name: str, figure: Figure, must: float, aim: float) -> Line:
    return Line(part, tool, Measure(name, must or None, aim or None), (None, None, figure))
