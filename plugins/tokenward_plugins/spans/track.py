"""Finds what a pattern finds in the whole text, as it arrives.

What is found at a place is decided by the place's window: the ``longest`` characters from there,
and up to 256 before it. It is decided early where no way through the pattern reaches the end of
what has come so far, since then more text changes nothing. A match that goes on behind its window
is cut to it; what could only become one behind it is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tokenward.errors import DetectorError
from tokenward.types import Detection
from tokenward_plugins.spans.ledger import Ledger
from tokenward_plugins.spans.probe import Probed

CONTEXT = 256
"""Characters before a place that look-behinds, word boundaries and judges can see."""

SECONDS = 1.0
"""A single search that takes longer is a pattern gone wild: the detector fails."""

Judge = Callable[[str, Any], Iterable[Detection]]
"""Says what a match in a text is, if anything; offsets are those of that text.

Of what is before the match it may look at ``CONTEXT`` characters, and of what is behind it at none.
"""


class Track:
    """One pattern along one text: ``_tail`` is what is undecided, with the context before it."""

    __slots__ = (
        "_at", "_base", "_first", "_judge", "_longest", "_name", "_pattern", "_tail", "_type",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        type_: str,
        pattern: Probed,
        longest: int,
        judge: Judge | None = None,
        first: re.Pattern[str] | None = None,
    ) -> None:
        self._name, self._type = name, type_
        self._pattern, self._longest = pattern, longest
        self._judge = judge
        self._first = first  # the characters that a match can begin with
        self._tail = ""
        self._at = 0  # the first undecided place in the tail
        self._base = 0  # the tail's offset in the text

    @property
    def open(self) -> str:
        """What is undecided."""
        return self._tail[self._at :]

    def feed(self, text: str, found: list[Detection]) -> int:
        """Takes the next characters; returns the first place that is undecided."""
        self._tail += text
        self._decide(found, ended=False)
        drop = self._at - CONTEXT
        if drop > CONTEXT:
            self._tail = self._tail[drop:]
            self._base += drop
            self._at -= drop
        return self._base + self._at

    def skip(self, length: int, tail: str) -> None:
        """Takes note of text that holds no match, all of what came before it being decided."""
        if len(tail) == length:  # short: what was seen before it is still context
            tail = (self._tail + tail)[-CONTEXT:]
        self._base += len(self._tail) + length - len(tail)
        self._tail = tail
        self._at = len(tail)

    def finish(self, found: list[Detection]) -> None:
        """Decides the places that are left, the text having ended."""
        self._decide(found, ended=True)

    def _decide(self, found: list[Detection], *, ended: bool) -> None:
        try:
            while self._at < len(self._tail) and self._step(found, ended=ended):
                pass
        except TimeoutError:
            raise DetectorError(
                f"detector {self._name!r}: the pattern of {self._type!r} took over {SECONDS:g} s"
            ) from None

    def _step(self, found: list[Detection], *, ended: bool) -> bool:
        """Decides what the window of the first undecided place tells; false if more must come.

        No place sees more than its window, however much of the text is there already.
        """
        if self._first is not None:
            begins = self._first.search(self._tail, self._at)
            self._at = begins.start() if begins is not None else len(self._tail)
            if begins is None:
                return False
        edge = min(len(self._tail), self._at + self._longest)
        first_open = edge
        if not (ended and edge == len(self._tail)):
            search = self._pattern.open.search
            seen = search(self._tail, self._at, edge, partial=True, timeout=SECONDS)
            first_open = seen.start() if seen else edge
        if first_open > self._at:
            self._closed(first_open, edge, found)
            return True
        if edge < self._at + self._longest:
            return False
        match = self._pattern.whole.match(self._tail, self._at, edge, timeout=SECONDS)
        if match is None:
            self._at += 1
        else:
            self._emit(match, found)
        return True

    def _closed(self, first_open: int, edge: int, found: list[Detection]) -> None:
        """Takes the matches at places before the first open one: they are final."""
        while self._at < first_open:
            match = self._pattern.whole.search(self._tail, self._at, edge, timeout=SECONDS)
            if match is None or match.start() >= first_open:
                self._at = first_open
                return
            self._at = match.start()
            self._emit(match, found)

    def _emit(self, match: Any, found: list[Detection]) -> None:
        end = match.end()
        if end > self._at and self._judge is None:
            start = self._base + self._at
            found.append(Detection(self._name, self._type, start, self._base + end, 1.0))
        elif end > self._at and self._judge is not None:
            found += map(self._moved, self._judge(self._tail, match))
        self._at = max(end, self._at + 1)

    def _moved(self, one: Detection) -> Detection:
        start, end = self._base + one.start, self._base + one.end
        return Detection(self._name, one.type, start, end, one.score, one.evidence)


class TrackScan:
    """One text along several tracks; what overlaps comes out together."""

    __slots__ = ("_ledger", "_length", "_tracks")

    def __init__(self, tracks: Sequence[Track], ledger: Ledger) -> None:
        self._tracks = tracks
        self._ledger = ledger
        self._length = 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters."""
        self._length += len(text)
        certain = self._length
        for track in self._tracks:
            certain = min(certain, track.feed(text, self._ledger.pending))
        return self._ledger.advance(certain), self._ledger.settled

    def finish(self) -> Sequence[Detection]:
        """Returns what the end of the text decides."""
        for track in self._tracks:
            track.finish(self._ledger.pending)
        return self._ledger.advance(self._length)

    @property
    def calm(self) -> bool:
        """Whether nothing is open but possibly the last word."""
        return not self._ledger.pending and all(_is_word(track.open) for track in self._tracks)

    def skip(self, length: int, tail: str) -> None:
        """Takes note of calm text, in which no pattern can match."""
        self._length += length
        self._ledger.settled = self._length
        for track in self._tracks:
            track.skip(length, tail)


def _is_word(text: str) -> bool:
    return not text or text.isalpha()
