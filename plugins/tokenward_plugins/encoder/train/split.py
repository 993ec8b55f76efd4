"""Draws the parts of a corpus: alike texts stay together, and composed texts are not measured."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tokenward_plugins.encoder.train.near import Index, clusters
from tokenward_plugins.linear.train.rows import Part, Row

KEPT: dict[Part, int] = {"train": 2, "calibrate": 1, "test": 1}
"""How many texts of a cluster stay: copies teach nothing, and count twice where they measure."""


def parted(rows: Sequence[Row]) -> list[Row]:
    """Returns the rows with their part; those that would stand in two parts, or too often, go.

    A cluster's part is drawn from the text of its first member: of ten clusters eight are trained
    on, one calibrates and one tests. A row that brings its part gives it to its cluster; where two
    bring different ones, those of the later one stay.
    """
    groups = clusters([row.text for row in rows])
    parts = {group: _drawn(rows[group].text) for group in set(groups)}
    parts |= {
        group: row.part for row, group in zip(rows, groups, strict=True) if row.part is not None
    }
    kept: Counter[int] = Counter()
    chosen = []
    for row, group in zip(rows, groups, strict=True):
        part = parts[group]
        kept[group] += row.part in {None, part}
        if row.part in {None, part} and kept[group] <= KEPT[part]:
            chosen.append(replace(row, part=part))
    return chosen


def unseen(rows: Sequence[Row], measured: Sequence[Row]) -> list[Row]:
    """Returns the rows that are not nearly the same as one that is measured.

    Composed texts are alike on purpose: they are not compared with each other.
    """
    index = Index(row.text for row in measured)
    return [row for row in rows if not index.near(row.text)]


def _drawn(text: str) -> Part:
    drawn = zlib.crc32(text.encode("utf-8", "surrogatepass")) % 10
    return "test" if drawn == 0 else "calibrate" if drawn == 1 else "train"
