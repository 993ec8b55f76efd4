"""Trains the embedded tagger: ``python -m tokenward_plugins.names.train.embedded DATA``.

``PYTHONHASHSEED=0`` must be set: some of Faker's lists of towns are sets, in an order by hash.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.names.chain import KINDS, LABELS, allowed, marginals
from tokenward_plugins.names.clues import CLUES, Lists, clues, lists
from tokenward_plugins.names.cut import tokens
from tokenward_plugins.names.embedded import BITS, SURE, Weights, pieces
from tokenward_plugins.names.pieces import names
from tokenward_plugins.names.train.addresses import apart
from tokenward_plugins.names.train.rows import (
    ADDRESS,
    ADDRESSES,
    HONORIFICS,
    Row,
    read,
    template_of,
)
from tokenward_plugins.names.train.texts import (
    LOWERED,
    RAISED,
    Filler,
    Table,
    filled,
    lowered,
    nameless,
    personified,
    raised,
    renamed,
    sentences,
)

SEED = 11
EPOCHS = 5
RATE = 0.06
DECAY = 0.1
DROP = 0.5
WORDS = np.array(
    [0, 5, 9, 12, 13, 14, 15, 16, 19, 20, 21, 26, 27, 28, 29, 33, 36, 37, 38, 39, 40, 41]
)
"""Clues that know words or names: half are dropped in each step, so that the others learn."""

NAMELESS = 8
"""How often each own sentence without names is learned from."""

ALIKE = 0.6
PARTS = ("train", "train", "train", "tune", "test", "test")

Floats = NDArray[np.float64]
Example = tuple[NDArray[np.int32], NDArray[np.int64]]


def parted(data: Path) -> dict[str, list[Row]]:
    """Returns rows of both sets in three parts; templates that share most words stay together."""
    held: list[tuple[frozenset[str], Row]] = []
    for name in ("presidio_synth_v2", "presidio_generated"):
        path = data / "pii" / f"{name}.jsonl.gz"
        for template, row in zip(template_of(path), read(path, ADDRESSES), strict=True):
            spans = tuple(one for one in row.spans if row.text[one[0] : one[1]] not in HONORIFICS)
            bag = frozenset(re.findall(r"[a-z']+", template.lower()))
            held.append((bag, Row(row.text, spans)))
    groups: list[list[frozenset[str]]] = []
    for bag in sorted({bag for bag, _ in held}, key=sorted):
        near = [group for group in groups if any(alike(bag, other) for other in group)]
        groups = [group for group in groups if not any(group is one for one in near)]
        groups.append([bag, *(other for group in near for other in group)])
    part = {}
    for group in groups:
        key = "|".join(sorted(" ".join(sorted(bag)) for bag in group))
        number = hashlib.sha256(key.encode()).digest()[0] % len(PARTS)
        part.update(dict.fromkeys(group, PARTS[number]))
    found: dict[str, list[Row]] = {"train": [], "tune": [], "test": []}
    for bag, row in held:
        found[part[bag]].append(row)
    return found


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tells whether two sentence templates have most of their words in common."""
    return one == other or len(one & other) > ALIKE * len(one | other)


def composed(data: Path, rows: Sequence[Row]) -> list[Row]:
    """Returns what is learned from: rows, copies with other names, own sentences, plain text."""
    source, table = random.Random(SEED), Table.read()
    filler = Filler(table, SEED)
    found = [*rows, *(renamed(row, filler, source) for row in rows for _ in range(2))]
    for language, some in table.languages.items():
        times = 20 if language == "en" else 12
        found += [filled(one, language, filler) for one in some["names"] for _ in range(times)]
        found += [filled(one, language, filler) for one in some["none"] for _ in range(NAMELESS)]
    found = [part for row in found for part in sentences(apart(row))]
    plain = nameless(data / "toxicity" / "civil_comments_toxic_spans.jsonl.gz", 12_000)
    swapped = [personified(row, filler, source) for row in plain]
    found += plain[:4000] + [row for row in swapped if row is not None][:6000]
    small = [lowered(row) for row in found if source.random() < LOWERED]
    found += [*small, *(raised(row) for row in found if source.random() < RAISED)]
    source.shuffle(found)
    return found


def example(row: Row, known: Lists) -> Example | None:
    """Returns the clues and labels of the words of a row."""
    spans = tokens(row.text)
    if not spans:
        return None
    gold = np.zeros(len(spans), dtype=np.int64)
    for start, end, kind in row.spans:
        name = "LOCATION" if kind == ADDRESS else kind  # an address is a place
        if name not in KINDS:
            continue
        inside = [at for at, (a, b) in enumerate(spans) if a < end and start < b]
        for place, at in enumerate(inside):
            gold[at] = LABELS.index(f"{'I' if place else 'B'}-{name}")
    return clues(row.text, spans, known, BITS), gold


def fitted(examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """Returns weights and logits of transitions: AdaGrad (Duchi et al. 2011), averaged."""
    generator, size = np.random.default_rng(SEED), len(LABELS)
    table, squares = np.zeros((1 << BITS, size)), np.full((1 << BITS, size), 1e-3)
    moves, moved = np.zeros((size, size)), np.full((size, size), 1e-3)
    mean, mean_moves = np.zeros_like(table), np.zeros_like(moves)
    open_ = allowed()
    for epoch in range(EPOCHS):
        loss = 0.0
        for number in generator.permutation(len(examples)):
            rows, gold = examples[number]
            rows = rows.copy()
            rows[:, WORDS] *= generator.random((len(rows), len(WORDS))) >= DROP
            shares, counts = marginals(table[rows].sum(axis=1), np.exp(moves) * open_)
            loss -= float(np.log(shares[np.arange(len(gold)), gold] + 1e-12).sum())
            shares[np.arange(len(gold)), gold] -= 1.0
            flat = rows.ravel()
            slope = np.repeat(shares, CLUES, axis=0)
            np.add.at(squares, flat, slope * slope)
            np.subtract.at(table, flat, RATE * slope / np.sqrt(squares[flat]))
            table[0] = 0.0
            np.subtract.at(counts, (gold[:-1], gold[1:]), 1.0)
            moved += counts * counts
            moves -= RATE * counts / np.sqrt(moved)
        table *= 1 - DECAY
        if epoch >= EPOCHS // 2:
            mean, mean_moves = mean + table, mean_moves + moves
        print(f"epoch {epoch + 1}: loss {loss / len(examples):.3f} a sentence", flush=True)
    kept = EPOCHS - EPOCHS // 2
    return mean / kept, mean_moves / kept


def packed(table: Floats, moves: Floats) -> Weights:
    """Returns weights in 8 bits; the largest ones of a few thousandths are cut off."""
    scale = float(np.quantile(np.abs(table[np.abs(table) > 0]), 0.9995)) / 127
    small = np.clip(np.round(table / scale), -127, 127).astype(np.int8)
    return Weights(small, scale, np.exp(moves) * allowed(), {})


def calibrate(weights: Weights, rows: Sequence[Row]) -> dict[str, list[float]]:
    """Returns slope and offset: the probability that a found name touches a labelled one.

    One pair for all kinds: of each alone there are too few.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  (training only)

    known, logits, truth = lists(), [], []
    for row in rows:
        for tag in names(row.text, pieces(row.text, weights, known)):
            touching = {k for a, b, k in row.spans if a < tag.end and tag.start < b}
            if ADDRESS in touching and tag.type not in touching:
                continue  # places in an address have no labels
            share = min(1 - SURE, max(SURE, tag.score))
            logits.append([float(np.log(share / (1 - share)))])
            truth.append(tag.type in touching)
    model = LogisticRegression(C=1.0).fit(logits, truth)
    pair = [round(float(model.coef_[0, 0]), 4), round(float(model.intercept_[0]), 4)]
    print(f"{len(truth)} found, {sum(truth)} right, calibration {pair}")
    return dict.fromkeys(KINDS, pair)


def main() -> None:
    """Trains, packs, calibrates and writes."""
    parser = argparse.ArgumentParser(prog="tokenward_plugins.names.train.embedded")
    parser.add_argument("data", type=Path, help="the folder that holds the data sets")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "model")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        parser.error("set PYTHONHASHSEED=0: without it, no two runs make up the same names")
    started, known = time.process_time(), lists()
    parts = parted(options.data)
    rows = composed(options.data, parts["train"])
    examples = [one for row in rows if (one := example(row, known)) is not None]
    print({name: len(some) for name, some in parts.items()}, len(examples), "sentences")
    weights = packed(*fitted(examples))
    tune = [part for row in parts["tune"] for part in sentences(row)]
    calibration = calibrate(weights, tune)
    file = io.BytesIO()
    np.savez_compressed(file, table=weights.table, factors=weights.factors)
    options.out.mkdir(exist_ok=True)
    (options.out / "weights.npz").write_bytes(file.getvalue())
    manifest = {
        "sha256": hashlib.sha256(file.getvalue()).hexdigest(),
        "scale": weights.scale,
        "calibration": calibration,
    }
    (options.out / "model.json").write_text(json.dumps(manifest, indent=1) + "\n")
    taken = time.process_time() - started
    print(f"{len(file.getvalue()) / 1e3:.0f} kB, {taken:.0f} s of processor time")


if __name__ == "__main__":
    main()
