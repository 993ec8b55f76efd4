"""Two columns as one table of counts, in the groups over which they are compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tokenward.decisions.buckets import middle
from tokenward.decisions.columns import ALONE
from tokenward.monitor.profile import Column, Counts, Key
from tokenward.types import DriftTable

Floats = NDArray[np.float64]

BINS = 10
FEWEST_GROUPS = 8
"""Fewer groups of sessions than this do not tell how much alike their rows are."""


def cells_of(reference: Column, current: Column, *, fine: bool) -> list[list[Key]]:
    """Returns the cells over which two columns are compared.

    Every value that occurs where that is ``fine``, and for what is no number; else tenths of the
    reference.
    """
    keys = keys_of(reference, current)
    if fine or reference.kind != "number":
        return [[key] for key in keys]
    return deciles(keys, reference.totals())


def keys_of(reference: Column, current: Column) -> list[Key]:
    """Returns the keys of both columns in order."""
    keys = {key for column in (reference, current) for key in column.totals()}
    return sorted(keys, key=lambda key: (isinstance(key, str), key))


def deciles(keys: Sequence[Key], counts: Counts) -> list[list[Key]]:
    """Cuts ordered keys where the counts reach a tenth; a value that holds a tenth stands alone.

    >>> deciles([0, 1, 2, 3], {0: 80, 1: 5, 2: 5, 3: 10})
    [[0], [1, 2], [3]]
    """
    total = sum(counts.values())
    cells: list[list[Key]] = [[]]
    filled = 0
    for key in keys:
        mine = counts.get(key, 0)
        if cells[-1] and (BINS * filled >= total or BINS * mine >= total):
            cells.append([])
            filled = 0
        cells[-1].append(key)
        filled += mine
    return cells


def table_of(reference: Column, current: Column, cells: Sequence[Sequence[Key]]) -> DriftTable:
    """Returns the scaled counts over the given cells."""
    middles = [middle(cell[0]) for cell in cells if isinstance(cell[0], int)]
    return DriftTable(
        independent(reference, cells), independent(current, cells), np.array(middles, dtype=float)
    )


def independent(column: Column, cells: Sequence[Sequence[Key]]) -> Floats:
    """Returns counts scaled to independent rows: by the weights, and by how sessions cluster."""
    scale = column.effective_rows / column.weight if column.weight else 0.0
    groups = {
        group: scale * np.array([sum(counts.get(key, 0) for key in cell) for cell in cells])
        for group, counts in column.groups.items()
    }
    total = np.asarray(sum(groups.values(), np.zeros(len(cells))))
    if not scale:
        return total
    alone = groups.pop(ALONE, np.zeros(len(cells))).sum() / total.sum()
    return np.asarray(total / (alone + (1 - alone) * design_effect(groups.values(), total)))


def design_effect(groups: Iterable[Floats], total: Floats) -> float:
    """Returns by how much rows of a session say less than independent ones, at least 1.

    The variance of the cells between random groups of whole sessions, over the variance of
    independent rows (random groups: Wolter 2007, chapter 2; as a mean over the cells: Rao and Scott
    1981, doi:10.1080/01621459.1981.10477633). With too few groups it cannot be told, and is 1.

    >>> design_effect([np.array([9.0, 1.0]), np.array([1.0, 9.0])] * 4, np.array([40.0, 40.0])) > 5
    True
    """
    counts = np.array([group for group in groups if group.sum()])
    share = total / total.sum()
    seen = share > 0
    if len(counts) < FEWEST_GROUPS or seen.sum() < 2:  # noqa: PLR2004 - one cell does not vary
        return 1.0
    sizes = counts.sum(axis=1, keepdims=True)
    residuals = ((counts - sizes * share)[:, seen] ** 2 / (sizes * share[seen])).sum()
    degrees = (len(counts) - 1) * (seen.sum() - 1)
    return max(1.0, float(residuals / degrees))
