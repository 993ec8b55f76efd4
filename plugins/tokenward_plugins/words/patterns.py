"""Finds regular expressions exactly as they would be found in the whole text.

A match at a place is decided by the place's window: the ``longest`` characters from there, and up
to 64 before it. It is decided early when no way through the pattern reaches the end of what has
come so far (the ``regex`` module's partial matching tells), since then more text changes nothing.
What is longer than ``longest`` is found cut to it, where that part matches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenward.errors import DetectorError, UsageError
from tokenward.types import Detection, ScanContext
from tokenward_plugins.words.settings import PatternSettings

CONTEXT = 64
"""Characters before a place that look-behinds and word boundaries can see."""

SECONDS = 1.0
"""A single search that takes longer is a pattern gone wild: the detector fails."""

MAX_LONGEST = 10_000
AHEAD = 8
BLOCK = 2048
"""Characters that are searched at once: a place costs at most this, however long the text is."""


class PatternDetector:
    """The ``regex`` detector: matches of each type's pattern, leftmost, not overlapping."""

    def __init__(self, settings: PatternSettings) -> None:
        if not settings.patterns:
            raise UsageError("detector 'regex' has no patterns; write patterns: {TYPE: 'pattern'}")
        if not 1 <= settings.longest <= MAX_LONGEST:
            raise UsageError(
                f"detector 'regex': longest is {settings.longest}; give 1 to {MAX_LONGEST}"
            )
        self.types = frozenset(settings.patterns)
        self.hold_back = settings.longest
        self._patterns = {type_: _compiled(type_, p) for type_, p in settings.patterns.items()}

    def open(self, context: ScanContext) -> PatternScan:
        """Starts a text."""
        tracks = [
            _Track(context.detector, type_, self._patterns[type_], self.hold_back)
            for type_ in sorted(context.types & self.types)
        ]
        return PatternScan(tracks)


def _compiled(type_: str, pattern: str) -> Any:
    import regex  # noqa: PLC0415  # on demand

    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise UsageError(
            f"detector 'regex': the pattern of {type_!r} is wrong at {error.pos}: {error.msg}"
        ) from None
    if compiled.match("") is not None:
        raise UsageError(
            f"detector 'regex': the pattern of {type_!r} matches nothing at all; "
            "make at least one character of it obligatory"
        )
    return compiled


class PatternScan:
    """One text under the patterns of several types."""

    __slots__ = ("_tracks",)

    def __init__(self, tracks: Sequence[_Track]) -> None:
        self._tracks = tracks

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters."""
        found: list[Detection] = []
        for track in self._tracks:
            track.feed(text, found)
        return found, min((track.settled for track in self._tracks), default=0)

    def finish(self) -> Sequence[Detection]:
        """Returns what the end of the text decides."""
        found: list[Detection] = []
        for track in self._tracks:
            track.finish(found)
        return found


class _Track:
    """One pattern along one text: ``_tail`` is what is undecided, with the context before it."""

    __slots__ = ("_at", "_base", "_longest", "_name", "_pattern", "_tail", "_type")

    def __init__(self, name: str, type_: str, pattern: Any, longest: int) -> None:
        self._name, self._type = name, type_
        self._pattern, self._longest = pattern, longest
        self._tail = ""
        self._at = 0  # the first undecided place in the tail
        self._base = 0  # the tail's offset in the text

    @property
    def settled(self) -> int:
        return self._base + self._at

    def feed(self, text: str, found: list[Detection]) -> None:
        for at in range(0, len(text), BLOCK):
            self._tail += text[at : at + BLOCK]
            self._decide(found, ended=False)
            drop = self._at - CONTEXT
            if drop > 0:
                self._tail = self._tail[drop:]
                self._base += drop
                self._at -= drop

    def finish(self, found: list[Detection]) -> None:
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
        """Decides one place or more; returns whether there is more to decide now."""
        seen = self._pattern.search(self._tail, self._at, partial=True, timeout=SECONDS)
        if seen is None:
            self._at = len(self._tail)
            return False
        if seen.partial:  # told only where no place has a whole match: all before it are dead
            self._at = seen.start()
            if not ended and not self._whole(self._at):
                return False
            self._at += 1
            return True
        for place in range(self._at, seen.start()):
            if not ended and self._open(place):
                self._at = place
                return False
        self._at = seen.start()
        if not ended and self._open(self._at):
            return False
        self._emit(found)
        return True

    def _whole(self, place: int) -> bool:
        """Tells whether a place's window is there, and a little more for what looks ahead."""
        return len(self._tail) >= place + self._longest + AHEAD

    def _open(self, place: int) -> bool:
        """Tells whether more text could still change what is found at a place."""
        if self._whole(place):
            return False
        goes_on = self._pattern.fullmatch(self._tail, place, partial=True, timeout=SECONDS)
        return goes_on is not None

    def _emit(self, found: list[Detection]) -> None:
        at = self._at
        match = self._pattern.match(self._tail, at, at + self._longest, timeout=SECONDS)
        if match is None or match.end() == at:
            self._at += 1
            return
        start, end = self._base + at, self._base + match.end()
        found.append(Detection(self._name, self._type, start, end, 1.0))
        self._at = match.end()
