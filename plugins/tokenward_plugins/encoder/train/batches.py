"""Draws batches: sources balanced, texts varied anew each time, of like lengths together."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.encoder.train.disguise import disguised
from tokenward_plugins.encoder.train.folds import fold
from tokenward_plugins.encoder.train.labels import ABOUT_GROUPS, HARMLESS, Floats, packed
from tokenward_plugins.encoder.train.swapping import Swapper
from tokenward_plugins.encoder.train.vocabulary import Cutter
from tokenward_plugins.encoder.windows import SIZE
from tokenward_plugins.linear.train.rows import Row

POOL = 16
"""How many batches are drawn at once, to sort their texts by length."""

SHORT = 400
"""Characters up to which a text is disguised or put into another."""

SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
"""Where a text is cut into its sentences, roughly."""

LONG = 3000
"""Characters up to which groups are looked for in a text."""

Ids = NDArray[np.int64]


class Piece(NamedTuple):
    """The ids of a window with the row that it is of, and the fold of what that was made of."""

    ids: list[int]
    row: Row
    fold: int


@dataclass(frozen=True, slots=True)
class Variety:
    """How often a text is disguised, names other groups, or stands inside a harmless one."""

    disguised: float = 0.15
    swapped: float = 0.35
    """How often a text that names a group comes together with itself about another group."""

    inside: float = 0.1
    alone: float = 0.3
    """How often one sentence stands for a text that is harmless, for then it is so, too."""

    power: float = 0.5
    """The n rows of a source with the same labels are drawn in proportion to n to this power."""

    harmless: float = 2.0
    """How much more often rows are drawn that have no label: most texts of the world have none."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids, which of them are no padding, targets, what is known, and weights of rows."""

    ids: Ids
    mask: Ids
    values: Floats
    known: Floats
    weight: Floats
    pairs: Ids
    """Lines, two by two, of texts that differ in the group they name."""

    fold: Ids
    """The fold of the row that each text was made of."""


class Sampler:
    """Draws rows by source and labels, and varies them; the same ones for the same seed."""

    def __init__(self, rows: Sequence[Row], cutter: Cutter, variety: Variety, seed: int) -> None:
        self._cutter, self._variety = cutter, variety
        self._draw = random.Random(seed)
        self._swapper = Swapper(self._draw)
        by_source: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            held = sorted(label for label, value in row.labels.items() if value)
            by_source[" ".join((row.source, *held))].append(row)
        self._sources = list(by_source.values())
        self._shares = [_share(some, variety) for some in self._sources]
        self._left: list[list[Row]] = [[] for _ in self._sources]
        self._harmless = [
            row.text for row in rows if row.labels == HARMLESS and len(row.text) < SHORT
        ]

    def batches(self, size: int) -> Iterator[Batch]:
        """Yields batches without end, of ``size`` texts, or one more to end with a pair."""
        while True:
            pool: list[list[Piece]] = []
            while sum(len(unit) for unit in pool) < size * POOL:
                pool.append(self._unit(self._row()))
            pool.sort(key=lambda unit: len(unit[0].ids))
            chunks = list(_chunks(pool, size))
            self._draw.shuffle(chunks)
            for units in chunks:
                yield batch(units)

    def _row(self) -> Row:
        at = self._draw.choices(range(len(self._sources)), self._shares)[0]
        if not self._left[at]:
            self._left[at] = self._draw.sample(self._sources[at], len(self._sources[at]))
        return self._left[at].pop()

    def _unit(self, row: Row) -> list[Piece]:
        """Returns a text, varied, or two that differ in the group that they name."""
        other, part = self._other(row), fold(row.text)
        if other is None:
            some = self._varied(row)
            return [Piece(self._encoded(some), some, part)]
        both = [self._cutter.ids(some.text) for some in (row, other)]
        shorter = min(len(ids) for ids in both)
        start = self._start(row, shorter) if shorter > SIZE else 0
        framed = [self._cutter.framed(ids[start : start + SIZE]) for ids in both]
        return [Piece(framed[0], row, part), Piece(framed[1], other, part)]

    def _other(self, row: Row) -> Row | None:
        about_groups = any(row.labels.get(label) for label in ABOUT_GROUPS)
        if len(row.text) > LONG or about_groups or self._draw.random() >= self._variety.swapped:
            return None
        text = self._swapper.swapped(row.text)
        labels = {name: held for name, held in row.labels.items() if name not in ABOUT_GROUPS}
        return None if text == row.text else replace(row, text=text, labels=labels)

    def _varied(self, row: Row) -> Row:
        draw, variety = self._draw, self._variety
        text = self._alone(row)
        if len(text) > SHORT:
            return row
        if draw.random() < variety.disguised:
            text = disguised(text, draw)
        spans = row.spans if text == row.text else None
        if self._harmless and draw.random() < variety.inside:
            length = len(text)
            text, start = self._inside(text)
            spans = ((start, start + length),)
        return replace(row, text=text, spans=spans)

    def _alone(self, row: Row) -> str:
        """Returns a sentence of a text without a label, at times; else the text."""
        if 1 in row.labels.values() or self._draw.random() >= self._variety.alone:
            return row.text
        sentences = [some for some in SENTENCE.split(row.text) if some.strip()]
        return self._draw.choice(sentences) if sentences else row.text

    def _inside(self, text: str) -> tuple[str, int]:
        before, after = self._draw.choices(["", self._draw.choice(self._harmless)], k=2)
        start = len(before) + 1 if before else 0
        return " ".join(part for part in (before, text, after) if part), start

    def _encoded(self, row: Row) -> list[int]:
        ids = self._cutter.ids(row.text)
        if len(ids) > SIZE:
            start = self._start(row, len(ids))
            ids = ids[start : start + SIZE]
        return self._cutter.framed(ids)

    def _start(self, row: Row, count: int) -> int:
        """Returns where the window begins: it shows what the label comes from, if that is known."""
        last = count - SIZE
        if row.spans:
            low, high = self._draw.choice(row.spans)
            first = len(self._cutter.ids(row.text[:low]))
            length = len(self._cutter.ids(row.text[low:high]))
            earliest = max(0, first + min(length, SIZE) - SIZE)
            return min(last, self._draw.randint(earliest, max(earliest, first)))
        if 1 in row.labels.values() and self._draw.random() < 0.6:
            return 0  # how a text begins tells most often what it is
        return self._draw.randint(0, last)


def _share(rows: Sequence[Row], variety: Variety) -> float:
    harmless = 1 not in rows[0].labels.values()
    share: float = len(rows) ** variety.power * (variety.harmless if harmless else 1.0)
    return share


def _chunks(pool: Sequence[list[Piece]], size: int) -> Iterator[list[list[Piece]]]:
    chunk: list[list[Piece]] = []
    for unit in pool:
        chunk.append(unit)
        if sum(len(some) for some in chunk) >= size:
            yield chunk
            chunk = []


def batch(units: Sequence[Sequence[Piece]]) -> Batch:
    """Returns single texts and pairs of texts as a batch, padded to the longest."""
    pieces = [piece for unit in units for piece in unit]
    starts = np.cumsum([0, *(len(unit) for unit in units)])
    pairs = [(at, at + 1) for at, unit in zip(starts, units, strict=False) if len(unit) > 1]
    table = np.zeros((len(pieces), max(len(piece.ids) for piece in pieces)), np.int64)
    mask = np.zeros_like(table)
    for line, piece in enumerate(pieces):
        table[line, : len(piece.ids)] = piece.ids
        mask[line, : len(piece.ids)] = 1
    rows = [piece.row for piece in pieces]
    values, known = packed([row.labels for row in rows])
    weight = np.array([row.weight for row in rows], np.float32)
    at = np.array(pairs, np.int64).reshape(-1, 2)
    folds = np.array([piece.fold for piece in pieces], np.int64)
    return Batch(table, mask, values, known, weight, at, folds)
