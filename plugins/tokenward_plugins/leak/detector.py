"""Looks for the canary words of a policy, and for the words of the system prompt."""

from __future__ import annotations

from collections.abc import Sequence

from tokenward.errors import UsageError
from tokenward.types import Detection, RequestContext, Scan, ScanContext
from tokenward_plugins.leak.disguises import disguises, longest
from tokenward_plugins.leak.overlap import LONGEST_GAP, LONGEST_WORD, PIECE, Overlap, Words
from tokenward_plugins.leak.settings import CANARY, PROMPT, TYPES, LeakSettings
from tokenward_plugins.spans.ledger import Ledger
from tokenward_plugins.spans.probe import Probed, probed
from tokenward_plugins.spans.track import Track

SHORTEST, LONGEST = 6, 100
LEAST_WORDS, MOST_WORDS = 4, 100


class LeakDetector:
    """A span detector: canary words, however they are written, and the system prompt's own words.

    >>> from tokenward.types import ScanContext
    >>> detector = LeakDetector(LeakSettings(canaries=("plover-4711",)))
    >>> scan = detector.open(ScanContext("leak", "output", TYPES))
    >>> found, _ = scan.feed("It begins with 1174-revolp, I think.")
    >>> [(one.type, one.start, one.end) for one in found]
    [('canary', 15, 26)]
    """

    types = TYPES
    plain = True
    encoded = True

    def __init__(self, settings: LeakSettings) -> None:
        for number, word in enumerate(settings.canaries, 1):
            letters = sum(map(str.isalnum, word))
            if letters < SHORTEST or len(word) > LONGEST:
                raise UsageError(
                    f"detector 'leak': canary {number} has {letters} letters and digits; give "
                    f"{SHORTEST} to {LONGEST}, such as nobody writes by chance"
                )
        if not LEAST_WORDS <= settings.words <= MOST_WORDS:
            raise UsageError(
                f"detector 'leak': words is {settings.words}; give {LEAST_WORDS} to {MOST_WORDS}"
            )
        self.words = settings.words
        self.longest = max(map(longest, settings.canaries), default=0)
        stretch = max(PIECE, 2 * self.words * (LONGEST_WORD + 1)) + 2 * LONGEST_GAP
        self.hold_back = max(self.longest, stretch + LONGEST_WORD)
        self._pattern: Probed | None = None
        if settings.canaries:
            self._pattern = probed(CANARY, "|".join(map(disguises, settings.canaries)))
        self._prompt: Words | None = None

    def for_request(self, context: RequestContext) -> LeakDetector:
        """Returns the detector that knows the system prompt of a request."""
        if not any(context.system):
            return self
        known = object.__new__(type(self))
        known.__dict__.update(self.__dict__)
        known._prompt = Words(context.system)
        return known

    def open(self, context: ScanContext) -> Scan:
        """Starts a text."""
        tracks: list[Track | Overlap] = []
        if self._pattern is not None and CANARY in context.types:
            tracks.append(Track(context.detector, CANARY, self._pattern, self.longest))
        if self._prompt is not None and PROMPT in context.types:
            tracks.append(Overlap(context.detector, self._prompt, self.words))
        return LeakScan(tracks, Ledger(self.hold_back))


class LeakScan:
    """One text under both."""

    __slots__ = ("_ledger", "_length", "_tracks")

    def __init__(self, tracks: Sequence[Track | Overlap], ledger: Ledger) -> None:
        self._tracks = tracks
        self._ledger = ledger
        self._length = 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters."""
        self._length += len(text)
        certain = min(
            (track.feed(text, self._ledger.pending) for track in self._tracks),
            default=self._length,
        )
        return self._ledger.advance(certain), self._ledger.settled

    def finish(self) -> Sequence[Detection]:
        """Returns what the end of the text decides."""
        for track in self._tracks:
            track.finish(self._ledger.pending)
        return self._ledger.advance(self._length)
