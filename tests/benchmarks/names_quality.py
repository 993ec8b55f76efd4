"""How well the embedded model finds names, through the engine, on texts it was not trained on.

``python -m tests.benchmarks.names_quality --data DIR [--part tune] [--conll FILE ...]`` prints the
tables of ``plugins/tokenward_plugins/names/EVALUATION.md``. Intervals are percentiles of 1,000
bootstrap samples of texts (Efron 1979, doi:10.1214/aos/1176344552).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import time
import tomllib
from pathlib import Path

import numpy as np
from tests.benchmarks.names_conll import APART, read_conll

from tokenward import Guard
from tokenward_plugins.names import NamesSettings, register_detectors
from tokenward_plugins.names.chain import KINDS
from tokenward_plugins.names.train.embedded import parted
from tokenward_plugins.names.train.rows import ADDRESS, Row

MARKED = re.compile(r"\[([PLO]) ([^\]]+)\]")
LETTERS = dict(zip("PLO", KINDS, strict=True))
SAMPLES = 1000
NAMELESS = ("injection/notinject", "overrefusal/mitre_frr")
"""Sets of prompts that hold hardly any names."""

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


def judged(start: int, end: int, kind: str, row: Row) -> bool:
    """Tells whether what is found there counts: parts of an address, and handles, do not."""
    touched = {one for a, b, one in row.spans if a < end and start < b}
    return APART not in touched and not (
        ADDRESS in touched and kind == "LOCATION" and kind not in touched
    )


def counts(found: list[tuple[int, int, str, float]], row: Row, kind: str, exact: bool) -> list[int]:
    """Returns how many found are right, found, labelled and hit, of one kind in one text."""
    ours = [(a, b) for a, b, one, _ in found if one == kind and judged(a, b, kind, row)]
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
        print(line(f"{name} | all | {'exact' if exact else 'overlap'}", np.sum(tables, axis=0)))
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
        # places in addresses have no labels
        if kind in kinds or not kinds & {ADDRESS, APART}
    ]


def calibration(pairs: list[tuple[float, bool]]) -> str:
    """Returns the expected calibration error over ten bins (Naeini et al. 2015), with interval."""
    generator = np.random.default_rng(5)
    table = np.array(pairs, dtype=float).reshape(-1, 2)
    samples = [_error(table[generator.integers(0, len(table), len(table))]) for _ in range(SAMPLES)]
    low, high = np.percentile(samples, [2.5, 97.5])
    return f"{_error(table):.3f} ({low:.3f} - {high:.3f}) of {len(table)} found"


def _error(table: np.ndarray) -> float:
    scores, right = table.T
    bins = np.minimum(9, (scores * 10).astype(int))
    parts = [
        abs(scores[bins == n].mean() - right[bins == n].mean()) * (bins == n).mean()
        for n in set(bins.tolist())
    ]
    return float(sum(parts))


def nameless(path: Path, one: Guard) -> str:
    """Returns how many texts of a set have something found in them, with the interval."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [str(json.loads(line)["text"]) for line in lines]
    found = np.array([len(one.check(text, stage="output").detections) for text in texts])
    generator = np.random.default_rng(5)
    shares = [
        (found[generator.integers(0, len(found), len(found))] > 0).mean() for _ in range(SAMPLES)
    ]
    low, high = np.percentile(shares, [2.5, 97.5])
    touched = (found > 0).mean()
    words = sum(len(text.split()) for text in texts)
    return f"{touched:.3f} ({low:.3f} - {high:.3f}) of {len(texts)}: {found.sum()} in {words} words"


def cost(rows: list[Row], one: Guard) -> str:
    """Returns the processor time of a text, of the tagger alone and of the engine: medians."""
    (plugin,) = register_detectors()
    tagger = plugin.create(NamesSettings(), None)  # type: ignore[arg-type]
    alone, whole = [], []
    for _ in range(5):
        started = time.process_time()
        tagger.tag([row.text for row in rows])  # type: ignore[union-attr]
        between = time.process_time()
        for row in rows:
            one.check(row.text, stage="output")
        alone.append((between - started) / len(rows) * 1e6)
        whole.append((time.process_time() - between) / len(rows) * 1e6)
    words = sum(len(row.text.split()) for row in rows) / len(rows)
    return f"{np.median(alone):.0f} us the tagger, {np.median(whole):.0f} us all; {words:.0f} words"


def main() -> None:
    """Prints all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--part", choices=["tune", "test"], default="test")
    parser.add_argument("--conll", type=Path, nargs="*", default=[], help="files of labelled words")
    parser.add_argument("--least", type=float, default=0.3)
    parser.add_argument("--show", action="store_true", help="print the own sentences' findings")
    options = parser.parse_args()
    rows = parted(options.data)[options.part]
    sets = {f"sets, {options.part}": rows}
    for name, change in (("small letters", str.lower), ("capitals", str.upper)):
        some = [Row(change(row.text), row.spans) for row in rows]
        sets[name] = [
            one for one, row in zip(some, rows, strict=True) if len(one.text) == len(row.text)
        ]
    sets |= {path.stem: read_conll(path) for path in options.conll}
    with guard(options.least) as one:
        for name, some in sets.items():
            pairs = report(name, some, one, show=False)
            print(f"expected calibration error {calibration(pairs)}")
        if options.part == "test":
            for language, some in own().items():
                report(language, some, one, options.show)
            for name in NAMELESS:
                print(name, nameless(options.data / f"{name}.jsonl.gz", one))
        print(cost(rows, one))


if __name__ == "__main__":
    main()
