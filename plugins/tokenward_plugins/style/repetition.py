"""The ``repetition`` detector: loops of characters, and words that come again and again."""

from __future__ import annotations

from collections.abc import Sequence

from tokenward.types import Detection, ScanContext
from tokenward_plugins.style.loops import SHORTEST_PIECE, Limits, Loops
from tokenward_plugins.style.repeats import Repeats
from tokenward_plugins.style.settings import RepetitionSettings

LOOP = "loop"
REPEATS = "repeats"


class RepetitionDetector:
    """Finds a loop while it is said, so that a model can be stopped.

    Nothing waits before a loop is certain; then the text waits period by period, so that what goes
    on can be taken out.
    """

    types = frozenset({LOOP, REPEATS})

    def __init__(self, settings: RepetitionSettings) -> None:
        self._settings = settings
        self.limits = Limits(settings.times, settings.least, settings.period)
        self.hold_back = max(settings.period, SHORTEST_PIECE)

    def open(self, context: ScanContext) -> RepetitionScan:
        """Starts a text."""
        return RepetitionScan(context, self.limits, self._settings)


class RepetitionScan:
    """One text: its loop, and its last words."""

    __slots__ = ("_length", "_loops", "_name", "_repeats")

    def __init__(self, context: ScanContext, limits: Limits, settings: RepetitionSettings) -> None:
        self._name = context.detector
        self._length = 0
        self._loops = Loops(limits) if LOOP in context.types else None
        self._repeats = (
            Repeats(settings.window, settings.share) if REPEATS in context.types else None
        )

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters."""
        self._length += len(text)
        found: list[Detection] = []
        settled = self._length
        if self._loops is not None:
            found += [
                Detection(self._name, LOOP, one.start, one.end, 1.0, {"period": one.period})
                for one in self._loops.feed(text)
            ]
            settled = self._loops.settled
        if self._repeats is not None:
            found += [
                Detection(self._name, REPEATS, at, at + 1, share)
                for at, share in self._repeats.feed(text)
            ]
        return found, settled

    def finish(self) -> Sequence[Detection]:
        """Returns nothing: what is left of a loop is less than a period."""
        return ()
