"""The columns of an interaction as numbers, which every database can count.

A row's cells are signed 64-bit integers, one for each value that the row has: a number, rate or
count is the id of its column with its bucket (``buckets.bucket``) in the low 16 bits, a category
is one id of column and value, and a base is an id too. What is 0 unless it is said has no cell.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator

from tokenward.decisions.buckets import bucket
from tokenward.decisions.columns import ALL, Row
from tokenward.store.dictionary import Dictionary
from tokenward.store.encoding import is_finite

SWAPPED = sys.byteorder == "big"


def cells_of(row: Row, dictionary: Dictionary) -> list[int]:
    """Returns the cells of the columns of an interaction.

    Numbers that are not finite have none: they are no measurement.
    """
    return list(_cells(row, dictionary))


def _cells(row: Row, dictionary: Dictionary) -> Iterator[int]:
    for base in row.bases:
        if base != ALL:
            yield dictionary.base(base)
    for key, columns in row.lists.items():
        yield dictionary.scores(key, columns)
    for name, (kind, value) in row.values.items():
        if isinstance(value, str):
            yield dictionary.category(name, value)
        elif kind != "category" and is_finite(value):
            yield dictionary.number(kind, name, None, bucket(value))
    for name, (kind, number, base) in row.sparse.items():
        if kind != "category" and is_finite(number):
            yield dictionary.number(kind, name, base, bucket(number))


def pack(cells: Iterable[int]) -> bytes:
    """Returns cells as bytes: 64-bit integers, the low byte first.

    >>> unpack(pack([3, 2**62])).tolist()
    [3, 4611686018427387904]
    """
    packed = array("q", cells)
    if SWAPPED:
        packed.byteswap()
    return packed.tobytes()


def unpack(packed: bytes) -> array[int]:
    """Returns the cells of ``pack``."""
    cells = array("q")
    cells.frombytes(packed)
    if SWAPPED:
        cells.byteswap()
    return cells
