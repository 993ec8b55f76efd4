"""Several scans over one text, as one."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from tokenward.types import Detection, Scan


class MergedScan:
    """Feeds a text to several scans, and settles where all of them have.

    A detection of one of them waits until the others have settled over it.
    """

    __slots__ = ("_scans", "_waiting")

    calm = False
    """One of the scans may have several words of letters open: no text may be kept from it."""

    def __init__(self, scans: Sequence[Scan]) -> None:
        self._scans = scans
        self._waiting: list[Detection] = []

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters; returns what became certain, and the settled offset."""
        bound = None
        for scan in self._scans:
            found, settled = scan.feed(text)
            self._waiting += found
            bound = settled if bound is None or settled < bound else bound
        assert bound is not None
        return self._release(bound) if self._waiting else ((), bound)

    def finish(self) -> Sequence[Detection]:
        """Returns what was still open, the text having ended."""
        rest = [*self._waiting, *(one for scan in self._scans for one in scan.finish())]
        self._waiting = []
        return sorted(rest, key=attrgetter("start", "end", "type"))

    def _release(self, bound: int) -> tuple[Sequence[Detection], int]:
        """Returns what starts before an offset, or before what reaches over it."""
        waiting = sorted(self._waiting, key=attrgetter("start", "end", "type"))
        while over := [one.start for one in waiting if one.start < bound < one.end]:
            bound = min(over)
        out = [one for one in waiting if one.start < bound]
        self._waiting = waiting[len(out) :]
        return out, bound
