"""Finds regular expressions exactly as they would be found in the whole text.

What is found at a place is decided by the place's window: the ``longest`` characters from there,
and up to 256 before it. It is decided early where no way through the pattern reaches the end of
what has come so far, since then more text changes nothing. A match that goes on behind its window
is cut to it; what could only become one behind it is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from tokenward.errors import DetectorError, UsageError
from tokenward.types import Detection, ScanContext
from tokenward_plugins.spans.ledger import Ledger
from tokenward_plugins.words.probe import Probed, probed
from tokenward_plugins.words.settings import PatternSettings

CONTEXT = 256
"""Characters before a place that look-behinds and word boundaries can see."""

SECONDS = 1.0
"""A single search that takes longer is a pattern gone wild: the detector fails."""

MAX_LONGEST = 10_000


class PatternDetector:
    """The ``regex`` detector: matches of each type's pattern, leftmost, not overlapping.

    Matches of several types may overlap; a chain of such is cut at ``longest`` characters, too.
    """

    def __init__(self, settings: PatternSettings) -> None:
        if not settings.patterns:
            raise UsageError("detector 'regex' has no patterns; write patterns: {TYPE: 'pattern'}")
        if not 1 <= settings.longest <= MAX_LONGEST:
            raise UsageError(
                f"detector 'regex': longest is {settings.longest}; give 1 to {MAX_LONGEST}"
            )
        self.types = frozenset(settings.patterns)
        self.longest = settings.longest
        self.hold_back = settings.longest * (1 if len(self.types) == 1 else 2)
        self._patterns = {type_: probed(type_, p) for type_, p in settings.patterns.items()}

    def open(self, context: ScanContext) -> PatternScan:
        """Starts a text."""
        tracks = [
            Track(context.detector, type_, self._patterns[type_], self.longest)
            for type_ in sorted(context.types & self.types)
        ]
        return PatternScan(tracks, Ledger(self.longest))


class PatternScan:
    """One text under the patterns of several types."""

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


class Track:
    """One pattern along one text: ``_tail`` is what is undecided, with the context before it."""

    __slots__ = ("_at", "_base", "_longest", "_name", "_pattern", "_tail", "_type")

    def __init__(self, name: str, type_: str, pattern: Probed, longest: int) -> None:
        self._name, self._type = name, type_
        self._pattern, self._longest = pattern, longest
        self._tail = ""
        self._at = 0  # the first undecided place in the tail
        self._base = 0  # the tail's offset in the text

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
        self._emit(match.end() if match else self._at, found)
        return True

    def _closed(self, first_open: int, edge: int, found: list[Detection]) -> None:
        """Takes the matches at places before the first open one: they are final."""
        while self._at < first_open:
            match = self._pattern.whole.search(self._tail, self._at, edge, timeout=SECONDS)
            if match is None or match.start() >= first_open:
                self._at = first_open
                return
            self._at = match.start()
            self._emit(match.end(), found)

    def _emit(self, end: int, found: list[Detection]) -> None:
        if end > self._at:
            start = self._base + self._at
            found.append(Detection(self._name, self._type, start, self._base + end, 1.0))
        self._at = max(end, self._at + 1)
