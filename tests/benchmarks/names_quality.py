"""How well the embedded model finds names, through the engine, on texts it was not trained on.

``python -m tests.benchmarks.names_quality --data DIR [--part tune]`` prints the tables of
``plugins/tokenward_plugins/names/EVALUATION.md``. Intervals are percentiles of 1,000 bootstrap
samples of texts (Efron 1979, doi:10.1214/aos/1176344552).
"""

from __future__ import annotations

import argparse
import re
import time
import tomllib
from pathlib import Path

import numpy as np

from tokenward import Guard
from tokenward_plugins.names.train.embedded import KINDS, parted
from tokenward_plugins.names.train.rows import ADDRESS, Row

MARKED = re.compile(r"\[([PLO]) ([^\]]+)\]")
LETTERS = dict(zip("PLO", KINDS, strict=True))
SAMPLES = 1000
OWN = Path(__file__).parents[1] / "plugins" / "names" / "sentences.toml"


def own() -> dict[str, list[Row]]:
    """Returns the own sentences with their names, by language."""
    table = tomllib.loads(OWN.read_text(encoding="utf-8"))
    return {language: [unmarked(one) for one in some] for language, some in table.items()}


def unmarked(marked: str) -> Row:
    """Returns a sentence without the marks of its names."""
    text, at, spans = "", 0, []
    for match in MARKED.finditer(marked):
        text += marked[at : match.start()]
        spans.append((len(text), len(text) + len(match[2]), LETTERS[match[1]]))
        text, at = text + match[2], match.end()
    return Row(text + marked[at:], tuple(spans))


def guard(least: float) -> Guard:
    """Returns a guard that flags every name."""
    rule = {
        "id": "names", "stage": "output", "detect": {"names": "all"}, "action": "flag",
        "when": f"score >= {least}",
    }  # fmt: skip
    return Guard.load({"name": "names", "rules": [rule]})


def counts(found: list[tuple[int, int, str, float]], row: Row, kind: str, exact: bool) -> list[int]:
    """Returns how many found are right, found, labelled and hit, of one kind in one text."""
    addresses = [(a, b) for a, b, one in row.spans if one == ADDRESS]
    ours = [
        (a, b)
        for a, b, one, _ in found
        # places in an address have no labels: neither right nor wrong
        if one == kind and not (kind == "LOCATION" and any(x <= a and b <= y for x, y in addresses))
    ]
    theirs = [(a, b) for a, b, one in row.spans if one == kind]

    def agree(one: tuple[int, int], other: tuple[int, int]) -> bool:
        return one == other if exact else one[0] < other[1] and other[0] < one[1]

    right = sum(any(agree(one, other) for other in theirs) for one in ours)
    hit = sum(any(agree(one, other) for one in ours) for other in theirs)
    return [right, len(ours), hit, len(theirs)]


def rates(total: np.ndarray) -> np.ndarray:
    """Returns precision, recall, F1 and F2 of summed counts."""
    right, ours, hit, theirs = total
    precision, recall = right / max(1, ours), hit / max(1, theirs)
    both = [
        (1 + b * b) * precision * recall / max(1e-9, b * b * precision + recall) for b in (1, 2)
    ]
    return np.array([precision, recall, *both])


def line(name: str, table: np.ndarray) -> str:
    """Returns a row of the table: each rate with its interval."""
    generator = np.random.default_rng(5)
    samples = [
        rates(table[generator.integers(0, len(table), len(table))].sum(axis=0))
        for _ in range(SAMPLES)
    ]
    low, high = np.percentile(samples, [2.5, 97.5], axis=0)
    cells = [
        f"{value:.2f} ({a:.2f} - {b:.2f})"
        for value, a, b in zip(rates(table.sum(axis=0)), low, high, strict=True)
    ]
    return f"| {name} | {table[:, 3].sum()} | " + " | ".join(cells) + " |"


def report(name: str, rows: list[Row], one: Guard, show: bool) -> list[tuple[float, bool]]:
    """Prints the lines of a set; returns score and truth of what was found."""
    found = [
        [(d.start, d.end, d.type, d.score) for d in one.check(row.text, stage="output").detections]
        for row in rows
    ]
    for exact in (False, True):
        tables = []
        for kind in KINDS:
            table = np.array([counts(f, r, kind, exact) for f, r in zip(found, rows, strict=True)])
            tables.append(table)
            print(line(f"{name} | `{kind}` | {'exact' if exact else 'overlap'}", table))
        print(line(f"{name} | all | {'exact' if exact else 'overlap'}", sum(tables)))
    if show:
        for some, row in zip(found, rows, strict=True):
            print(
                repr(row.text[:150]), [(row.text[a:b], k[:3], round(s, 2)) for a, b, k, s in some]
            )
    return [
        (score, kind in kinds)
        for some, row in zip(found, rows, strict=True)
        for start, end, kind, score in some
        for kinds in [{k for a, b, k in row.spans if a < end and start < b}]
        if kind in kinds or ADDRESS not in kinds  # places in addresses have no labels
    ]


def calibration(pairs: list[tuple[float, bool]]) -> float:
    """Returns the expected calibration error over ten bins (Naeini et al. 2015)."""
    scores, right = np.array([s for s, _ in pairs]), np.array([r for _, r in pairs], dtype=float)
    bins = np.minimum(9, (scores * 10).astype(int))
    parts = [
        abs(scores[bins == n].mean() - right[bins == n].mean()) * (bins == n).mean()
        for n in set(bins.tolist())
    ]
    return float(sum(parts))


def main() -> None:
    """Prints all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--part", choices=["tune", "test"], default="test")
    parser.add_argument("--least", type=float, default=0.3)
    parser.add_argument("--show", action="store_true", help="print the own sentences' findings")
    options = parser.parse_args()
    rows = parted(options.data)[options.part]
    with guard(options.least) as one:
        pairs = report(f"sets, {options.part}", rows, one, options.show)
        print(f"expected calibration error {calibration(pairs):.3f} of {len(pairs)} found")
        if options.part == "test":
            for language, some in own().items():
                report(language, some, one, options.show)
        started = time.process_time()
        for row in rows:
            one.check(row.text, stage="output")
        print(f"{len(rows) / (time.process_time() - started):.0f} texts a second")


if __name__ == "__main__":
    main()
