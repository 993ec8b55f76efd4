"""The map from written text back to what it was written from, for the part that is still open."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right


class Offsets:
    """Segments of the written text: copied ones, and characters that stand for several.

    A copied segment has length 0: its characters stand for one character each. Any other is one
    written character for ``length`` read ones. What is read and belongs to no segment was dropped.

    >>> offsets = Offsets()
    >>> offsets.unit(2, 2, 5)  # "a&", then "&#64;" for "@"
    >>> offsets.copy(3, 7)
    >>> [offsets.start(at) for at in (1, 2, 3, 4)], [offsets.end(at) for at in (2, 3, 4)]
    ([1, 2, 7, 8], [2, 7, 8])
    """

    __slots__ = ("_lengths", "_read", "_written")

    def __init__(self) -> None:
        self._written = array("q", (0,))
        self._read = array("q", (0,))
        self._lengths = array("q", (0,))

    def __len__(self) -> int:
        return len(self._written)

    def copy(self, written: int, read: int) -> None:
        """Notes that from here on characters are copied."""
        if self._lengths[-1] or read - self._read[-1] != written - self._written[-1]:
            if self._written[-1] == written:  # nothing was copied there yet
                self._read[-1] = read
            else:
                self._add(written, read, 0)

    def unit(self, written: int, read: int, length: int) -> None:
        """Notes that the character written here stands for ``length`` read ones."""
        self._add(written, read, length)

    def _add(self, written: int, read: int, length: int) -> None:
        self._written.append(written)
        self._read.append(read)
        self._lengths.append(length)

    def start(self, written: int) -> int:
        """Returns where the character written at an offset begins in what was read."""
        at = bisect_right(self._written, written) - 1 if len(self._written) > 1 else 0
        read = self._read[at]
        return read if self._lengths[at] else read + written - self._written[at]

    def end(self, written: int) -> int:
        """Returns where the character written before an offset ends in what was read."""
        at = bisect_left(self._written, written) - 1 if len(self._written) > 1 else 0
        length, read = self._lengths[at], self._read[at]
        return read + length if length else read + written - self._written[at]

    def forget(self, written: int) -> None:
        """Drops what maps characters before an offset only."""
        if len(self._written) > 1:
            gone = bisect_right(self._written, written) - 1
            if gone > 0:
                del self._written[:gone], self._read[:gone], self._lengths[:gone]
