"""Numbers keys of 64 bits in their order, and finds those of many at once."""

from __future__ import annotations

import numpy as np

from tokenward_plugins.tokens.lexer import Table

LEAST_BITS = 12
UNKNOWN = -1


class Numbers:
    """A table with open addressing: a key that is not in its place is in one of the next.

    >>> numbers = Numbers()
    >>> numbers.add(np.array([7, 9], np.uint64))
    >>> numbers.of(np.array([9, 8, 7], np.uint64)).tolist()
    [1, -1, 0]
    """

    def __init__(self) -> None:
        self._known = np.zeros(0, np.uint64)
        self._make(LEAST_BITS)

    def __len__(self) -> int:
        return len(self._known)

    def of(self, keys: Table) -> Table:
        """Returns the number of each key, and ``UNKNOWN`` for one that has none."""
        places = keys >> self._shift
        found = self._keys.take(places)
        numbers = self._numbers.take(places)
        others = np.flatnonzero(found != keys)
        while len(others):
            others = others[self._keys.take(places[others]) != 0]
            places[others] = (places[others] + self._one) & self._mask
            numbers[others] = self._numbers.take(places[others])
            others = others[self._keys.take(places[others]) != keys[others]]
        numbers[self._keys.take(places) != keys] = UNKNOWN
        return numbers

    def add(self, keys: Table) -> None:
        """Numbers keys that are new, none of them 0 or twice."""
        first = len(self._known)
        self._known = np.concatenate([self._known, keys])
        bits = max(LEAST_BITS, int(4 * len(self._known) - 1).bit_length())
        if 1 << bits > len(self._keys):
            self._make(bits)
        else:
            self._place(first)

    def _make(self, bits: int) -> None:
        """Makes the table anew, of so many bits."""
        self._keys = np.zeros(1 << bits, np.uint64)
        self._numbers = np.zeros(1 << bits, np.int64)
        self._shift, self._mask = np.uint64(64 - bits), np.uint64((1 << bits) - 1)
        self._one = np.uint64(1)
        self._place(0)

    def _place(self, first: int) -> None:
        """Places the keys from a number on."""
        keys = self._known[first:]
        mask = int(self._mask)
        for number, (key, place) in enumerate(
            zip(keys.tolist(), (keys >> self._shift).tolist(), strict=True), first
        ):
            at = place
            while self._keys[at]:
                at = (at + 1) & mask
            self._keys[at], self._numbers[at] = key, number
