"""Choices that follow from a key and a value, so that the same value is given the same ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from tokenward.redact.digest import digest

T = TypeVar("T")
POOL = 1 << 128
"""What must be left of a block of 256 bits for another choice: so that none is favoured."""


class Draw:
    """The choices for one value; another ``attempt`` gives others.

    >>> draw = Draw(b"key", "CREDIT_CARD", "4111", 0)
    >>> [draw.below(10) for _ in range(4)] == [Draw(b"key", "CREDIT_CARD", "4111", 0).below(10)] * 4
    False
    >>> draw.of(["only"])
    'only'
    """

    __slots__ = ("_key", "_left", "_pool", "_seed", "_turn", "attempt")

    def __init__(self, key: bytes, type_: str, value: str, attempt: int) -> None:
        self.attempt = attempt
        self._key = key
        self._seed = digest(key, "pseudonym", type_, value, str(attempt))
        self._turn = 0
        self._pool = 0
        self._left = 1

    def below(self, limit: int) -> int:
        """Returns a whole number from 0 up to, and not including, a limit."""
        if self._left < POOL:
            block = hashlib.sha256(b"%b%d" % (self._seed, self._turn)).digest()
            self._turn += 1
            self._pool, self._left = int.from_bytes(block, "big"), 1 << 256
        self._pool, chosen = divmod(self._pool, limit)
        self._left //= limit
        return chosen

    def of(self, items: Sequence[T]) -> T:
        """Returns one of some items."""
        return items[self.below(len(items))]

    def digits(self, count: int) -> str:
        """Returns some decimal digits."""
        return f"{self.below(10**count):0{count}d}" if count else ""

    def part(self, role: str, text: str) -> Draw:
        """Returns the choices for a part of the value, the same wherever that part is found."""
        return Draw(self._key, role, text, self.attempt)
