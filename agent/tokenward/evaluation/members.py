"""Which rows belong to which slice: a row may belong to none, or to several."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import UsageError

MOST_VALUES = 60
"""Different values of a key; more make slices that say nothing."""


class Members:
    """The rows by value of one key.

    >>> some = Members("--slice kind")
    >>> some.add(0, ["a"]); some.add(1, ["a", "b"])
    >>> [(value, rows.tolist()) for value, rows in some.items()]
    [('a', [0, 1]), ('b', [1])]
    """

    def __init__(self, where: str, most: int = MOST_VALUES) -> None:
        self._where = where
        self._most = most
        self._rows: dict[str, array[int]] = {}

    def add(self, row: int, values: Iterable[str]) -> None:
        """Adds a row; fails where there are more different values than slices make sense."""
        for value in values:
            self._rows.setdefault(value, array("q")).append(row)
        if len(self._rows) > self._most:
            raise UsageError(
                f"{self._where}: more than {self._most} different values; "
                "use a key that has few, such as a language or a source"
            )

    def items(self) -> Iterable[tuple[str, NDArray[np.int64]]]:
        """Returns the rows by value, those with most rows first."""
        ranked = sorted(self._rows.items(), key=lambda item: (-len(item[1]), item[0]))
        return [(value, np.frombuffer(rows, dtype=np.int64)) for value, rows in ranked]
