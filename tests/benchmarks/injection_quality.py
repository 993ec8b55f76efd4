"""How good the detector ``injection`` is: ``python -m tests.benchmarks.injection_quality --data DIR``.

Only rows that the model was not trained or calibrated on, and the cases by language of its tests.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

from tokenward_plugins.injection import InjectionSettings
from tokenward_plugins.injection.detector import InjectionDetector
from tokenward_plugins.injection.train import model, sources
from tokenward_plugins.linear.train.measure import highest
from tokenward_plugins.linear.train.rows import read

CASES = Path(__file__).parents[1] / "plugins" / "injection"
BLOCK = 0.9
LONG = 400
BINS = (0, 20, 40, 60, 80, 120, 160, 240, 400, 700, 1200, 2500, 10**9)
REPEATS = 300
Score = Callable[[str], float]


def main() -> None:
    """Scores everything and prints the tables."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.injection_quality", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the data sets")
    data = parser.parse_args().data
    detector = InjectionDetector.create(InjectionSettings())

    def score(text: str) -> float:
        return max(highest(lambda unit: detector.score([unit])[0], text).values())

    attacks, benign = _rows(data)
    pooled = [text for texts in attacks.values() for text in texts]
    ordinary = [text for texts in benign.values() for text in texts]
    _line("pooled attacks, benign texts of like lengths", pooled, ordinary, score, like=True)
    long = [text for text in ordinary if len(text) >= LONG]
    jailbreaks = attacks["jailbreaks_in_the_wild"]
    _line(f"jailbreaks, benign texts of {LONG} characters or more", jailbreaks, long, score)
    hidden, errands, clean = _documents(data)
    _line("orders in documents, clean documents", hidden, clean, score)
    _line("errands in documents, clean documents", errands, clean, score)
    print(f"\nbenign texts at {BLOCK} or more")
    for name, texts in benign.items():
        flagged = sum(score(text) >= BLOCK for text in texts)
        print(f"  {name:24s} {flagged:4d} of {len(texts):6d}  {flagged / len(texts):.4f}")
    for name in ("languages", "later"):
        _by_language(name, score)


def _rows(data: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    attacks: dict[str, list[str]] = {}
    benign: dict[str, list[str]] = {}
    for row in model.rows(data):
        if row.split == "test" and row.source != "composed":
            kind = attacks if 1 in row.labels.values() else benign
            kind.setdefault(row.source, []).append(row.text)
    return attacks, {**benign, **model.held_out(data)}


def _documents(data: Path) -> tuple[list[str], list[str], list[str]]:
    hidden, errands, clean = [], [], []
    for entry in read(data / "injection/bipia_indirect.jsonl.gz"):
        if not entry["labels"]["injection"]:
            if entry["labels"]["task"] != "email":  # those of e-mails are trained on
                clean.append(entry["text"])
        elif entry["labels"]["attack"] in sources.ERRANDS:
            errands.append(entry["text"])
        elif sources.part(entry["injected"]) == "test":
            hidden.append(entry["text"])
    return hidden, errands, clean


def _line(
    name: str, attacks: list[str], benign: list[str], score: Score, *, like: bool = False
) -> None:
    texts = [*attacks, *benign]
    scores = np.array([score(text) for text in texts])
    truth = np.arange(len(texts)) < len(attacks)
    weight = np.ones(len(texts))
    if like:
        weight = _like_lengths(np.array([len(text) for text in texts]), truth)
    auc, recall = _figures(scores, truth, weight)
    drawn = np.array(list(_again(scores, truth, weight)))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    print(
        f"{name}: {truth.sum()} + {(~truth).sum()}  AUC {auc:.3f} [{low[0]:.3f}, {high[0]:.3f}]  "
        f"recall at 1 % {recall:.3f} [{low[1]:.3f}, {high[1]:.3f}]  at {BLOCK} "
        f"{(scores[truth] >= BLOCK).mean():.3f}"
    )


def _like_lengths(lengths: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Returns weights by which the benign texts of each bin of lengths weigh as its attacks."""
    weight = np.ones(len(lengths))
    bins = np.digitize(lengths, BINS)
    for number in np.unique(bins):
        here = bins == number
        benign = here & ~truth
        if benign.any():
            weight[benign] = (here & truth).sum() / benign.sum()
        else:
            weight[here] = 0  # nothing to compare these attacks with
    return weight


def _figures(scores: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    rates, recalls, _ = roc_curve(truth, scores, sample_weight=weight)
    return (
        float(roc_auc_score(truth, scores, sample_weight=weight)),
        float(recalls[rates <= 0.01].max()),
    )


def _again(
    scores: np.ndarray, truth: np.ndarray, weight: np.ndarray
) -> Iterator[tuple[float, float]]:
    chance = np.random.default_rng(0)
    groups = [np.flatnonzero(truth), np.flatnonzero(~truth)]
    for _ in range(REPEATS):
        some = np.concatenate([chance.choice(group, len(group)) for group in groups])
        yield _figures(scores[some], truth[some], weight[some])


def _by_language(name: str, score: Score) -> None:
    cases = tomllib.loads((CASES / f"{name}.toml").read_text("utf-8"))
    kinds = list(next(iter(cases.values())))
    print(f"\n{name}.toml, at {BLOCK} or more\n  language  {'  '.join(kinds)}")
    total = dict.fromkeys(kinds, 0)
    for language, texts in cases.items():
        found = {kind: sum(score(text) >= BLOCK for text in texts[kind]) for kind in kinds}
        total = {kind: total[kind] + found[kind] for kind in kinds}
        print(f"  {language}  {'  '.join(f'{found[k]}/{len(texts[k])}' for k in kinds)}")
    print(f"  all {total}")


if __name__ == "__main__":
    main()
