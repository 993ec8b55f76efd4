"""Finds regular expressions exactly as they would be found in the whole text."""

from __future__ import annotations

from tokenward.errors import UsageError
from tokenward.types import ScanContext
from tokenward_plugins.spans.ledger import Ledger
from tokenward_plugins.spans.probe import probed
from tokenward_plugins.spans.track import Track, TrackScan
from tokenward_plugins.words.settings import PatternSettings

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

    def open(self, context: ScanContext) -> TrackScan:
        """Starts a text."""
        tracks = [
            Track(context.detector, type_, self._patterns[type_], self.longest)
            for type_ in sorted(context.types & self.types)
        ]
        return TrackScan(tracks, Ledger(self.longest))
