"""Drives a scan as the stream does: it is fed what is not calm, and told of calm words only."""

from __future__ import annotations

import re

from tokenward.types import Detection, ScanContext
from tokenward_plugins.pii.detector import PiiDetector

LETTERS = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0400-\u045f'\u2019"
UNSPACED = r"\u0e01-\u0e3a\u0e40-\u0e4e\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff"
BETWEEN = r" \t\n\r,;!?\"\u201c\u201d)\]}\u3002\u3001\uff0c"
WORD = rf"[{LETTERS}]{{0,15}}+"
CALM = re.compile(rf"(?:{WORD}(?:[{BETWEEN}{UNSPACED}]++|\.(?=[ \n])))*+(?:({WORD}\.?)\Z)?")
LAST_WORD = re.compile(rf"(?<![{LETTERS}]){WORD}\.?\Z")


class Driver:
    """The part of a stream that knows of calm text.

    ``_word`` is the calm word that ends the text so far, of which the scan has been fed ``_fed``
    characters; ``None`` while the text is not calm.
    """

    def __init__(self, detector: PiiDetector, types: frozenset[str]) -> None:
        self.found: list[Detection] = []
        self._scan = detector.open(ScanContext("pii", "output", types))
        self._word: str | None = ""
        self._fed = 0
        self._recent = ""

    def feed(self, text: str) -> None:
        """Takes a chunk."""
        if self._word is not None:
            seen, fed = self._word + text, self._fed
            match = CALM.match(seen)
            whole = match.start(1) if match.start(1) >= 0 else match.end()
            if whole > fed:
                self._scan.skip(whole - fed, seen[fed:whole][-256:])
                self._recent = ""
            if match.start(1) >= 0:
                self._word, self._fed = seen[whole:], max(0, fed - whole)
                return
            text, self._word = seen[max(whole, fed) :], None
        self.found += self._scan.feed(text)[0]
        self._recent = (self._recent + text)[-30:]
        word = LAST_WORD.search(self._recent, max(0, len(self._recent) - 15))
        if self._scan.calm and word:
            self._word, self._fed = word[0], len(word[0])

    def finish(self) -> list[Detection]:
        """Ends the text, and returns all that was found in it."""
        if self._word is not None and len(self._word) > self._fed:
            self.found += self._scan.feed(self._word[self._fed :])[0]
        return [*self.found, *self._scan.finish()]


def drive(detector: PiiDetector, chunks: list[str], types: frozenset[str]) -> list[Detection]:
    """Returns what is found in a text that arrives in chunks."""
    driver = Driver(detector, types)
    for chunk in chunks:
        driver.feed(chunk)
    return driver.finish()
