"""How much disguise is undone: a store of room that dropped characters take from."""

from __future__ import annotations


class Room:
    """Room for characters that are read and not written, so that a value's stretch is bounded.

    It is full at first. A dropped character takes ``price``; each other one that is read gives 1
    back, up to ``most``. So among n others at most ``(most + n) / price`` are dropped. It depends
    on what was read, not on how that arrived.

    >>> room = Room(most=3, price=1)
    >>> room.take(5, at=0), room.close(5), room.take(5, at=5), room.close(10), room.take(5, at=12)
    (3, None, 0, None, 2)
    """

    __slots__ = ("_left", "_most", "_price", "_since")

    def __init__(self, most: int, price: int) -> None:
        self._most = most
        self._price = price
        self._left = most
        self._since = 0

    def take(self, wanted: int, *, at: int, least: int = 0) -> int:
        """Returns how many may be dropped at an offset: 0 if fewer than ``least``."""
        left = min(self._most, self._left + at - self._since)
        taken = min(wanted, left // self._price)
        if taken < least:
            taken = 0
        self._left, self._since = left - taken * self._price, at
        return taken

    def close(self, end: int) -> None:
        """Notes that what was read up to an offset gives nothing back."""
        self._since = end
