"""Draws batches: sources balanced, texts varied anew each time, of like lengths together."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.bias.groups import Groups
from tokenward_plugins.bias.swap import variants
from tokenward_plugins.encoder.train.disguise import disguised
from tokenward_plugins.encoder.train.labels import HARMLESS, Floats, packed
from tokenward_plugins.encoder.train.vocabulary import Cutter
from tokenward_plugins.encoder.train.windows import SIZE
from tokenward_plugins.linear.train.rows import Row

POOL = 16
"""How many batches are drawn at once, to sort their texts by length."""

SHORT = 400
"""Characters up to which a text is disguised, swapped or put into another."""

ABOUT_GROUPS = ("stereotype",)
"""Labels that depend on which group is named: such texts are not swapped."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Variety:
    """How often a text is disguised, names other groups, or stands inside a harmless one."""

    disguised: float = 0.15
    swapped: float = 0.3
    inside: float = 0.1
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


class Sampler:
    """Draws rows by source and labels, and varies them; the same ones for the same seed."""

    def __init__(self, rows: Sequence[Row], cutter: Cutter, variety: Variety, seed: int) -> None:
        self._cutter, self._variety = cutter, variety
        self._draw = random.Random(seed)
        self._groups = Groups.load()
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
        """Yields batches without end."""
        while True:
            pool = [self._encoded(self._varied(self._row())) for _ in range(size * POOL)]
            pool.sort(key=lambda pair: len(pair[0]))
            starts = list(range(0, len(pool), size))
            self._draw.shuffle(starts)
            for start in starts:
                chosen = pool[start : start + size]
                yield batch([ids for ids, _ in chosen], [row for _, row in chosen])

    def _row(self) -> Row:
        at = self._draw.choices(range(len(self._sources)), self._shares)[0]
        if not self._left[at]:
            self._left[at] = self._draw.sample(self._sources[at], len(self._sources[at]))
        return self._left[at].pop()

    def _varied(self, row: Row) -> Row:
        draw, variety = self._draw, self._variety
        if len(row.text) > SHORT:
            return row
        text = row.text
        if draw.random() < variety.swapped and not any(row.labels.get(n) for n in ABOUT_GROUPS):
            text = self._swapped(text)
        if draw.random() < variety.disguised:
            text = disguised(text, draw)
        spans = row.spans if text == row.text else None
        if self._harmless and draw.random() < variety.inside:
            text, start = self._inside(text)
            spans = ((start, start + len(row.text)),)
        return replace(row, text=text, spans=spans)

    def _swapped(self, text: str) -> str:
        lower = text.lower()
        if len(lower) != len(text):
            return text
        mentions = list(self._groups.mentions(lower))
        others = list(variants(text, mentions, self._groups, 4)) if mentions else []
        return self._draw.choice(others) if others else text

    def _inside(self, text: str) -> tuple[str, int]:
        before, after = self._draw.choices(["", self._draw.choice(self._harmless)], k=2)
        start = len(before) + 1 if before else 0
        return " ".join(part for part in (before, text, after) if part), start

    def _encoded(self, row: Row) -> tuple[list[int], Row]:
        ids = self._cutter.ids(row.text)
        if len(ids) > SIZE:
            start = self._start(row, len(ids))
            ids = ids[start : start + SIZE]
        return self._cutter.framed(ids), row

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


def batch(ids: Sequence[Sequence[int]], rows: Sequence[Row]) -> Batch:
    """Returns rows as a batch, padded to the longest."""
    longest = max(len(some) for some in ids)
    table = np.zeros((len(ids), longest), np.int64)
    mask = np.zeros_like(table)
    for line, some in enumerate(ids):
        table[line, : len(some)] = some
        mask[line, : len(some)] = 1
    values, known = packed([row.labels for row in rows])
    return Batch(table, mask, values, known, np.array([row.weight for row in rows], np.float32))
